"""`plot(result)`: the figure that belongs to a result, whatever its type."""

from typing import Any

from adjuvant.analysis.results import Result, Results
from adjuvant.core import AnalysisError
from adjuvant.evidence.pool_effects import Pooled
from adjuvant.protocol.model import Protocol
from adjuvant.report import numbers
from adjuvant.report.curve_figures import incidence_figure, survival_figure
from adjuvant.report.estimate_figures import draw_estimate
from adjuvant.report.flow_figure import flow_figure
from adjuvant.report.forest_figure import forest_figure
from adjuvant.report.pool_figures import pool_figure
from adjuvant.report.style import BANNERS, look, pin_fonts
from adjuvant.report.tables import longest_time
from adjuvant.report.words import free_of

from matplotlib.figure import Figure  # isort: skip

__all__ = ["DRAWN", "banners_of", "plot"]

DRAWN = ("kaplan_meier", "cumulative_incidence", "subgroups", "consort")


def plot(result: Any, results: Results | None = None, protocol: Protocol | None = None) -> Figure:
    """Return the figure of a result as a matplotlib Figure that no window and no state knows.

    result     a result of the analysis plan of type kaplan_meier, cumulative_incidence, subgroups
               or consort; or pooled trials (their forest plot); or what a function of
               `adjuvant.survival` returned (docs/reference/pictures.md lists the pictures).
    results    all results of the run: the hazard ratio and test beside a curve, the snapshot's
               hash, and whether the figure must say SYNTHETIC or DUMMY ARMS.
    protocol   the trial: arms' order and labels, and the words for an endpoint.
    Raises     AnalysisError for a type without a figure, an empty curve, or a flow whose numbers
               contradict each other; UsageError for what is no result.

    >>> from adjuvant.analysis.results import Curve
    >>> curve = Curve("A", "Treatment", "survival", (3.0,), (0.5,), (0.2,), (0.9,), (0,))
    >>> km = Result("KM", "kaplan_meier", "ITT", 2, "Kaplan-Meier", "", curves=(curve,))
    >>> type(plot(km)).__name__
    'Figure'
    """
    if isinstance(result, Pooled):
        return pool_figure(result)
    with look():
        if isinstance(result, Result):
            figure = _draw(result, results, protocol)
        else:
            figure = draw_estimate(result)
        pin_fonts(figure)
    return figure


def banners_of(results: Results | None) -> tuple[str, ...]:
    """Return the warnings that every page and figure of these results must carry.

    >>> banners_of(None)
    ()
    """
    if results is None:
        return ()
    held = {"synthetic": results.synthetic, "dummy": results.dummy_arms}
    return tuple(BANNERS[name] for name, set_ in held.items() if set_)


def _draw(result: Result, results: Results | None, protocol: Protocol | None) -> Figure:
    banners = banners_of(results)
    if result.type == "subgroups":
        return forest_figure(result, results, banners=banners)
    if result.type == "consort":
        return flow_figure(result, results, _labels(result, protocol), banners=banners)
    if result.type not in DRAWN:
        raise AnalysisError(
            f"{result.id}: a result of type {result.type} has no figure; "
            f"figures are drawn of {', '.join(DRAWN)}"
        )
    longest = max((c.time[-1] for c in result.curves if c.time), default=0.0)
    whole = longest_time(results) if results is not None else longest
    scale = numbers.time_scale(result.unit, max(whole, longest))
    if result.type == "cumulative_incidence":
        return incidence_figure(
            result, results, scale, origin=_origin(result, protocol), banners=banners
        )
    return survival_figure(
        result, results, scale, state=free_of(result, protocol),
        origin=_origin(result, protocol), banners=banners,
    )  # fmt: skip


def _origin(result: Result, protocol: Protocol | None) -> str:
    """From what the endpoint's time is counted, in words."""
    endpoints = protocol.endpoints if protocol is not None else ()
    found = next((e.origin for e in endpoints if e.id == result.endpoint), "randomisation")
    if found == "randomisation" and protocol is not None and len(protocol.arms) == 1:
        return "the start"  # nobody was randomised
    return found.replace("_", " ")


def _labels(result: Result, protocol: Protocol | None) -> dict[str, str]:
    if protocol is not None:
        return {arm.id: arm.label for arm in protocol.ordered_arms}
    named = {c.arm: c.label for c in result.counts}
    return {b.arm: named.get(b.arm, b.arm) for b in result.flow if b.arm is not None}
