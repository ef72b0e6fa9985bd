"""Rules: the assumptions and looks of the design fit each other."""

import math
from collections.abc import Iterator, Mapping

from adjuvant.core import Finding, InvalidInput
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.model import Design, DesignScenario, Protocol, YearlyHazard
from adjuvant.protocol.names import Path, ids, known
from adjuvant.protocol.reader import Draft

__all__ = ["RULES"]

_FIXED = ("obrien_fleming", "pocock", "wang_tsiatis", "haybittle_peto")
_PARAMETER = ("hwang_shih_decani", "kim_demets", "wang_tsiatis")


def check_arms(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P030: the arms that assumptions name exist."""
    arms = ids(protocol.arms)
    for at, part in _assumptions(protocol):
        named: list[tuple[Path, str]] = [((*at, "cured", arm), arm) for arm in part.cured]
        if isinstance(part, DesignScenario):
            named += [((*at, "survival", arm), arm) for arm in part.survival]
        for name in ("dropout", "competing_death"):
            found: YearlyHazard | None = getattr(part, name)
            by_arm = found.by_arm if found is not None else {}
            named += [((*at, name, "by_arm", arm), arm) for arm in by_arm]
        for path, arm in named:
            yield from known(draft, path, arm, arms, "P030", "arm")


def check_steps(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P017 and P122: steps in time are lengths of time and begin at 0."""
    for at, part in _assumptions(protocol):
        for name in ("hazard_ratio_from", "accrual_rates"):
            yield from _steps(draft, (*at, name), getattr(part, name))
    for n, stratum in enumerate(protocol.design.strata):
        for text in stratum.survival:
            yield from _length(draft, ("design", "strata", n, "survival", text), text)
    for name, scenario in protocol.design.scenarios.items():
        for arm, times in scenario.survival.items():
            for text in times:
                path = ("design", "scenarios", name, "survival", arm, text)
                yield from _length(draft, path, text)


def check_twice(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P121: how the experimental arm fares is said once."""
    for at, part in _assumptions(protocol):
        given = [n for n in ("hazard_ratio", "hazard_ratio_from") if getattr(part, n)]
        others = [arm for arm in part.survival if arm != protocol.control.id]
        if given and others:
            given.append(f"survival of {others[0]}")
        if len(given) > 1:
            yield draft.finding(
                "P121",
                (*at, given[0]),
                f"the effect is given as {' and as '.join(given)}",
                "keep one of them",
            )


def check_strata_shares(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P122: the strata of the design are all patients, and each says how its control fares."""
    design = protocol.design
    if not design.strata:
        return
    at = ("design", "strata")
    total = math.fsum(s.fraction for s in design.strata)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        words = f"the fractions of the strata sum to {total:g}"
        yield draft.finding("P122", at, words, "make them sum to 1")
    if design.survival:
        yield draft.finding(
            "P122",
            ("design", "survival"),
            "survival is given of the arms and of the strata",
            "with strata keep theirs, and a hazard ratio",
        )


def check_shape(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P122: the shape of the survival curves is the one that their points need."""
    design = protocol.design
    at = ("design", "survival")
    for arm, times in design.survival.items():
        if len(times) > 1 and design.shape in (None, "exponential", "cure"):
            words = f"{len(times)} points of {arm} and shape {design.shape or 'exponential'}"
            yield draft.finding("P122", (*at, arm), words, "write shape: piecewise")
    if design.cured and design.shape != "cure":
        words = f"a cured share and shape {design.shape or 'exponential'}"
        yield draft.finding("P122", ("design", "cured"), words, "write shape: cure")


def check_looks(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P123: bounds and dates are given for every look, and spending has its parameter."""
    looks = protocol.design.looks
    if looks is None:
        return
    at, count = ("design", "looks"), len(looks.information)
    if looks.futility_z and len(looks.futility_z) != count - 1:
        words = f"{len(looks.futility_z)} futility bounds for {count - 1} interim looks"
        yield draft.finding("P123", (*at, "futility_z"), words, "give one for each but the last")
    if looks.at and len(looks.at) != count:
        words = f"{len(looks.at)} dates for {count} looks"
        yield draft.finding("P123", (*at, "at"), words, "give a date for each look")
    if looks.spending in _PARAMETER and looks.spending_parameter is None:
        words = f"{looks.spending} has no spending_parameter"
        yield draft.finding("P123", (*at, "spending"), words, "add spending_parameter")
    beta = looks.futility_spending
    if beta in _PARAMETER and looks.futility_parameter is None and beta != looks.spending:
        words = f"{beta} has no futility_parameter"
        yield draft.finding("P123", (*at, "futility_spending"), words, "add futility_parameter")
    if looks.futility == "none" or count == 1:
        return
    if looks.spending in _FIXED and not (beta or looks.futility_z):
        words = f"futility without bounds: {looks.spending} spends no beta"
        hint = "add futility_spending, or futility_z"
        yield draft.finding("P123", (*at, "futility"), words, hint)
    if protocol.design.power is None and not looks.futility_z:
        words = "beta is 1 - power, and the design has no power"
        yield draft.finding("P123", (*at, "futility"), words, "add power, or futility_z")


def _assumptions(protocol: Protocol) -> Iterator[tuple[Path, Design | DesignScenario]]:
    """Yield the design and its scenarios, each with its path."""
    yield ("design",), protocol.design
    for name, scenario in protocol.design.scenarios.items():
        yield ("design", "scenarios", name), scenario


def _steps(draft: Draft, path: Path, steps: Mapping[str, float]) -> Iterator[Finding]:
    faults = [fault for text in steps for fault in _length(draft, (*path, text), text)]
    yield from faults
    if not steps or faults:
        return
    first = min(steps, key=lambda text: Duration.parse(text).calendar_days())
    if Duration.parse(first).value != 0:
        words = f"the first step begins at {first}"
        yield draft.finding("P122", path, words, "begin with 0 mo")


def _length(draft: Draft, path: Path, text: str) -> Iterator[Finding]:
    try:
        Duration.parse(text)
    except InvalidInput as reason:
        message, _, hint = reason.message.partition("; ")
        yield draft.finding("P017", path, message, hint, key=True)


RULES = (check_arms, check_steps, check_twice, check_strata_shares, check_shape, check_looks)
