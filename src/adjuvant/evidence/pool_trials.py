"""One effect per trial: from a printed ratio, counts, patients, or an ensemble of rebuilt ones."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from adjuvant.core import InvalidInput, NotEnoughData, TimeToEvent
from adjuvant.survival.cox import cox

__all__ = ["LeftOut", "TrialEffect", "one_stage", "read_trials"]


@dataclass(frozen=True)
class TrialEffect:
    """The effect of one trial on the log scale.

    trial_id  who the patients are: two reports of the same patients share it.
    measure   HR or RR. kind  real, or SYNTHETIC for rebuilt patients.
    """

    trial_id: str
    label: str
    year: int
    endpoint: str
    log_effect: float
    se: float
    measure: str = "HR"
    kind: str = "real"

    def __post_init__(self) -> None:
        if not (isfinite(self.log_effect) and isfinite(self.se) and self.se > 0):
            raise InvalidInput(f"{self.label}: an effect needs a finite value and a se above 0")

    @property
    def ratio(self) -> float:
        """The effect as a ratio."""
        return exp(self.log_effect)

    @classmethod
    def from_ci(
        cls,
        trial_id: str,
        label: str,
        year: int,
        endpoint: str,
        ratio: float,
        low: float,
        high: float,
        *,
        level: float = 0.95,
        measure: str = "HR",
    ) -> "TrialEffect":
        """Return the effect of a printed ratio with its interval; se from the interval's width."""
        if not 0 < low < high or ratio <= 0:
            raise InvalidInput(f"{label}: {ratio} ({low}-{high}) is no ratio with its interval")
        se = log(high / low) / (2 * float(ndtri(0.5 + level / 2)))
        return cls(trial_id, label, year, endpoint, log(ratio), se, measure)

    @classmethod
    def from_p(
        cls, trial_id: str, label: str, year: int, endpoint: str, ratio: float, p: float,
        sides: int | None,
    ) -> "TrialEffect":  # fmt: skip
        """Return the effect of a ratio printed with a p-value alone, whose sides must be known."""
        if sides not in (1, 2):
            raise InvalidInput(
                f"{label}: p = {p} without knowing whether it is one- or two-sided gives no "
                "standard error; the row is not pooled"
            )
        if not 0 < p < 1 or ratio <= 0 or ratio == 1:
            raise InvalidInput(f"{label}: ratio {ratio} with p = {p} gives no standard error")
        return cls(
            trial_id, label, year, endpoint, log(ratio), abs(log(ratio) / float(ndtri(p / sides)))
        )

    @classmethod
    def from_counts(
        cls, trial_id: str, label: str, year: int, endpoint: str,
        treatment: tuple[int, int], control: tuple[int, int],
    ) -> "TrialEffect":  # fmt: skip
        """Return the log risk ratio of (events, patients) of two arms.

        Half an event is added to each cell where an arm has none.
        """
        (a, n1), (c, n0) = treatment, control
        if not (0 <= a <= n1 and 0 <= c <= n0 and n1 > 0 and n0 > 0) or a + c == 0:
            raise InvalidInput(f"{label}: {a}/{n1} v {c}/{n0} gives no risk ratio")
        add = 0.5 if 0 in (a, c) else 0.0
        x, y = (a + add) / (n1 + 2 * add), (c + add) / (n0 + 2 * add)
        variance = 1 / (a + add) - 1 / (n1 + 2 * add) + 1 / (c + add) - 1 / (n0 + 2 * add)
        return cls(trial_id, label, year, endpoint, log(x / y), sqrt(variance), "RR")

    @classmethod
    def from_members(
        cls, trial_id: str, label: str, year: int, endpoint: str,
        effects: Sequence[tuple[float, float]],
    ) -> "TrialEffect":  # fmt: skip
        """Return one SYNTHETIC effect of an ensemble: (log effect, se) of each member.

        Variance within, plus 1 + 1/m times the variance between members (Rubin 1987).
        """
        if len(effects) < 2:
            raise NotEnoughData(f"{label}: {len(effects)} member has no spread; give two or more")
        y = np.array([e[0] for e in effects])
        within = float(np.mean([e[1] ** 2 for e in effects]))
        between = float(y.var(ddof=1))
        se = sqrt(within + (1 + 1 / len(y)) * between)
        return cls(trial_id, label, year, endpoint, float(y.mean()), se, "HR", "SYNTHETIC")


@dataclass(frozen=True)
class LeftOut:
    """A row of a table of trials that does not enter, and why."""

    label: str
    why: str


