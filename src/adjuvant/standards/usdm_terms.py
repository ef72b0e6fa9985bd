"""The CDISC terms of USDM 4.0 that a protocol of this format needs, and its time notation.

The codes are of the NCI Thesaurus, as the CDISC controlled terminology for USDM uses them.
"""

import re
from decimal import Decimal

from adjuvant.core import InvalidInput
from adjuvant.protocol.durations import UNITS, Duration

__all__ = ["ARM_ROLES", "EPOCHS", "PREFIX", "TERMS", "from_iso", "iso"]

PREFIX = "urn:adjuvant:1:"  # what the format knows beyond USDM stands in extension attributes
TERMS: dict[str, tuple[str, str]] = {
    "experimental": ("C174266", "Investigational Arm"),
    "active_control": ("C174267", "Active Comparator Arm"),
    "placebo_control": ("C174268", "Placebo Comparator Arm"),
    "no_treatment_control": ("C174270", "No Intervention Arm"),
    "within_study": ("C188866", "Data Generated Within Study"),
    "official_title": ("C207616", "Official Study Title"),
    "acronym": ("C94108", "Study Acronym"),
    "parallel": ("C82639", "Parallel Study"),
    "sponsor": ("C70793", "Clinical Study Sponsor"),
    "inclusion": ("C25532", "Inclusion Criteria"),
    "exclusion": ("C25370", "Exclusion Criteria"),
    "visit": ("C25716", "Visit"),
    "after": ("C201356", "After"),
    "before": ("C201357", "Before"),
    "fixed": ("C201358", "Fixed Reference"),
    "start_to_start": ("C201355", "Start to Start"),
    "screening": ("C48262", "Trial Screening"),
    "treatment": ("C101526", "Treatment Epoch"),
    "follow_up": ("C99158", "Clinical Study Follow-up"),
    "primary_objective": ("C85826", "Primary Objective"),
    "secondary_objective": ("C85827", "Secondary Objective"),
    "exploratory_objective": ("C163559", "Exploratory Objective"),
    "primary_endpoint": ("C94496", "Primary Endpoint"),
    "secondary_endpoint": ("C139173", "Secondary Endpoint"),
    "exploratory_endpoint": ("C170559", "Exploratory Endpoint"),
    "experimental_intervention": ("C41161", "Experimental Intervention"),
    "active_comparator": ("C68609", "Active Comparator"),
    "placebo": ("C753", "Placebo"),
    "background": ("C165822", "Background Treatment"),
    "biological": ("C307", "Biological Agent"),
    "drug": ("C1909", "Pharmacologic Substance"),
    "procedure": ("C98769", "Physical Medical Procedure"),
    "radiation": ("C15313", "Radiation Therapy"),
    "other": ("C17649", "Other"),
}
ARM_ROLES = {
    TERMS[role][0]: role
    for role in ("experimental", "active_control", "placebo_control", "no_treatment_control")
}
EPOCHS = ("screening", "treatment", "follow_up")
_LETTERS = {"hour": "H", "day": "D", "week": "W", "month": "M", "year": "Y"}
_FORM = re.compile(r"(-?)P(T?)(\d+(?:\.\d+)?)([HDWMY])")


def iso(length: Duration) -> str:
    """Return a length of time in ISO 8601.

    >>> iso(Duration.parse("3 mo")), iso(Duration.parse("6 h")), iso(Duration.parse("-2 d"))
    ('P3M', 'PT6H', '-P2D')
    """
    sign = "-" if length.value < 0 else ""
    time = "T" if length.unit == "hour" else ""
    return f"{sign}P{time}{abs(length.value).normalize():f}{_LETTERS[length.unit]}"


def from_iso(text: str) -> Duration:
    """Return the length of time that an ISO 8601 text of one unit says.

    Raises    InvalidInput for several units at once (P1M2W), which this format does not write.

    >>> str(from_iso("P3M")), str(from_iso("-P2D"))
    ('3 mo', '-2 d')
    """
    found = _FORM.fullmatch(text.strip())
    unit = None if found is None else {v: k for k, v in _LETTERS.items()}.get(found[4])
    if found is None or unit is None or bool(found[2]) != (unit == "hour"):
        raise InvalidInput(f"{text!r} is not a duration of one unit such as P14D; write it so")
    assert unit in UNITS.values()
    value = Decimal(found[3]) * (-1 if found[1] else 1)
    return Duration(value, unit)  # type: ignore[arg-type]
