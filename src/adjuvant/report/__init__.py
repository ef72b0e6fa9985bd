"""Tables, figures, flow diagram and prose of a trial's results; each file loads when first used.

The only home of matplotlib, which loads when a figure is drawn, not before.
"""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import functions_win, load_name

if TYPE_CHECKING:
    from adjuvant.report.checked_design import CheckedDesign, design_facts
    from adjuvant.report.design_figures import power_curve
    from adjuvant.report.design_report import design_python, write_design_report
    from adjuvant.report.draw import plot
    from adjuvant.report.ensemble_figure import ensemble_figure
    from adjuvant.report.ensemble_page import CopyCheck, EnsembleReport, write_ensemble_report
    from adjuvant.report.flow import check_flow
    from adjuvant.report.pool_figures import pool_figure
    from adjuvant.report.pool_page import write_pool_report
    from adjuvant.report.save import figure_bytes, save_figure
    from adjuvant.report.tables import EfficacyRow, efficacy_rows
    from adjuvant.report.write import write_report

_HOME = {
    "CopyCheck": "ensemble_page",
    "EnsembleReport": "ensemble_page",
    "ensemble_figure": "ensemble_figure",
    "pool_figure": "pool_figures",
    "write_ensemble_report": "ensemble_page",
    "write_pool_report": "pool_page",
    "CheckedDesign": "checked_design",
    "EfficacyRow": "tables",
    "check_flow": "flow",
    "design_facts": "checked_design",
    "design_python": "design_report",
    "efficacy_rows": "tables",
    "figure_bytes": "save",
    "plot": "draw",
    "power_curve": "design_figures",
    "save_figure": "save",
    "write_design_report": "design_report",
    "write_report": "write",
}

__all__ = [
    "CheckedDesign",
    "CopyCheck",
    "EfficacyRow",
    "EnsembleReport",
    "check_flow",
    "design_facts",
    "design_python",
    "efficacy_rows",
    "ensemble_figure",
    "figure_bytes",
    "plot",
    "pool_figure",
    "power_curve",
    "save_figure",
    "write_design_report",
    "write_ensemble_report",
    "write_pool_report",
    "write_report",
]

functions_win(__name__, _HOME)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _HOME, name)
