"""Exchange with other systems in the forms that they know."""

from importlib import import_module
from typing import Any

_HOME = {"usdm_export": ("usdm_study",), "usdm_import": ("protocol_parts",)}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.standards' has no attribute {name!r}")
    return getattr(import_module(f"adjuvant.standards.{_FILE_OF[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
