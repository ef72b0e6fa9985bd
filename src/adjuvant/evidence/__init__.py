"""Published numbers of a trial: read as printed, compared with what an analysis gave."""

from typing import Any

from adjuvant.core.lazy import functions_win, load_name

_HOME = {
    "check": ("check_published",),
    "digitised": ("DigitisedCurve", "patients_of_curve"),
    "finding": ("CODES", "EvidenceCheck", "EvidenceFinding", "EvidenceNote"),
    "comparison": ("Compared", "compare_published"),
    "held_out": ("HeldOut", "held_out"),
    "pool_effects": ("Pooled", "PooledEffect", "pooled"),
    "pool_members": ("PatientTrial", "one_stage_members", "read_patient_trial"),
    "pool_trials": ("LeftOut", "TrialEffect", "one_stage", "read_trials"),
    "printed": ("Comparison", "Number", "Published", "printed_interval"),
    "reconstruct_ensemble": ("Member", "Reconstruction", "reconstruct"),
    "reconstruct_shape": ("Prior",),
    "reconstruct_spread": ("ensemble_spread",),
    "reconstruct_files": ("reconstruction_summary", "write_reconstruction"),
    "rebuilt_trial": ("RebuiltTrial", "rebuilt_trial"),
    "summarise": ("summary_of",),
    "unprinted": ("Band", "Unprinted", "band_of", "curve_bands", "unprinted"),
    "published": ("read_published", "read_published_text"),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = sorted(_FILE_OF)  # pyright: ignore[reportUnsupportedDunderAll]

functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
