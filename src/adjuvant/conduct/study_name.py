"""The study's name, as every page shows it, from the protocol file."""

from pathlib import Path

from adjuvant.core import AdjuvantError
from adjuvant.protocol import read_protocol

__all__ = ["study_name"]


def study_name(file: Path) -> str:
    """Return the acronym of the trial, else its id; the folder's name if the file has faults.

    The faults themselves are `adjuvant check`'s to tell, and `adjuvant serve` refuses them.
    """
    try:
        trial = read_protocol(file).protocol.trial
    except (AdjuvantError, OSError):
        return file.absolute().parent.name
    return trial.acronym or trial.id
