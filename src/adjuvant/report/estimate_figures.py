"""Which result of `adjuvant.survival` is drawn by which figure."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from matplotlib.figure import Figure

from adjuvant.core import AnalysisError, UsageError

__all__ = ["PICTURES", "WITHOUT", "draw_estimate"]

# Result class -> file, function, whether several results share a figure, what it shows.
PICTURES: dict[str, tuple[str, str, bool, str]] = {
    "AalenJohansen": ("risks", "states_figure", False, "a panel a state, limits"),
    "AverageHazardRatio": ("effects", "average_figure", False, "one ratio on a log axis"),
    "BaselineHazard": ("curves", "baseline_figure", True, "cumulative hazard a stratum"),
    "ConfidenceBand": ("curves", "band_figure", True, "curve inside its simultaneous band"),
    "CoxFit": ("effects", "hazard_ratio_figure", False, "forest of hazard ratios"),
    "CumulativeHazard": ("curves", "hazard_figure", True, "cumulative hazard, limits"),
    "CumulativeIncidence": ("risks", "incidence_figure", False, "a panel a cause, limits"),
    "FineGrayFit": ("effects", "hazard_ratio_figure", False, "forest of subdistribution ratios"),
    "FirthFit": ("effects", "hazard_ratio_figure", False, "forest of hazard ratios"),
    "FisherExact": ("effects", "fisher_figure", False, "odds ratio on a log axis"),
    "KaplanMeier": ("curves", "kaplan_meier_figure", False,
                    "curves, limits, censor ticks, numbers at risk"),
    "LogRank": ("checks", "observed_expected_figure", False, "observed and expected events an arm"),
    "MantelHaenszel": ("effects", "mantel_haenszel_figure", False, "common ratios on a log axis"),
    "MaxCombo": ("checks", "max_combo_figure", False, "z of each weighted test"),
    "MeanCumulative": ("curves", "mean_figure", True, "events per subject, limits"),
    "MilestoneDifference": ("areas", "milestone_figure", False,
                            "curves, and both heights at the milestone"),
    "ParametricFit": ("models", "parametric_figure", False, "fitted line over its curves"),
    "PredictedSurvival": ("curves", "predicted_figure", True, "predicted curve, limits"),
    "ProfileLimits": ("effects", "profile_figure", False, "forest of hazard ratios"),
    "Proportion": ("effects", "proportion_figure", True, "effects on risks"),
    "ProportionalHazards": ("checks", "proportional_hazards_figure", False,
                            "scaled Schoenfeld residuals, spline"),
    "Quantiles": ("effects", "quantile_figure", True, "quantiles with their limits"),
    "RestrictedMean": ("areas", "restricted_mean_figure", True, "shaded area under each curve"),
    "RmstDifference": ("areas", "mean_difference_figure", False, "shaded area between two curves"),
    "SurvivalAt": ("effects", "survival_at_figure", True, "survival at fixed times"),
    "TurnbullCurve": ("curves", "turnbull_figure", True, "curve, and where it is not determined"),
    "WeightedLogRank": ("checks", "observed_expected_figure", False,
                        "weighted observed and expected events an arm"),
    "WinRatio": ("effects", "win_ratio_figure", False, "win ratio and win odds on a log axis"),
}  # fmt: skip

# Results without a picture of their own, and what to draw instead.
WITHOUT = {
    "AtRisk": "it stands under the curves of kaplan_meier(data)",
    "ChiSquare": "draw risk_difference, relative_risk or fisher_exact of the table",
    "GrayTest": "draw cumulative_incidence(data)",
    "IncidenceCurve": "draw the whole result of cumulative_incidence(data)",
    "InteractionTest": "draw the model with its interaction, cox(data, ..., interactions=...)",
    "Rerandomisation": "draw kaplan_meier(data) or log_rank(data)",
    "StateCurve": "draw the whole result of aalen_johansen(data)",
    "SurvivalCurve": "draw the whole result of kaplan_meier(data)",
    "TrendLogRank": "draw log_rank(data) or kaplan_meier(data)",
}


def draw_estimate(result: Any) -> Figure:
    """Return the figure of a result of `adjuvant.survival`, or of several of one kind.

    Raises    AnalysisError for a result without a figure, saying what to draw instead, or whose
              numbers leave nothing to draw; UsageError for anything else.

    >>> from adjuvant.core import TimeToEvent
    >>> from adjuvant.survival import nelson_aalen
    >>> figure = draw_estimate(nelson_aalen(TimeToEvent([1, 2, 3], [1, 0, 1])))
    >>> figure.axes[0].get_ylabel()
    'Cumulative hazard'
    """
    several = list(result) if isinstance(result, tuple | list) else [result]
    kinds = {type(one).__name__ for one in several}
    if len(kinds) != 1:
        named = ", ".join(sorted(kinds)) or "nothing"
        raise UsageError(f"a figure is drawn of one kind of result; got {named}")
    kind = kinds.pop()
    if kind in WITHOUT:
        raise AnalysisError(f"{kind} has no figure of its own: {WITHOUT[kind]}")
    if kind not in PICTURES:
        raise UsageError(
            f"a {kind} has no figure; figures are drawn of results of the analysis plan and of "
            f"{', '.join(PICTURES)}"
        )
    file, name, together, _ = PICTURES[kind]
    draw: Callable[[Any], Figure] = getattr(import_module(f"adjuvant.report.estimate_{file}"), name)
    if together:
        return draw(several)
    if len(several) > 1:
        raise UsageError(f"each {kind} has its own figure; draw one at a time")
    return draw(several[0])
