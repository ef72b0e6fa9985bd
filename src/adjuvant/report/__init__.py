"""Tables, figures, flow diagram and prose of a trial's results; each file loads when first used.

The only home of matplotlib, which loads when a figure is drawn, not before.
"""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import functions_win, load_name

if TYPE_CHECKING:
    from adjuvant.report.checked_design import CheckedDesign, design_facts
    from adjuvant.report.design_report import design_python, write_design_report
    from adjuvant.report.draw import plot
    from adjuvant.report.flow import check_flow
    from adjuvant.report.save import figure_bytes, save_figure
    from adjuvant.report.tables import EfficacyRow, efficacy_rows
    from adjuvant.report.write import write_report

_HOME = {
    "CheckedDesign": "checked_design",
    "EfficacyRow": "tables",
    "check_flow": "flow",
    "design_facts": "checked_design",
    "design_python": "design_report",
    "efficacy_rows": "tables",
    "figure_bytes": "save",
    "plot": "draw",
    "save_figure": "save",
    "write_design_report": "design_report",
    "write_report": "write",
}

__all__ = [
    "CheckedDesign",
    "EfficacyRow",
    "check_flow",
    "design_facts",
    "design_python",
    "efficacy_rows",
    "figure_bytes",
    "plot",
    "save_figure",
    "write_design_report",
    "write_report",
]

functions_win(__name__, _HOME)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _HOME, name)
