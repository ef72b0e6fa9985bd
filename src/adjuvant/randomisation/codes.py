"""Every number of a finding about an allocation list. A number is never used for something else."""

from adjuvant.core import Code, Finding, Place, Severity

__all__ = ["CODES", "finding"]

_ROWS: tuple[tuple[str, Severity, str, str], ...] = (
    ("L001", "error", "A list of another trial",
     "A list names its trial, so that two files cannot be taken for each other."),
    ("L002", "error", "Arms or ratio are not those of the protocol",
     "The list would allocate to other arms, or in another ratio, than was approved."),
    ("L003", "error", "Strata are not those of the protocol",
     "A patient of a stratum that the list lacks could not be randomised."),
    ("L004", "error", "The method is not that of the protocol",
     "The method is approved, registered and published; the list must follow it."),
    ("L005", "error", "Fewer slots than planned patients",
     "The list would be used up before the trial is full."),
    ("L006", "warning", "A stratum may be used up before the trial is full",
     "Strata fill unevenly; a full one stops the next patient."),
    ("L007", "warning", "One block size",
     "Who counts the allocations of an open trial knows the last of each block."),
    ("L008", "warning", "The smallest block possible",
     "After the first allocation of such a block the others may be known."),
    ("L009", "warning", "Many strata leave blocks unfilled",
     "Where a quarter of the patients stand in open blocks, stratification balances little."),
    ("L010", "error", "The header of an imported list",
     "Columns are found by their names alone."),
    ("L011", "error", "A line with more or fewer fields than the header",
     "A field that slipped would put an arm under another slot."),
    ("L012", "error", "A stratum that the protocol does not have",
     "Its slots could never be told."),
    ("L013", "error", "A slot out of order",
     "Slots are told in their order; a hole or an exchange cannot be told from an alteration."),
    ("L014", "error", "An arm that the protocol does not have",
     "Nobody could say what the patient receives."),
    ("L015", "error", "A stratum without slots",
     "A patient of this stratum could not be randomised."),
    ("L016", "error", "A block that goes on after another",
     "Blocks that interleave do not balance where the list says they do."),
    ("L017", "error", "A block that does not hold the ratio",
     "A full block must balance; else the list was cut or altered."),
)  # fmt: skip
CODES: dict[str, Code] = {row[0]: Code(*row) for row in _ROWS}


def finding(code: str, place: Place, message: str, hint: str) -> Finding:
    """Return a finding about a list, as grave as its number says.

    >>> finding("L007", Place("sealed list"), "all blocks have one size", "use two").severity
    'warning'
    """
    return Finding(code, CODES[code].severity, place, message, hint)
