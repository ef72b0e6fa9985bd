"""The closed report of an interim look: by arm, for the monitoring committee alone."""

import math
from dataclasses import dataclass

import numpy as np

from adjuvant.analysis.monitoring import dated_rows
from adjuvant.core import InvalidInput, NotEnoughData, SnapshotError, TimeToEvent
from adjuvant.dataset.snapshot import Snapshot
from adjuvant.dataset.time_to_event import derive_time_to_event
from adjuvant.design.adjusted import adjusted_inference
from adjuvant.design.conditional import conditional_power, predictive_power
from adjuvant.design.group_sequential import GroupSequentialDesign
from adjuvant.design.trial_design import TrialDesign
from adjuvant.design.update import UpdatedBoundaries, design_at_events, update_boundaries
from adjuvant.protocol.model import Protocol
from adjuvant.survival.log_rank import log_rank

__all__ = ["AdjustedRatio", "ClosedReport", "closed_report"]


@dataclass(frozen=True)
class AdjustedRatio:
    """A hazard ratio that allows for the looks: stage-wise ordering, from the log-rank score.

    p_value         one-sided, or two-sided for a two-sided design.
    hazard_ratio    median-unbiased; lower, upper: of level 1 - 2 alpha (one-sided), else 1 - alpha.
    """

    p_value: float
    hazard_ratio: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ClosedReport:
    """For the monitoring committee alone: the interim result by arm.

    labels             A and B, in the order of `patients` and `events`; which is which stands in
                       `key`, to be kept apart.
    z                  log-rank; above 0 favours the experimental arm.
    information        share of the events of the last look.
    conditional_power  of crossing a later bound, by what is supposed of the effect.
    predictive_power   averaged over what the data say of it (flat prior).
    repeated_interval  of the hazard ratio, valid at every look whether or not the trial stops.
    adjusted           after a stop for efficacy or the last look: stage-wise p-value,
                       median-unbiased hazard ratio and its interval; None while the trial goes on.
    crossed            "efficacy", "futility", "harm", or "" inside the bounds.
    """

    labels: tuple[str, str]
    key: dict[str, str]
    patients: tuple[int, int]
    events: tuple[int, int]
    z: float
    information: float
    crossed: str
    conditional_power: dict[str, float]
    predictive_power: float | None
    repeated_interval: tuple[float, float]
    adjusted: AdjustedRatio | None
    signed_by: str


def closed_report(
    snapshot: Snapshot,
    protocol: Protocol,
    design: TrialDesign,
    events: tuple[int, ...],
    *,
    cut_off: str | None = None,
    final: bool = False,
) -> ClosedReport:
    """Return the interim result by arm, with conditional and predictive power.

    events    of each look taken; the last must be that of the snapshot at the cut-off.
    Raises    SnapshotError for dummy arms, or true ones that the unblinded statistician did not
              sign for; InvalidInput where the snapshot has other events.

    Conditional power is computed at the events that there are, never at those planned.

    >>> from adjuvant.dataset.examples import six_patients_snapshot
    >>> from adjuvant.design import design_from_numbers
    >>> snapshot, protocol = six_patients_snapshot()
    >>> design = design_from_numbers(subjects=6, events=4, control_median=12, hazard_ratio=0.5,
    ...                              accrual=12)
    >>> try:
    ...     closed_report(snapshot, protocol, design, (3,))
    ... except SnapshotError as refused:
    ...     print(str(refused)[:67])
    the closed report is made by the unblinded statistician, and this s
    """
    signature = snapshot.manifest.signature
    if snapshot.arms != "true":
        raise SnapshotError(
            "conditional power needs the true arms, and this snapshot holds dummy ones (permuted); "
            "the closed report is made by the unblinded statistician from a snapshot of true arms"
        )
    if signature is None:
        raise SnapshotError(
            "the closed report is made by the unblinded statistician, and this snapshot is not "
            "signed for; take it again with that person's signature and reason"
        )
    data = _by_arm(snapshot, protocol, design.endpoint, cut_off)
    total = int(data.event.sum())
    if not events or events[-1] != total:
        raise InvalidInput(
            f"the snapshot has {total} events by the cut-off, and the last look {events[-1:]}; "
            "they must agree"
        )
    tested = log_rank(data)
    if tested.z is None or math.isnan(tested.z):
        raise NotEnoughData("the log-rank test has no variance yet: too few events")
    bounds = update_boundaries(
        design.looks, events, design.events, final=final,
        allocation_ratio=design.allocation_ratio,
    )  # fmt: skip
    z, stage = -tested.z, len(events)
    last = stage == len(bounds.events)
    moved = design_at_events(design.looks, events, design.events, final=final)
    repeated, adjusted = _adjusted(design, moved, stage, z, bounds.events[-1])
    order = (1, 0) if int(snapshot.sha256[:8], 16) % 2 else (0, 1)
    names = [arm.id for arm in protocol.ordered_arms]
    patients, observed = tested.n.tolist(), tested.observed.tolist()
    return ClosedReport(
        labels=("A", "B"),
        key={"AB"[k]: names[arm] for k, arm in enumerate(order)},
        patients=(int(patients[order[0]]), int(patients[order[1]])),
        events=(round(observed[order[0]]), round(observed[order[1]])),
        z=z,
        information=moved.information_rates[stage - 1],
        crossed=_crossed(bounds, stage, z, design.looks.sided),
        conditional_power={} if last else _conditional(design, moved, stage, z, bounds.events[-1]),
        predictive_power=None if last else predictive_power(moved, stage, z),
        repeated_interval=repeated,
        adjusted=adjusted,
        signed_by=signature.name,
    )


