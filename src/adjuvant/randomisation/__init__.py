"""Randomisation, pure: seed in, sequence out; each file loads when one of its names is used."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_HOME = {
    "big_stick": ("big_stick_list",),
    "blocks": ("BlockList", "PermutedBlocks", "permuted_blocks"),
    "guessing": ("best_guess_in_blocks", "counting_guess"),
    "import_list": ("import_list",),
    "list_rules": ("check_list", "expected_unfilled", "factors_of"),
    "minimisation": (
        "Minimisation",
        "MinimisedAllocation",
        "Past",
        "Totals",
        "minimise",
        "minimised_by",
        "totals_used",
    ),
    "replay": (
        "Correction",
        "Replay",
        "ToldMinimised",
        "ToldSlot",
        "next_slot",
        "verify_allocations",
    ),
    "sealed_envelope": (
        "Identity",
        "Recipient",
        "new_identity",
        "open_envelope",
        "recipients_of",
        "seal",
    ),
    "sealed_file": ("SealedFile", "read_sealed_file", "seal_file"),
    "sealed_list": (
        "NONCE_BYTES",
        "ListMethod",
        "SealedList",
        "commitment",
        "list_bytes",
        "made_again",
        "make_list",
        "matches_commitment",
        "read_list",
    ),
    "simulated": ("SimulatedTrials", "simulated_minimisation"),
    "simple": ("simple_list",),
    "strata": ("Factor", "Ratio", "all_strata", "checked_ratio", "stratum_name"),
    "stream": ("DRAWS", "SEED_BYTES", "Stream", "draw_number", "stream_block"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


class _Room(ModuleType):
    """A package in which a function wins over the file of the same name (`import_list`)."""

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _FILE_OF.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name not in _FILE_OF:
        raise AttributeError(f"module 'adjuvant.randomisation' has no attribute {name!r}")
    found = getattr(import_module(f"adjuvant.randomisation.{_FILE_OF[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
