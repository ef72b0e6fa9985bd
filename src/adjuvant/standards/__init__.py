"""Exchange with other systems in the forms that they know."""

from typing import Any

from adjuvant.core.lazy import load_name

_HOME = {"usdm_export": ("usdm_study",), "usdm_import": ("protocol_parts",)}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
