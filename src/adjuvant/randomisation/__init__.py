"""Randomisation, pure: seed in, sequence out; each file loads when one of its names is used."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

_HOME = {
    "big_stick": ("big_stick_list",),
    "blocks": ("BlockList", "PermutedBlocks", "permuted_blocks"),
    "codes": ("CODES", "finding"),
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
    "stream": ("DRAWS", "SEED_BYTES", "Stream", "random_draw", "stream_block"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]


functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
