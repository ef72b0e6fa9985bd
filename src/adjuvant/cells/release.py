"""The release specification of a lot: which tests are due when, and what the results allow.

Limits are the protocol's, never code. Every test that fails or lacks is named. A test whose result
comes after release (final sterility takes 14 days, the product lives hours) decides whether a lot
given under conditional release is certified or is a quality defect.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Literal

from adjuvant.core import InvalidInput
from adjuvant.protocol.model import CellProduct, Expected, ReleaseTest
from adjuvant.protocol.rules_cells import expected_rejections as _normal_rejections

__all__ = [
    "Dose",
    "Judgement",
    "ReleaseDecision",
    "Result",
    "Stage",
    "expected_rejections",
    "judgement",
    "release_decision",
]

Stage = Literal["in_process", "at_release", "after_release"]
Status = Literal["passed", "failed", "missing", "reported"]
Verdict = Literal[
    "proceed", "release", "conditional_release", "certify",
    "incomplete", "quarantine", "reject", "defect",
]  # fmt: skip


@dataclass(frozen=True)
class Dose:
    """What turns EU/mL into EU/kg and EU/kg/h: volume (mL), weight (kg) and infusion time (h).

    Raises    InvalidInput for a number that is not above 0.

    >>> Dose(volume_ml=200, weight_kg=60, hours=1).per("EU/kg/h", 1.5)
    5.0
    """

    volume_ml: float
    weight_kg: float
    hours: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (isfinite(value) and value > 0):
                raise InvalidInput(f"{name} is {value:g}; give a number above 0")

    def per(self, unit: str, eu_per_ml: float) -> float:
        """Return endotoxin in EU/kg, or in EU/kg/h by the rate of this infusion."""
        per_kg = eu_per_ml * self.volume_ml / self.weight_kg
        return per_kg if unit == "EU/kg" else per_kg / self.hours


@dataclass(frozen=True)
class Result:
    """A result as reported: a number with its unit, "<0.05", or words such as "no growth"."""

    test: str
    value: float | str
    unit: str | None = None


@dataclass(frozen=True)
class Judgement:
    """One test: its status, and a sentence that names value and limit."""

    test: str
    due: Stage
    status: Status
    sentence: str


@dataclass(frozen=True)
class ReleaseDecision:
    """What the results allow at a stage, with every missing or failing test named in `reason`.

    verdict   proceed (in process), release, conditional_release, certify; incomplete (a result
              lacks), quarantine (repeat or decide), reject, defect (failed after release)
    """

    lot: str
    stage: Stage
    verdict: Verdict
    reason: str
    judgements: tuple[Judgement, ...]

    @property
    def pending(self) -> tuple[str, ...]:
        """Tests due after release that have no result yet."""
        return tuple(
            j.test for j in self.judgements if j.due == "after_release" and j.status == "missing"
        )

    @property
    def failed_later(self) -> tuple[str, ...]:
        """Tests due after release that failed: a quality defect, told to the physician."""
        return tuple(
            j.test for j in self.judgements if j.due == "after_release" and j.status == "failed"
        )


def judgement(test: ReleaseTest, result: Result | None, dose: Dose | None = None) -> Judgement:
    """Return whether a result meets the limits of its test.

    dose      needed where the limit is in EU/kg or EU/kg/h and the result in EU/mL.

    A result in another unit than the limit's is not judged, but missing; so is one that the limit
    cannot be compared with ("<10" where the limit is 5).

    >>> test = ReleaseTest(id="endotoxin", due="at_release", unit="EU/kg/h", max=5)
    >>> judgement(test, Result("endotoxin", 1.8, "EU/mL"), Dose(200, 60, 1)).sentence
    'endotoxin 6 EU/kg/h, the limit is at most 5'
    """
    if result is None:
        return Judgement(test.id, test.due, "missing", f"{test.id} has no result")
    if test.min is None and test.max is None:
        return _in_words(test, result)
    low, high = _bounds(result.value)
    if low is None or high is None:
        sentence = f"{test.id} is {result.value!r}, a number is expected"
        return Judgement(test.id, test.due, "missing", sentence)
    unit = test.unit
    if result.unit != unit:
        if unit not in ("EU/kg", "EU/kg/h") or result.unit != "EU/mL":
            sentence = f"{test.id} is given in {result.unit}, its limit in {unit}"
            return Judgement(test.id, test.due, "missing", sentence)
        if dose is None:
            sentence = f"{test.id}: its limit is in {unit}; volume, weight and time are missing"
            return Judgement(test.id, test.due, "missing", sentence)
        low, high = dose.per(unit, low), dose.per(unit, high)
    return _within(test, result, low, high)


def _within(test: ReleaseTest, result: Result, low: float, high: float) -> Judgement:
    limits = []
    if test.min is not None:
        limits.append(f"at least {test.min:g}")
    if test.max is not None:
        limits.append(f"at most {test.max:g}")
    shown = f"{low:g}" if low == high else f"{result.value}"
    unit = f" {test.unit}" if test.unit else ""
    sentence = f"{test.id} {shown}{unit}, the limit is {' and '.join(limits)}"
    least = -float("inf") if test.min is None else test.min
    most = float("inf") if test.max is None else test.max
    status: Status
    if low >= least and high <= most:
        status = "passed"
    elif high < least or low > most:
        status = "reported" if test.if_fail == "report" else "failed"
    else:
        status, sentence = "missing", f"{sentence}: not decided by this result"
    return Judgement(test.id, test.due, status, sentence)


def _in_words(test: ReleaseTest, result: Result) -> Judgement:
    said = str(result.value).strip().casefold()
    wanted = (test.accept or "").strip().casefold()
    if not said or not wanted:
        why = f"{test.id} has no result" if not said else f"{test.id} has no limit in the protocol"
        return Judgement(test.id, test.due, "missing", why)
    if wanted == "report" or (said != wanted and test.if_fail == "report"):
        return Judgement(test.id, test.due, "reported", f"{test.id}: {result.value}")
    sentence = f"{test.id} is {result.value!r}, {test.accept!r} is accepted"
    return Judgement(test.id, test.due, "passed" if said == wanted else "failed", sentence)


def _bounds(value: float | str) -> tuple[float | None, float | None]:
    """Return the least and greatest value that a result can mean; None where it is no number."""
    if isinstance(value, bool):
        return None, None
    if isinstance(value, int | float):
        return (float(value), float(value)) if isfinite(value) else (None, None)
    text = value.strip()
    try:
        number = float(text.lstrip("<>").strip())
    except ValueError:
        return None, None
    if not isfinite(number):
        return None, None
    if text.startswith("<"):
        return -float("inf"), number
    if text.startswith(">"):
        return number, float("inf")
    return number, number


def release_decision(
    product: CellProduct,
    lot: str,
    stage: Stage,
    results: Iterable[Result],
    dose: Dose | None = None,
) -> ReleaseDecision:
    """Return what the results of a lot allow at a stage.

    At release every test due in process or at release must be there by name and within its limits.
    A failure rejects the lot where the protocol says `reject` (or nothing, in process), else
    quarantines it. Tests due after release make the release conditional while they lack.
    Raises    InvalidInput for a result of a test that the specification does not have, or two.

    >>> from adjuvant.protocol.model import Release
    >>> sterile = ReleaseTest(id="sterility", due="after_release", accept="no growth")
    >>> gram = ReleaseTest(id="gram", due="at_release", accept="negative", if_fail="reject")
    >>> product = CellProduct(id="c", label="Cells", release=Release(tests=(gram, sterile)))
    >>> release_decision(product, "L03", "at_release", [Result("gram", "negative")]).verdict
    'conditional_release'
    >>> release_decision(product, "L03", "at_release", []).reason
    'gram has no result'
    """
    by_test = _by_test(product, results)
    tests = product.release.tests
    judged = tuple(judgement(test, by_test.get(test.id), dose) for test in tests)
    if_fail = {test.id: test.if_fail for test in tests}
    if stage == "in_process":
        verdict, about = _in_process(judged, if_fail)
    elif stage == "at_release":
        verdict, about = _at_release(judged, if_fail, product.release.decisions)
    else:
        verdict, about = _after_release(judged)
    reason = "; ".join(j.sentence for j in about) or "every test that is due has passed"
    return ReleaseDecision(lot, stage, verdict, reason, judged)


def _by_test(product: CellProduct, results: Iterable[Result]) -> Mapping[str, Result]:
    known = {test.id for test in product.release.tests}
    found: dict[str, Result] = {}
    for result in results:
        if result.test not in known:
            raise InvalidInput(
                f"{result.test} is not in the release specification of {product.id}; "
                "check the test's id"
            )
        if result.test in found:
            raise InvalidInput(f"{result.test} has two results; say which one is in force")
        found[result.test] = result
    return found


_Found = tuple[Verdict, Sequence[Judgement]]


def _in_process(judged: Sequence[Judgement], if_fail: Mapping[str, str | None]) -> _Found:
    mine = [j for j in judged if j.due == "in_process"]
    failed = [j for j in mine if j.status == "failed"]
    if failed:
        reject = any(if_fail[j.test] in (None, "reject") for j in failed)
        return ("reject" if reject else "quarantine"), failed
    lacking = [j for j in mine if j.status == "missing"]
    return ("incomplete" if lacking else "proceed"), lacking


def _at_release(
    judged: Sequence[Judgement], if_fail: Mapping[str, str | None], decisions: Sequence[str]
) -> _Found:
    due = [j for j in judged if j.due != "after_release"]
    failed = [j for j in judged if j.status == "failed"]
    lacking = [j for j in due if j.status == "missing"]
    if failed:
        reject = any(if_fail[j.test] == "reject" or j.due == "in_process" for j in failed)
        return ("reject" if reject else "quarantine"), [*failed, *lacking]
    if lacking:
        return "incomplete", lacking
    later = [j for j in judged if j.due == "after_release" and j.status == "missing"]
    if not later:
        return "release", []
    if "conditional_release" not in decisions:
        return "incomplete", later
    return "conditional_release", []


def _after_release(judged: Sequence[Judgement]) -> _Found:
    failed = [j for j in judged if j.status == "failed"]
    if failed:
        return "defect", failed
    lacking = [j for j in judged if j.status == "missing"]
    return ("incomplete" if lacking else "certify"), lacking


def expected_rejections(
    mean: float,
    sd: float,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    distribution: Literal["normal", "lognormal"] = "normal",
) -> float:
    """Return the share of lots outside the limits, if lots are distributed as expected.

    mean, sd  of the values as measured; a lognormal one is matched to the same mean and SD.
    Raises    InvalidInput without a limit, for sd <= 0, or a lognormal that is not positive.

    A limit of 1e10 cells where lots have 1.42e10 (SD 0.42e10) rejects one lot in six:

    >>> round(expected_rejections(1.42e10, 0.42e10, minimum=1e10), 2)
    0.16
    """
    if minimum is None and maximum is None:
        raise InvalidInput("no limit is given; give minimum, maximum or both")
    if not (isfinite(mean) and isfinite(sd) and sd > 0):
        raise InvalidInput(f"mean {mean:g} and SD {sd:g}: give numbers, the SD above 0")
    if distribution == "lognormal":
        if mean <= 0 or any(limit is not None and limit <= 0 for limit in (minimum, maximum)):
            raise InvalidInput("a lognormal needs a mean and limits above 0")
        variance = log(1 + (sd / mean) ** 2)
        mean, sd = log(mean) - variance / 2, variance**0.5
        minimum, maximum = (None if x is None else log(x) for x in (minimum, maximum))
    test = ReleaseTest(
        id="limit", due="at_release", min=minimum, max=maximum, expected=Expected(mean=mean, sd=sd)
    )
    share = _normal_rejections(test)
    assert share is not None
    return share
