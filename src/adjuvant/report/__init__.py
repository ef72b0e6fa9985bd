"""Tables, figures, flow diagram and prose of a trial's results; each file loads when first used.

The only home of matplotlib, which loads when a figure is drawn, not before.
"""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import load_name

if TYPE_CHECKING:
    from adjuvant.report.draw import plot
    from adjuvant.report.flow import check_flow
    from adjuvant.report.save import figure_bytes, save_figure
    from adjuvant.report.tables import EfficacyRow, efficacy_rows
    from adjuvant.report.write import write_report

_HOME = {
    "EfficacyRow": "tables",
    "check_flow": "flow",
    "efficacy_rows": "tables",
    "figure_bytes": "save",
    "plot": "draw",
    "save_figure": "save",
    "write_report": "write",
}

__all__ = [
    "EfficacyRow",
    "check_flow",
    "efficacy_rows",
    "figure_bytes",
    "plot",
    "save_figure",
    "write_report",
]


def __getattr__(name: str) -> Any:
    return load_name(__name__, _HOME, name)
