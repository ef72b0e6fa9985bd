"""Tables, figures, flow diagram and prose of a trial's results; each file loads when first used.

The only home of matplotlib, which loads when a figure is drawn, not before.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
    if name not in _HOME:
        raise AttributeError(f"module 'adjuvant.report' has no attribute {name!r}")
    return getattr(import_module(f"adjuvant.report.{_HOME[name]}"), name)
