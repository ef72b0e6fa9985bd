"""Survival at one fixed time compared between two arms."""

from dataclasses import dataclass, field
from math import log, sqrt

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival.export import EXPORTS
from adjuvant.survival.kaplan_meier import SurvivalCurve, kaplan_meier, survival_at
from adjuvant.survival.results import Effect, TestResult
from adjuvant.survival.risk_table import require_two_arms

__all__ = ["ArmMilestone", "MilestoneDifference", "milestone_difference"]


@dataclass(frozen=True)
class ArmMilestone:
    """One arm's survival at the milestone, with Greenwood's standard error."""

    label: str
    survival: float
    std_error: float


@dataclass(frozen=True)
class MilestoneDifference:
    """Treatment v control (arm 1 v arm 0) in survival at one time.

    difference    treatment - control.
    ratio         treatment / control, interval and test on the log scale.
    test_plain, test_log, test_log_log  the same comparison on three scales; the log-log test is
                  None (not estimable) when an arm's survival is 1.
    """

    time: float
    level: float
    control: ArmMilestone
    treatment: ArmMilestone
    difference: Effect
    ratio: Effect
    test_plain: TestResult
    test_log: TestResult
    test_log_log: TestResult | None
    unit: str = "day"
    curves: tuple[SurvivalCurve, ...] = field(default=(), repr=False, compare=False)

    to_dict, to_frame, cite, _repr_html_ = EXPORTS


def milestone_difference(
    data: TimeToEvent, time: float, *, level: float = 0.95
) -> MilestoneDifference:
    """Compare two arms' Kaplan-Meier survival at one time fixed in advance, in the data's unit.

    Raises    NotEnoughData for an empty arm, no event in either arm by then, or a time beyond
              the follow-up of an arm; NotEstimable when an arm's survival is 0 there, where
              Greenwood's variance is undefined; InvalidData unless there are two arms.

    Source    Klein, Logan, Harhoff & Andersen 2007 (Stat Med 26:4505): plain, log and
              complementary log-log tests.

    >>> data = TimeToEvent([2, 4, 6, 8, 3, 9, 9, 9], [1, 1, 1, 0, 1, 1, 0, 0],
    ...                    arm=[0, 0, 0, 0, 1, 1, 1, 1])
    >>> milestone_difference(data, 5).difference.estimate
    0.25
    """
    require_two_arms(data, "the milestone difference")
    if not time >= 0:
        raise InvalidData(f"the milestone is {time}; give a time of 0 or later")
    curves = kaplan_meier(data).curves
    for curve in curves:
        if time > curve.time[-1] and curve.survival[-1] > 0:
            raise NotEnoughData(
                f"the milestone {time:g} lies beyond the follow-up of arm {curve.label!r}, which "
                f"ends at {curve.time[-1]:g}; choose an earlier milestone"
            )
    control, treatment = (
        ArmMilestone(at.label, float(at.survival[0]), float(at.std_error[0]))
        for at in survival_at(data, [time])
    )
    _require_estimable(control, treatment, time)
    s1, s0 = treatment.survival, control.survival
    v1, v0 = treatment.std_error**2, control.std_error**2
    log_variance = v1 / s1**2 + v0 / s0**2
    return MilestoneDifference(
        float(time),
        level,
        control,
        treatment,
        Effect.of_difference(s1 - s0, sqrt(v1 + v0), level),
        Effect.of_log_ratio(log(s1 / s0), sqrt(log_variance), level),
        TestResult.of((s1 - s0) ** 2 / (v1 + v0), 1),
        TestResult.of(log(s1 / s0) ** 2 / log_variance, 1),
        _log_log_test(control, treatment),
        data.unit,
        curves,
    )


def _require_estimable(control: ArmMilestone, treatment: ArmMilestone, time: float) -> None:
    for arm in (control, treatment):
        if arm.survival == 0:
            raise NotEstimable(
                f"survival of arm {arm.label!r} is 0 at {time:g}: its variance is undefined; "
                "choose an earlier milestone"
            )
    if control.std_error == 0 and treatment.std_error == 0:
        raise NotEnoughData(f"no event was seen by {time:g} in either arm; nothing to compare")


def _log_log_test(control: ArmMilestone, treatment: ArmMilestone) -> TestResult | None:
    if control.survival == 1 or treatment.survival == 1:
        return None
    h1, h0 = -log(treatment.survival), -log(control.survival)
    variance = (treatment.std_error / (treatment.survival * h1)) ** 2
    variance += (control.std_error / (control.survival * h0)) ** 2
    return TestResult.of((log(h1) - log(h0)) ** 2 / variance, 1)
