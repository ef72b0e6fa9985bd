"""What a consistency check says: numbered findings, each with the sum that fails, and notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adjuvant.core import Place

__all__ = ["CODES", "EvidenceCheck", "EvidenceFinding", "EvidenceNote", "Meaning"]

Gravity = Literal["impossible", "unlikely"]


@dataclass(frozen=True)
class Meaning:
    """A finding code: how grave, what it means, the arithmetic behind it."""

    severity: Gravity
    title: str
    arithmetic: str


CODES: Mapping[str, Meaning] = {
    "n_arms_do_not_sum": Meaning(
        "impossible",
        "the patients of the arms do not add up to the total",
        "n(T) + n(C) differs from n_total, exactly",
    ),
    "itt_label_with_exclusions": Meaning(
        "impossible",
        "called intention to treat although allocated patients are missing",
        "the set is called itt, but n_excluded > 0 or n_allocated > n_total",
    ),
    "percent_does_not_match_count": Meaning(
        "impossible",
        "a count and the percentage printed beside it disagree",
        "100 count/n lies outside the rounding of the percentage",
    ),
    "count_and_percent_swapped": Meaning(
        "impossible",
        "a count and its percentage stand in each other's place",
        "as percent_does_not_match_count, but 100 percent/n rounds to the count; the exchanged "
        "pair is used in all other checks",
    ),
    "crude_called_recurrence_but_is_recurrence_free": Meaning(
        "impossible",
        "a crude percentage names the event but is the share without it, or the reverse",
        "the percentage fits 100 - 100 count/n and not 100 count/n, or the reverse",
    ),
    "hr_ci_asymmetric": Meaning(
        "unlikely",
        "a ratio does not lie in the middle of its interval on the log scale",
        "ln value does not meet (ln L + ln H)/2 within its rounding and 0.1 se, "
        "se = (ln H - ln L)/2z",
    ),
    "p_does_not_match_ci": Meaning(
        "unlikely",
        "a p-value and the interval of its ratio disagree",
        "z from p does not meet |ln value|/se within max(0.30, 10%)",
    ),
    "events_do_not_match_hr_se": Meaning(
        "unlikely",
        "the interval of a ratio is too narrow or too wide for the events",
        "se does not meet 0.92 to 1.30 times sqrt(1/e(T) + 1/e(C)); with the total E alone, "
        "1/sqrt(E w (1 - w)), w = rq/(rq + 1 - q), q = n(T)/n, w = 1/2 without n",
    ),
    "risk_reduction_does_not_match_hr": Meaning(
        "impossible",
        "the printed reduction is not one minus the printed ratio",
        "the reduction does not meet 100 (1 - r), or its limits 100 (1 - H) and 100 (1 - L)",
    ),
    "difference_does_not_match": Meaning(
        "impossible",
        "a printed difference is not the difference of the printed percentages",
        "its absolute value meets neither the difference of 100 count/n nor, without counts, of "
        "the percentages; with a time, of the milestones",
    ),
    "median_does_not_match_milestones": Meaning(
        "impossible",
        "a median contradicts the percentages at other times, or a percentage rises",
        "event-free surely < 50 before the median, surely > 50 after it, or rising with time",
    ),
    "milestone_kind_not_stated": Meaning(
        "unlikely",
        "a percentage at a time does not say whether it counts those with or without the event",
        "what: unstated",
    ),
    "milestone_called_recurrence_but_is_recurrence_free": Meaning(
        "impossible",
        "a percentage at a time is called the event but is the share without it, or the reverse",
        "exchanging event and event-free removes every contradiction, exchanging arms does not",
    ),
    "arms_swapped": Meaning(
        "impossible",
        "percentages at a time stand under each other's arm",
        "exchanging the arms removes every contradiction",
    ),
    "crude_proportion_called_milestone": Meaning(
        "unlikely",
        "a crude proportion of the whole follow-up is printed as a percentage at a time",
        "both arms fit 100 count/n and the time is the longest follow-up; where none is printed, "
        "beyond the median follow-up, without interval, with events in 20% of an arm or more",
    ),
    "dose_per_cycle_vs_per_patient": Meaning(
        "unlikely",
        "a dose per patient is printed as a dose per infusion or cycle, or the reverse",
        "the dose per patient lies outside 0.8 to 1.25 times dose x infusions, infusions > 1",
    ),
    "restated_value_differs": Meaning(
        "impossible",
        "a text restates another value than the report, or two texts give different facts",
        "the intervals of rounding do not meet, and no other finding explains it",
    ),
}


@dataclass(frozen=True)
class EvidenceFinding:
    """One contradiction among printed numbers.

    numbers     ids of the printed numbers that cannot all be right.
    sum         the calculation that fails, with its numbers.
    allowance   what rounding and method may account for.
    correction  the most likely correct reading; "" where arithmetic cannot tell.
    """

    code: str
    place: Place
    message: str
    numbers: tuple[str, ...]
    sum: str
    allowance: str
    correction: str = ""

    @property
    def severity(self) -> Gravity:
        """Impossible: no data can give these numbers. Unlikely: hardly any can."""
        return CODES[self.code].severity

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain values, as `--json` prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "place": str(self.place),
            "message": self.message,
            "numbers": list(self.numbers),
            "sum": self.sum,
            "allowance": self.allowance,
            "correction": self.correction,
        }


@dataclass(frozen=True)
class EvidenceNote:
    """Something else that arithmetic decides; it accuses nobody."""

    place: Place
    message: str
    numbers: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the note as plain values."""
        return {
            "place": str(self.place),
            "message": self.message,
            "numbers": list(self.numbers),
        }


@dataclass(frozen=True)
class EvidenceCheck:
    """The findings and notes of one file of printed numbers."""

    findings: tuple[EvidenceFinding, ...]
    notes: tuple[EvidenceNote, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The finding codes that occur, each once, in the order of the reference page."""
        found = {f.code for f in self.findings}
        return tuple(code for code in CODES if code in found)
