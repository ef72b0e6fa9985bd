"""Randomisation, pure: seed in, sequence out; each file loads when one of its names is used."""

from importlib import import_module
from typing import Any

_HOME = {
    "big_stick": ("big_stick_list",),
    "blocks": ("BlockList", "PermutedBlocks", "permuted_blocks"),
    "minimisation": (
        "Minimisation",
        "MinimisedAllocation",
        "Past",
        "Totals",
        "minimise",
        "minimised_by",
        "totals_used",
    ),
    "simple": ("simple_list",),
    "strata": ("Factor", "Ratio", "all_strata", "checked_ratio", "stratum_name"),
    "stream": ("DRAWS", "SEED_BYTES", "Stream", "draw_number", "stream_block"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.randomisation' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.randomisation.{_FILE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