def _by_arm(
    snapshot: Snapshot, protocol: Protocol, endpoint: str, cut_off: str | None
) -> TimeToEvent:
    """Return the endpoint by arm at the cut-off, stratified as the confirmatory test is."""
    rows = dated_rows(snapshot, protocol, endpoint, cut_off)
    names = [arm.id for arm in protocol.ordered_arms]
    if len(names) != 2:
        raise InvalidInput(f"the closed report compares two arms; the protocol has {len(names)}")
    main = next(
        (a for a in protocol.analyses if a.endpoint == endpoint and a.claim == "confirmatory"), None
    )
    stratified = main is not None and main.strata == "as_randomised"
    whole = derive_time_to_event(
        snapshot,
        protocol,
        endpoint,
        competing="censor",
        strata="as_randomised" if stratified else "none",
    )
    kept = np.flatnonzero(rows.origin <= rows.cut_off.toordinal())
    until = rows.cut_off.toordinal() - rows.origin
    event = (rows.event == 1) & (rows.time <= until)
    return TimeToEvent(
        np.minimum(rows.time, until)[kept],
        event[kept].astype(np.int64),
        arm=None if whole.arm is None else whole.arm[kept],
        arm_labels=whole.arm_labels,
        stratum=whole.stratum[kept] if whole.stratum is not None else None,
        stratum_labels=whole.stratum_labels,
        unit=whole.unit,
    )


def _crossed(bounds: UpdatedBoundaries, stage: int, z: float, sided: int) -> str:
    if z >= bounds.critical_values[stage - 1]:
        return "efficacy"
    if sided == 2 and z <= -bounds.critical_values[stage - 1]:
        return "harm"
    for lower, name in ((bounds.harm_bounds, "harm"), (bounds.futility_bounds, "futility")):
        if lower is not None and stage <= len(lower) and z < lower[stage - 1]:
            return name
    return ""


def _conditional(
    design: TrialDesign, moved: GroupSequentialDesign, stage: int, z: float, last_events: float
) -> dict[str, float]:
    """Return conditional power without effect, at the planned hazard ratio, and at the trend."""
    r, ratio = design.allocation_ratio, design.hazard_ratio
    drifts = {"no effect": 0.0, "trend so far": z / math.sqrt(moved.information_rates[stage - 1])}
    if ratio is not None:
        planned = -math.log(ratio) * math.sqrt(last_events * r) / (1 + r)
        drifts["planned effect"] = planned
    powers = conditional_power(moved, stage, z, list(drifts.values()))
    return dict(zip(drifts, powers, strict=True))


def _adjusted(
    design: TrialDesign, moved: GroupSequentialDesign, stage: int, z: float, last_events: float
) -> tuple[tuple[float, float], AdjustedRatio | None]:
    """Return the repeated interval of the hazard ratio, and what a stop allows to say of it."""
    r = design.allocation_ratio
    # Earlier looks did not cross; where inside their bounds they lay does not matter.
    found = adjusted_inference(moved, (*(0.0,) * (stage - 1), z), last_events * r / (1 + r) ** 2)
    margin = design.null_hazard_ratio
    low, high = found.repeated_confidence_intervals[stage - 1]
    repeated = (margin * math.exp(-high), margin * math.exp(-low))
    if found.confidence_interval is None or found.median_unbiased_estimate is None:
        return repeated, None
    assert found.stage_wise_p_value is not None
    lower, upper = found.confidence_interval
    return repeated, AdjustedRatio(
        found.stage_wise_p_value,
        margin * math.exp(-found.median_unbiased_estimate),
        margin * math.exp(-upper),
        margin * math.exp(-lower),
    )
