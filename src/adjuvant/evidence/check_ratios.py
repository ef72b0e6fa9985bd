"""Checks of hazard ratios: their interval, p-value, events, and the reduction said of them."""

import math
from collections.abc import Iterator

from scipy.special import ndtri

from adjuvant.evidence.finding import EvidenceFinding
from adjuvant.evidence.printed import PValue, RiskReduction
from adjuvant.evidence.rounding import Range, printed_range
from adjuvant.evidence.statements import Ratio, Statements, accuse

__all__ = ["check_ratios", "expected_se", "z_of_p"]

# In unadjusted Cox fits of several hundred data sets se/s0 lies in 1.00-1.14.
_SE_BAND = (0.92, 1.30)


def check_ratios(said: Statements) -> Iterator[EvidenceFinding]:
    """Return the findings about hazard ratios of the report, and what is said of them."""
    for endpoint in said.endpoints():
        ratios = said.ratios(endpoint)
        for ratio in ratios:
            yield from _asymmetric(said, ratio)
            yield from _events(said, endpoint, ratio)
        yield from _p_values(said, endpoint, ratios)
        yield from _reductions(said, endpoint, ratios)


def _asymmetric(said: Statements, ratio: Ratio) -> Iterator[EvidenceFinding]:
    if ratio.low is None or ratio.high is None or ratio.se is None:
        return
    low, high, value = ratio.low.log(), ratio.high.log(), ratio.value.log()
    middle = Range((low.low + high.low) / 2, (low.high + high.high) / 2)
    slack = 0.1 * ratio.se.high
    if not math.isfinite(slack) or value.meets(middle, slack):
        return
    # A limit that may be 0 has no logarithm: then the other end of the middle speaks for it.
    known = [v for v in (middle.low, middle.high) if math.isfinite(v)]
    if not known:
        return
    centre = math.exp(sum(known) / len(known))
    yield accuse(
        said.published, "hr_ci_asymmetric", (ratio.number,),
        f"{ratio.number.as_printed}: the interval lies around {centre:.3f}",
        sum=f"sqrt(L x H) = {centre:.3f}; ln {centre:.3f} = {math.log(centre):.3f}, the ratio's "
        f"logarithm lies in {value.low:.3f} to {value.high:.3f}",
        allowance=f"rounding, and 0.1 se = {slack:.3f}",
        correction=f"a ratio of {centre:.2f}, or one limit is wrong",
    )  # fmt: skip


def expected_se(said: Statements, endpoint: str, ratio: Ratio) -> tuple[Range, str] | None:
    """Return the standard error that the events allow for the log ratio, and the words for it.

    None where no count of events is printed, or one is 0.
    """
    t, c, total = (said.events(endpoint, arm) for arm in ("T", "C", "all"))
    e_t, e_c, e = (None if x is None else x.count for x in (t, c, total))
    if e is not None:
        e_c = e - e_t if e_c is None and e_t is not None else e_c
        e_t = e - e_c if e_t is None and e_c is not None else e_t
    if e_t is not None and e_c is not None:
        if e_t <= 0 or e_c <= 0:
            return None
        s0 = math.sqrt(1 / e_t + 1 / e_c)
        return Range(s0, s0), f"sqrt(1/{e_t:g} + 1/{e_c:g}) = {s0:.3f}"
    if e is None or e <= 0:
        return None
    shares = _event_shares(said, ratio)
    values = [1 / math.sqrt(e * w * (1 - w)) for w in shares if 0 < w < 1]
    if not values:
        return None
    return Range(
        min(values), max(values)
    ), f"1/sqrt({e:g} w (1 - w)) = {values[0]:.3f}, w = {shares[0]:.3f}"


def _event_shares(said: Statements, ratio: Ratio) -> list[float]:
    """Return the expected share of the events in arm T, over the rounding of the ratio."""
    n_t, n_c = said.n("T"), said.n("C")
    if not n_t or not n_c:
        return [0.5]
    q = n_t / (n_t + n_c)
    span = ratio.value
    middle = (span.low + span.high) / 2
    shares = [r * q / (r * q + 1 - q) for r in (middle, span.low, span.high)]
    if min(shares) < 0.5 < max(shares):
        shares.append(0.5)
    return shares


def _events(said: Statements, endpoint: str, ratio: Ratio) -> Iterator[EvidenceFinding]:
    expected = expected_se(said, endpoint, ratio)
    if expected is None or ratio.se is None:
        return
    s0, words = expected
    band = Range(_SE_BAND[0] * s0.low, _SE_BAND[1] * s0.high)
    if ratio.se.meets(band):
        return
    events = [e.number for e in (said.events(endpoint, a) for a in ("T", "C", "all")) if e]
    narrow = ratio.se.high < band.low
    middle = (ratio.se.low + ratio.se.high) / 2
    likely = "one of the limits is wrong, or the two are exchanged"
    if 0 < middle < math.inf:
        likely = f"the interval belongs to about {4 / middle**2:.0f} events"
    yield accuse(
        said.published, "events_do_not_match_hr_se", (ratio.number, *events),
        f"{ratio.number.as_printed}: too {'narrow' if narrow else 'wide'} an interval for "
        "the events",
        sum=f"se from the interval {ratio.se.low:.3f} to {ratio.se.high:.3f}; from the events "
        f"{words}",
        allowance=f"{_SE_BAND[0]} to {_SE_BAND[1]} times: {band.low:.3f} to {band.high:.3f}",
        correction=likely,
    )  # fmt: skip


