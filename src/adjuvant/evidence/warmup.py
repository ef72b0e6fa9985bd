"""One small reconstruction of every kind, so that no first one waits for the compiler."""

import numpy as np

from adjuvant.core import TimeToEvent
from adjuvant.evidence.published import read_published_text
from adjuvant.evidence.reconstruct_ensemble import reconstruct
from adjuvant.evidence.summarise import summary_of

__all__ = ["compile_reconstruction"]


def compile_reconstruction() -> None:
    """Rebuild one small set of patients: it calls every compiled kernel of the room once.

    >>> compile_reconstruction()
    """
    place = np.arange(40)
    event = np.where(place % 4 == 2, 0, 1)
    truth = TimeToEvent(40 * place + 40, event, arm=place % 2, arm_labels=("C", "T"))
    reconstruct(read_published_text(summary_of(truth, [1, 2])), members=1)
