"""The protocol text of a design: what to paste so that the file gives the same design again."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from adjuvant.core import InvalidInput
from adjuvant.design.assumptions import PiecewiseHazard
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.trial_design import DesignStratum, TrialDesign, summed

__all__ = ["design_text"]

_LOOK_AHEAD = 12.0  # months after the last change of a hazard at which survival is written


def design_text(design: TrialDesign, *, control: str = "CTL", experimental: str = "EXP") -> str:
    """Return the YAML of the protocol parts that give the design again, all in months.

    control, experimental   ids of the arms in the protocol.
    Raises    InvalidInput for what a protocol cannot say: spending by a function of your own.

    >>> from adjuvant.design import design_from_numbers
    >>> made = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.7,
    ...                            accrual=24)
    >>> print(design_text(made), end="")
    population:
      planned: 300
    randomisation:
      allocation: {CTL: 1, EXP: 1}
    design:
      hypothesis: {endpoint: RFS, sided: 1, alpha: 0.025}
      shape: exponential
      survival: {CTL: {12 mo: 0.5}}
      hazard_ratio: 0.7
      events: 200
      accrual: 24 mo
    """
    arms = control, experimental
    parts: dict[str, dict[str, Any]] = {
        "population": {"planned": design.subjects},
        "randomisation": {"allocation": dict(zip(arms, _ratio(design), strict=True))},
        "design": {name: value for name, value in _design(design, *arms).items() if value},
    }
    lines = []
    for part, values in parts.items():
        lines.append(f"{part}:")
        lines += [f"  {name}: {_flow(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _design(design: TrialDesign, control: str, experimental: str) -> dict[str, Any]:
    patients, looks = design.patients, design.looks
    first = patients.strata[0]
    margin = {} if design.null_hazard_ratio == 1 else {"margin": design.null_hazard_ratio}
    # Deaths that compete belong to an endpoint that does not count them.
    competes = any(first.control.death.rates) and not patients.death_counts
    endpoint = design.endpoint or ("TTR" if competes else "RFS")
    stopping = sum(patients.stopping.rates)
    return {
        "hypothesis": {"endpoint": endpoint, "sided": looks.sided, "alpha": looks.alpha, **margin},
        "shape": _shape(design),
        **_courses(design, control, experimental),
        "power": design.power,
        "events": design.events,
        "accrual": _months(patients.accrual.duration),
        "accrual_rates": _steps(PiecewiseHazard(patients.accrual.times, patients.accrual.rates))
        if len(patients.accrual.times) > 1
        else None,
        "follow_up_after_last": None if design.follow_up is None else _months(design.follow_up),
        "dropout": _yearly(first, "dropout", control, experimental),
        "competing_death": _yearly(first, "death", control, experimental),
        "imaging": _imaging(design),
        "product_failure": {
            "never_started": patients.never_started,
            "stopping_per_y": 12 * stopping,
        }
        if patients.never_started or stopping
        else None,
        "test": _test(design),
        "looks": _looks(design, looks) if looks.looks > 1 else None,
    }


def _shape(design: TrialDesign) -> str:
    courses = [c for s in design.patients.strata for c in (s.control, s.experimental)]
    if any(course.cured for course in courses):
        return "cure"
    steps = max(len(course.hazard.times) for s in design.patients.strata for course in (s.control,))
    return "piecewise" if steps > 1 else "exponential"


def _courses(design: TrialDesign, control: str, experimental: str) -> dict[str, Any]:
    patients = design.patients
    counts = patients.death_counts
    found: dict[str, Any] = {}
    if len(patients.strata) > 1:
        found["strata"] = [
            {"label": s.label or f"stratum {k + 1}", "fraction": s.fraction,
             "survival": _survival(s, "control", counts)}
            for k, s in enumerate(patients.strata)
        ]  # fmt: skip
    else:
        found["survival"] = {control: _survival(patients.strata[0], "control", counts)}
    ratio = _hazard_ratio(patients.strata[0], counts)
    found["hazard_ratio"] = ratio.rates[0] if len(ratio.rates) == 1 else None
    found["hazard_ratio_from"] = _steps(ratio) if len(ratio.rates) > 1 else None
    cured = {
        control: patients.strata[0].control.cured,
        experimental: patients.strata[0].experimental.cured,
    }
    found["cured"] = {arm: share for arm, share in cured.items() if share}
    return found


def _survival(stratum: DesignStratum, arm: str, counts: bool) -> dict[str, float]:
    """Return survival at the end of each step of the hazard, and a while after the last."""
    course = getattr(stratum, arm)
    hazard = summed(course.hazard, course.death) if counts else course.hazard
    ends = [*hazard.times[1:], hazard.times[-1] + _LOOK_AHEAD]
    free = course.cured + (1 - course.cured) * hazard.survival(ends)
    return {_months(t): float(p) for t, p in zip(ends, free.tolist(), strict=True)}


def _hazard_ratio(stratum: DesignStratum, counts: bool) -> PiecewiseHazard:
    hazards = [
        summed(course.hazard, course.death) if counts else course.hazard
        for course in (stratum.control, stratum.experimental)
    ]
    times = np.unique(np.concatenate([h.times for h in hazards]))
    low, high = (h.at(times) for h in hazards)
    if not (low > 0).all():
        raise InvalidInput("a control hazard of 0 has no hazard ratio that a protocol could state")
    ratios = [float(f"{r:.12g}") for r in high / low]
    kept = [k for k, r in enumerate(ratios) if k == 0 or r != ratios[k - 1]]
    return PiecewiseHazard(tuple(float(times[k]) for k in kept), tuple(ratios[k] for k in kept))


def _looks(design: TrialDesign, looks: GroupSequentialDesign) -> dict[str, Any]:
    if callable(looks.spending) or callable(looks.beta_spending):
        raise InvalidInput("a protocol names its spending; a function of your own it cannot hold")
    futile = looks.has_futility
    found = {
        "by": "DSMB",
        "information": list(looks.information_rates),
        "spending": looks.spending,
        "spending_parameter": looks.spending_parameter,
        "futility": ("binding" if looks.binding else "non_binding") if futile else None,
        "futility_spending": looks.beta_spending,
        "futility_parameter": looks.beta_spending_parameter,
        "futility_z": list(looks.futility_bounds) if looks.futility_bounds else None,
        "harm_alpha": looks.harm_alpha,
        "harm_spending": looks.harm_spending,
        "at": [_months(t) for t in design.look_times] if design.look_times else None,
        "rule": design.look_rule if design.look_times else None,
        "latest": None if design.latest is None else _months(design.latest),
    }
    return {name: value for name, value in found.items() if value is not None}


def _test(design: TrialDesign) -> dict[str, Any] | None:
    test = design.test
    if test.type == "log_rank" and not test.stratified:
        return None
    found: dict[str, Any] = {"type": test.type}
    if test.type == "fleming_harrington":
        found |= {"rho": test.rho, "gamma": test.gamma}
    if test.delay is not None:
        found["delay"] = _months(test.delay)
    if test.horizon is not None:
        found["horizon"] = _months(test.horizon)
    return {**found, **({"stratified": True} if test.stratified else {})}


def _imaging(design: TrialDesign) -> dict[str, str] | None:
    imaging = design.patients.imaging
    if imaging is None:
        return None
    found = {"every": _months(imaging.times[0]), "until": _months(imaging.times[-1])}
    return {**found, "then_every": _months(imaging.then_every)}


def _yearly(
    stratum: DesignStratum, what: str, control: str, experimental: str
) -> dict[str, Any] | None:
    rates = [12 * getattr(c, what).rates[0] for c in (stratum.control, stratum.experimental)]
    if not any(rates):
        return None
    if math.isclose(rates[0], rates[1]):
        return {"hazard_per_y": rates[0]}
    return {"by_arm": {control: rates[0], experimental: rates[1]}}


def _ratio(design: TrialDesign) -> tuple[int, int]:
    found = Fraction(design.allocation_ratio).limit_denominator(20)
    return found.denominator, found.numerator


def _steps(steps: PiecewiseHazard) -> dict[str, float]:
    return {_months(t): rate for t, rate in zip(steps.times, steps.rates, strict=True)}


def _months(value: float) -> str:
    # Enough digits that the number read is the number meant, and no exponent, which the
    # notation of lengths does not know.
    return f"{np.format_float_positional(value, trim='-')} mo"


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-")
    return str(value)