def z_of_p(number: PValue) -> Range:
    """Return the size of z that a printed p-value stands for; "<x" is open above.

    >>> number = PValue(id="p", kind="p", as_printed="p=0.008", source="a", endpoint="e",
    ...                 value="0.008", sides=2)
    >>> [round(z, 2) for z in (z_of_p(number).low, z_of_p(number).high)]
    [2.63, 2.67]
    """
    p = printed_range(number.value)
    low, high = max(p.low, 0.0) / number.sides, min(p.high, 1.0) / number.sides
    z = Range(-float(ndtri(high)), -float(ndtri(low)) if low > 0 else math.inf)
    # A one-sided p over 0.5 says that the effect goes the other way.
    return z.absolute()


def _p_values(said: Statements, endpoint: str, ratios: list[Ratio]) -> Iterator[EvidenceFinding]:
    """A p-value must agree with one of the report's ratios of its endpoint."""
    known = [r for r in ratios if r.se is not None and r.se.low > 0 and math.isfinite(r.se.high)]
    for number in said.primary(PValue):
        if number.endpoint != endpoint or not known:
            continue
        z = z_of_p(number)
        of_ratios = [_z(ratio) for ratio in known]
        if any(z.meets(other, _slack(z, other)) for other in of_ratios):
            continue
        found, ratio = of_ratios[0], known[0]
        sides = "two" if number.sides == 2 else "one"
        yield accuse(
            said.published, "p_does_not_match_ci", (number, ratio.number),
            f"{number.as_printed} does not belong to {ratio.number.as_printed}",
            sum=f"z from the interval {found.low:.2f} to {found.high:.2f}; from the {sides}-sided "
            f"p {z.low:.2f} to {z.high:.2f}",
            allowance=f"rounding, and {_slack(z, found):.2f} because log-rank and Wald tests "
            "differ and ratios may be adjusted",
            correction=_likely_p(number, found),
        )  # fmt: skip


def _z(ratio: Ratio) -> Range:
    assert ratio.se is not None
    size = ratio.value.log().absolute()
    return Range(size.low / ratio.se.high, size.high / ratio.se.low)


def _slack(a: Range, b: Range) -> float:
    """The larger of 0.30 and 10% of the nearer ends of two intervals of z."""
    return max(0.30, 0.10 * max(min(a.high, b.high), min(max(a.low, b.low), 1e3)))


def _likely_p(number: PValue, z: Range) -> str:
    from_interval = [_upper_tail(v) * number.sides for v in (z.high, z.low)]
    other = 3 - number.sides
    of_p = z_of_p(number.model_copy(update={"sides": other}))
    if of_p.meets(z, _slack(of_p, z)):
        return f"it agrees as a {'one' if other == 1 else 'two'}-sided p"
    return f"p between {from_interval[0]:.2g} and {from_interval[1]:.2g}"


def _upper_tail(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2))


def _reductions(said: Statements, endpoint: str, ratios: list[Ratio]) -> Iterator[EvidenceFinding]:
    for number in said.all(RiskReduction):
        if number.endpoint != endpoint or not ratios:
            continue
        if any(_reduction_fits(number, ratio) for ratio in ratios):
            continue
        ratio = ratios[0]
        parts = [_reduced(ratio.value), _reduced(ratio.high), _reduced(ratio.low)]
        texts = [f"{(p.low + p.high) / 2:.1f}" for p in parts if p is not None]
        yield accuse(
            said.published, "risk_reduction_does_not_match_hr", (number, ratio.number),
            f"{number.as_printed} does not follow from {ratio.number.as_printed}",
            sum=f"100 x (1 - ratio) = {texts[0]}"
            + (f", limits {texts[1]} to {texts[2]}" if len(texts) == 3 else ""),
            allowance="the rounding of both",
            correction=f"a reduction of {float(texts[0]):.0f}%",
        )  # fmt: skip


def _reduced(ratio: Range | None) -> Range | None:
    return None if ratio is None else Range(100 * (1 - ratio.high), 100 * (1 - ratio.low))


def _reduction_fits(number: RiskReduction, ratio: Ratio) -> bool:
    limits = number.ci or (None, None)
    stated = (number.value, *limits)
    expected = (_reduced(ratio.value), _reduced(ratio.high), _reduced(ratio.low))
    return all(
        text is None or reduced is None or printed_range(text).meets(reduced)
        for text, reduced in zip(stated, expected, strict=True)
    )
