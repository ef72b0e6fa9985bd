"""An effect between two arms as one line of a result."""

from adjuvant.analysis.results import Estimate
from adjuvant.analysis.words import moment, named
from adjuvant.survival import Quantiles
from adjuvant.survival.results import Effect

__all__ = ["effect_estimate", "quantile_estimate"]


def effect_estimate(
    measure: str,
    effect: Effect,
    arm: str,
    versus: str,
    *,
    at: float | None = None,
    unit: str | None = None,
) -> Estimate:
    """Return the effect of `arm` against `versus`, with its limits and p; `at` is in `unit`.

    >>> effect = Effect.of_difference(0.1, 0.05, 0.95)
    >>> effect_estimate("survival_difference", effect, "IMM", "CTL", at=36.0, unit="month").term
    'survival_difference IMM v CTL at month 36'
    """
    return Estimate(
        named(measure, arm, versus=versus, at="" if at is None else moment(at, unit or "")),
        measure,
        effect.estimate,
        *effect.ci,
        p=effect.p_value,
        std_error=effect.std_error,
        arm=arm,
        versus=versus,
        at=at,
        unit=unit,
    )


def quantile_estimate(measure: str, found: Quantiles, unit: str) -> Estimate:
    """Return the first quantile of an arm (of everybody where its label is "").

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival import survival_quantile
    >>> found = survival_quantile(TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1]))[0]
    >>> quantile_estimate("median", found, "month").value
    2.5
    """
    return Estimate(
        named(measure, found.label),
        measure,
        float(found.quantile[0]),
        float(found.lower[0]),
        float(found.upper[0]),
        arm=found.label or None,
        unit=unit,
    )
