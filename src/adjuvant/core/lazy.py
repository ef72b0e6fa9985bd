"""A room's names are loaded when asked for: `import adjuvant.survival` loads no estimator."""

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["functions_win", "load_name"]


def load_name(room: str, file_of: Mapping[str, str], name: str) -> Any:
    """Return the public name of a room from the file that holds it, and keep it in the room.

    room      the room's module name, such as "adjuvant.survival".
    file_of   public name -> file of the room.
    Raises    AttributeError, as Python wants it, for a name that the room does not have.

    Called by the room's module-level `__getattr__`.

    >>> load_name("adjuvant.core", {"Arm": "interval"}, "Arm").__name__
    'Arm'
    """
    if name not in file_of:
        raise AttributeError(f"module {room!r} has no attribute {name!r}")
    found = getattr(import_module(f"{room}.{file_of[name]}"), name)
    setattr(sys.modules[room], name, found)
    return found


def functions_win(room: str, file_of: Mapping[str, str]) -> None:
    """Let a function win over the file of its name: `adjuvant.survival.cox` is the function.

    Python binds a loaded file in its package under the file's name, which would hide a function
    of the same name.

    >>> import adjuvant.survival
    >>> from adjuvant.survival.cox import CoxFit
    >>> callable(adjuvant.survival.cox)
    True
    """

    class Room(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            if isinstance(value, ModuleType) and file_of.get(name) == name:
                value = getattr(value, name)
            super().__setattr__(name, value)

    sys.modules[room].__class__ = Room
