"""How late will infusions be with N culture slots? A trial's lots, simulated from its protocol.

A lot waits for consent and allocation, for a working day, and for a free slot; it may fail and be
drawn again. What the calendar makes late and what the slots make late are told apart by asking for
many slots.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adjuvant.core import Floats, InvalidInput
from adjuvant.protocol.model import CellProduct, Protocol

__all__ = ["CapacityForecast", "LabPlan", "lab_plan", "simulated_lateness"]


@dataclass(frozen=True)
class LabPlan:
    """What the laboratory and the clinic do, in days.

    infusion_days    planned days of the infusions, counted from the anchor (surgery, say)
    culture_days     days in the slot; making_days: from draw to released lot
    randomised_on    first and last day of randomisation, counted from the anchor, evenly between
    draw_after       days from randomisation to the earliest draw; negative: before it
    working_days     days of the week on which lots are begun and released (Monday = 0)
    failure          share of lots that fail, each drawn again until max_redraws a patient are used
    patients         in the arm that receives cells; per_year: their rate of recruitment
    """

    infusion_days: tuple[int, ...]
    culture_days: int
    making_days: int
    patients: int
    per_year: float
    randomised_on: tuple[int, int] = (0, 0)
    draw_after: int = 0
    working_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    failure: float = 0.05
    max_redraws: int = 1

    def __post_init__(self) -> None:
        if not self.infusion_days or not 1 <= self.culture_days <= self.making_days:
            raise InvalidInput("a plan needs infusions, and a culture that is part of the making")
        if not (self.patients >= 1 and self.per_year > 0 and 0 <= self.failure < 1):
            raise InvalidInput("give 1 patient or more, a rate above 0, and a failure of 0 to 1")
        if not set(self.working_days) & set(range(7)) or min(self.working_days) < 0:
            raise InvalidInput("working days are 0 (Monday) to 6; give one or more")


@dataclass(frozen=True)
class CapacityForecast:
    """Shares of infusions that are late, with their Monte-Carlo standard errors.

    first_late   days -> (share of first infusions more than so many days late, error)
    any_late     the same over all infusions that are given
    not_given    (share of planned infusions without a lot, error)
    busy         (share of slot-days in use during recruitment and treatment, error)
    """

    slots: int
    trials: int
    first_late: dict[int, tuple[float, float]]
    any_late: dict[int, tuple[float, float]]
    not_given: tuple[float, float]
    busy: tuple[float, float]


def lab_plan(
    protocol: Protocol, *, per_year: float, product: str | None = None, failure: float = 0.05
) -> LabPlan:
    """Return the plan of a laboratory as a protocol describes it.

    per_year   patients a year in the arm that receives cells.
    Raises     InvalidInput for a protocol without product, infusions, times of steps or patients.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> trial = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    >>> plan = lab_plan(read_protocol(trial).protocol, per_year=50)
    >>> plan.infusion_days, plan.culture_days, plan.making_days, plan.patients
    ((28, 42, 56, 84, 168), 14, 15, 150)
    """
    parts = [p for p in protocol.cell_products if product in (None, p.id)]
    if len(parts) != 1:
        raise InvalidInput(
            f"{len(parts)} cell products fit; name one that the protocol has "
            f"({', '.join(p.id for p in protocol.cell_products) or 'it has no cell product'})"
        )
    part = parts[0]
    of = {i.id for i in protocol.interventions if i.product == part.id}
    days = tuple(sorted(i.at.calendar_days() for i in protocol.infusions if i.of in of))
    making = part.making_days()
    arms = {arm.id for arm in protocol.arms if of & set(arm.interventions)}
    ratio = protocol.randomisation.allocation
    planned = protocol.population.planned
    if making is None or not days or not arms or planned is None or not ratio:
        raise InvalidInput(
            f"{part.id}: the protocol needs infusions of it, the time of each step, an arm that "
            "receives it, the allocation and the number of patients"
        )
    share = sum(ratio.get(arm, 0) for arm in arms) / sum(ratio.values())
    anchors = {i.anchor or protocol.schedule.anchor for i in protocol.infusions if i.of in of}
    timing = protocol.randomisation.timing
    window = (0, 0)
    if timing is not None and anchors == {timing.anchor}:
        first, last = timing.window
        window = (first.calendar_days(), last.calendar_days())
    return LabPlan(
        infusion_days=days,
        culture_days=_culture_days(part, making),
        making_days=making,
        patients=round(planned * share),
        per_year=per_year,
        randomised_on=window,
        failure=failure,
        max_redraws=part.draw.max_redraws if part.draw else 0,
    )


def _culture_days(part: CellProduct, making: int) -> int:
    release = part.release.takes.calendar_days() if part.release.takes else 0
    return max(1, making - release)


def simulated_lateness(
    plan: LabPlan,
    slots: int,
    rng: np.random.Generator,
    *,
    trials: int = 200,
    days: Sequence[int] = (0, 3, 7),
) -> CapacityForecast:
    """Return how late infusions are with so many culture slots, over simulated trials.

    days      "more than so many days late" for each.

    Patients come as a Poisson process. Each lot is drawn as late as its infusion allows and not
    before it is lawful, on a working day, when a slot is free (first asked, first served).

    >>> plan = LabPlan((14,), 14, 15, patients=40, per_year=20, failure=0, working_days=range(7))
    >>> forecast = simulated_lateness(plan, 40, np.random.default_rng(1), trials=20)
    >>> forecast.first_late[0], forecast.first_late[3]
    ((1.0, 0.0), (0.0, 0.0))
    """
    if slots < 1 or trials < 2:
        raise InvalidInput(f"{slots} slots, {trials} trials: give 1 slot and 2 trials or more")
    plan = replace(plan, working_days=tuple(plan.working_days))
    first: list[list[float]] = []
    every: list[list[float]] = []
    missing, busy = [], []
    for _ in range(trials):
        late, in_use = _one_trial(plan, slots, rng)
        given = late[np.isfinite(late)]
        # A first infusion that is never given is infinitely late: it counts as late.
        first.append([float((late[:, 0] > d).mean()) for d in days])
        every.append([float((given > d).mean()) if given.size else 0.0 for d in days])
        missing.append(float(np.isinf(late).mean()))
        busy.append(in_use)
    table = [np.array(rows).T for rows in (first, every)]
    shares = [
        {day: _mean(column) for day, column in zip(days, part, strict=True)} for part in table
    ]
    return CapacityForecast(
        slots, trials, shares[0], shares[1], _mean(np.array(missing)), _mean(np.array(busy))
    )


def _mean(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / values.size**0.5)


def _one_trial(plan: LabPlan, slots: int, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return days late (patients, infusions), infinite where not given, and the slots' use."""
    gaps = rng.exponential(365.25 / plan.per_year, plan.patients)
    anchor = np.floor(np.cumsum(gaps)).astype(int)
    low, high = plan.randomised_on
    lawful = anchor + rng.integers(low, high + 1, plan.patients) + plan.draw_after
    works = _NextWorking(plan.working_days)
    asked: list[tuple[int, int, int, int]] = []
    for patient in range(plan.patients):
        for place, day in enumerate(plan.infusion_days):
            draw = max(lawful[patient], _latest_draw(plan, works, anchor[patient] + day))
            heapq.heappush(asked, (int(draw), len(asked), patient, place))
    free = [0] * slots
    redraws = np.zeros(plan.patients, int)
    late = np.full((plan.patients, len(plan.infusion_days)), np.inf)
    used, end, order = 0, 1, len(asked)
    while asked:
        day, _, patient, place = heapq.heappop(asked)
        start = works(max(day, heapq.heappop(free)))
        heapq.heappush(free, start + plan.culture_days)
        used += plan.culture_days
        ready = works(start + plan.making_days)
        end = max(end, start + plan.culture_days)
        if rng.random() < plan.failure:
            if redraws[patient] < plan.max_redraws:
                redraws[patient] += 1
                order += 1
                heapq.heappush(asked, (ready, order, patient, place))
            continue
        planned = anchor[patient] + plan.infusion_days[place]
        late[patient, place] = max(0, ready - planned)
    return late, used / (slots * (end - int(anchor[0])))


class _NextWorking:
    """The first working day on or after a day; day 0 is a Monday."""

    def __init__(self, days: Sequence[int]) -> None:
        self.wait = [next(w for w in range(7) if (d + w) % 7 in days) for d in range(7)]

    def __call__(self, day: int) -> int:
        return int(day) + self.wait[int(day) % 7]


def _latest_draw(plan: LabPlan, works: _NextWorking, infusion: int) -> int:
    """Return the latest working day of a draw from which the lot is ready on the day."""
    for draw in range(infusion - plan.making_days, infusion - plan.making_days - 14, -1):
        if works(draw) == draw and works(draw + plan.making_days) <= infusion:
            return draw
    return infusion - plan.making_days
