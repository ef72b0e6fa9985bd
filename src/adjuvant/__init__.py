"""A randomised adjuvant-therapy trial from its protocol to its published result, and back.

The rooms follow the life of a trial: `protocol`, `design`, `randomisation`, `conduct`, `dataset`,
`survival`, `analysis`, `report`, `evidence`. `Study` is the reading door to all of them.

>>> import adjuvant
>>> sorted(name for name in dir(adjuvant) if name[0].isupper())
['AdjuvantError', 'Study', 'TimeToEvent']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adjuvant.core import AdjuvantError, TimeToEvent
    from adjuvant.study import Study

__all__ = ["AdjuvantError", "Study", "TimeToEvent"]

_HOME = {
    "AdjuvantError": "adjuvant.core",
    "TimeToEvent": "adjuvant.core",
    "Study": "adjuvant.study",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        # importlib.metadata costs more to load than everything else here together.
        return import_module("importlib.metadata").version("adjuvant")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'adjuvant' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