def read_trials(
    path: Path,
    *,
    endpoints: Sequence[str],
    measure: str = "HR",
    take: str | None = None,
) -> tuple[tuple[TrialEffect, ...], tuple[LeftOut, ...]]:
    """Return the effects of a table of trials, and the rows left out with the reason for each.

    path       columns trial_id, relation, trial, year, endpoint, hr, ci_low, ci_high, p, p_sided,
               n_trt, n_ctl, events_trt, events_ctl, confidence.
    endpoints  names that count as one endpoint; the first names the pooled one.
    take       "first" or "latest" report where the same patients stand more than once.
    Raises     InvalidInput for a table that cannot be read, or the same patients twice without
               `take`.

    >>> from importlib.resources import files
    >>> table = Path(str(files("adjuvant.studies") / "sister_trials" / "trials.csv"))
    >>> trials, left = read_trials(table, endpoints=["RFS", "time to first recurrence"],
    ...                            take="first")
    >>> [t.label for t in trials]
    ['Takayama 2000', 'Lee (Immuncell-LC NCT00699816) 2015']
    """
    try:
        rows = list(csv.DictReader(Path(path).read_text("utf-8").splitlines()))
    except OSError as reason:
        raise InvalidInput(f"{path} cannot be opened: {reason.strerror}; check the name") from None
    needed = {"trial_id", "trial", "year", "endpoint"}
    if not rows or not needed <= set(rows[0]):
        raise InvalidInput(f"{path} lacks the columns {', '.join(sorted(needed))}")
    found: dict[str, list[TrialEffect]] = {}
    left = []
    for row in rows:
        label = f"{row['trial']} {row['year']}"
        why = _unfit(row, endpoints)
        if not why:
            try:
                effect = _effect(row, label, endpoints[0], measure)
                found.setdefault(row["trial_id"], []).append(effect)
                continue
            except InvalidInput as reason:
                why = reason.message
        left.append(LeftOut(label, why))
    return tuple(_one(reports, take, left) for reports in found.values()), tuple(left)


def _one(reports: list[TrialEffect], take: str | None, left: list[LeftOut]) -> TrialEffect:
    if len(reports) == 1:
        return reports[0]
    if take not in ("first", "latest"):
        raise InvalidInput(
            f"{', '.join(r.label for r in reports)} are the same patients "
            f"({reports[0].trial_id}); take the first or the latest report"
        )
    ordered = sorted(reports, key=lambda r: r.year)
    kept = ordered[0] if take == "first" else ordered[-1]
    left += [LeftOut(r.label, "the same patients") for r in ordered if r is not kept]
    return kept


def _unfit(row: Mapping[str, str], endpoints: Sequence[str]) -> str:
    relation = row.get("relation") or "sister"
    if relation != "sister":
        return f"{relation}: context, not a sister trial"
    if row["endpoint"].casefold() not in {e.casefold() for e in endpoints}:
        return f"endpoint {row['endpoint']}"
    confidence = row.get("confidence") or ""
    values = " ".join(row.get(c) or "" for c in ("hr", "ci_low", "ci_high", "events_trt"))
    if confidence.startswith("low") or "recalled" in values:
        return "its numbers were recalled or are of low confidence"
    return ""


def _effect(row: Mapping[str, str], label: str, endpoint: str, measure: str) -> TrialEffect:
    ids = (row["trial_id"], label, int(row["year"]), endpoint)
    if measure == "RR":
        cells = [row.get(c) or "" for c in ("events_trt", "n_trt", "events_ctl", "n_ctl")]
        if not all(c.isdigit() for c in cells):
            raise InvalidInput("no counts of both arms")
        a, n1, c, n0 = (int(x) for x in cells)
        return TrialEffect.from_counts(*ids, (a, n1), (c, n0))
    try:
        ratio = float(row.get("hr") or "")
    except ValueError:
        raise InvalidInput("no hazard ratio is printed") from None
    low, high = row.get("ci_low") or "", row.get("ci_high") or ""
    if low and high:
        return TrialEffect.from_ci(*ids, ratio, float(low), float(high))
    sides = {"1": 1, "2": 2}.get(row.get("p_sided") or "")
    return TrialEffect.from_p(*ids, ratio, float(row.get("p") or "nan"), sides)


def one_stage(trials: Mapping[str, TimeToEvent], kinds: Mapping[str, str]) -> TrialEffect:
    """Return the hazard ratio of the patients of all trials in one Cox model stratified by trial.

    kinds     real or SYNTHETIC, per trial; the two are never mixed.
    Raises    InvalidInput for mixed kinds or a trial without two arms.

    >>> a = TimeToEvent([1, 4, 2, 3], [1, 1, 1, 1], arm=[0, 1, 0, 1], arm_labels=("C", "T"))
    >>> b = TimeToEvent([2, 1, 3, 5], [1, 1, 0, 1], arm=[0, 1, 0, 1], arm_labels=("C", "T"))
    >>> one_stage({"a": a, "b": b}, {"a": "real", "b": "SYNTHETIC"})
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: patients of different kinds are not analysed together: ...
    """
    used = sorted({kinds[name] for name in trials})
    if len(used) != 1:
        raise InvalidInput(f"patients of different kinds are not analysed together: {used}")
    for name, data in trials.items():
        if data.arm is None or len(data.arm_labels) != 2:
            raise InvalidInput(f"{name} needs two arms, control first")
    names = list(trials)
    joined = TimeToEvent(
        np.concatenate([trials[n].time for n in names]),
        np.concatenate([trials[n].event for n in names]),
        arm=np.concatenate([np.asarray(trials[n].arm) for n in names]),
        arm_labels=("C", "T"),
        stratum=np.repeat(np.arange(len(names)), [trials[n].n for n in names]),
        stratum_labels=tuple(names),
    )
    fit = cox(joined)
    return TrialEffect(
        "+".join(names), "one stage", 0, "pooled", float(fit.coef[0]), float(fit.se[0]),
        "HR", used[0],
    )  # fmt: skip
