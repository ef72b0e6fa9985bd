"""The partial likelihood of one data set and one design, and its maximum."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from adjuvant.core import (
    Floats,
    InvalidData,
    Mask,
    NotConverged,
    NotEnoughData,
    NotEstimable,
    TimeToEvent,
    UsageError,
)
from adjuvant.survival import cox_kernels, newton_kernels
from adjuvant.survival.design_matrix import DesignMatrix
from adjuvant.survival.risk_sets import RiskSets, risk_sets, scaled_columns

__all__ = ["Maximum", "Moments", "PartialLikelihood", "Ties", "partial_likelihood"]

Ties = Literal["efron", "breslow", "exact"]
_CODES = {
    "breslow": cox_kernels.BRESLOW,
    "efron": cox_kernels.EFRON,
    "exact": cox_kernels.EXACT,
}
_ROUNDS = 200
_NO_OFFSET = np.empty(0)


class Maximum(NamedTuple):
    """Where Newton's iteration ended, on the internal scale of the columns.

    infinite  (p,) columns whose coefficient grows without end; their beta is where it was left.
    """

    beta: Floats
    log_likelihood: tuple[float, float]
    null_score: Floats
    null_information: Floats
    information: Floats
    infinite: Mask
    towards: Floats


class Moments(NamedTuple):
    """Per group of tied times (0 where nobody dies), on the internal scale of the columns.

    mean         (groups, p) mean of the columns over the risk set, averaged over Efron's steps.
    hazard       (groups,) dH for a row at risk; `tied` for a row that dies then.
    mean_hazard  (groups, p) sum over the steps of mean times dH; `mean_tied` for a dying row.
    at_risk      (groups, p) S1/S0 and `dying` D1/S0 of all deaths; `squares` (groups, 3) the
                 weights of their cross-products in the sum over the steps of mean mean' dN.
    risk         (n,) weight times relative risk times exp(-shift), by position; S0 likewise.
    hazard_variance  (groups,) variance of dH for given coefficients.
    """

    mean: Floats
    hazard: Floats
    tied: Floats
    mean_hazard: Floats
    mean_tied: Floats
    at_risk: Floats
    dying: Floats
    squares: Floats
    risk: Floats
    hazard_variance: Floats
    shift: float


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """Sorted, centred, scaled columns with their risk sets; the terms name what is refused."""

    sets: RiskSets
    z: Floats
    offset: Floats
    offset_centre: float
    ties: Ties
    centre: Floats
    scale: Floats
    span: Floats
    terms: tuple[str, ...]

    def at(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Return log likelihood, score and information at beta (internal scale)."""
        p = len(beta)
        score, info = np.zeros(p), np.zeros((p, p))
        sums = cox_kernels.death_sums(self.z, self.offset, self.sets)
        value = cox_kernels.likelihood(
            self.z, self.offset, self.sets, self._code, beta, sums, score, info
        )
        return value, score, info

    def maximum(self) -> Maximum:
        """Return the maximum, climbed to from beta = 0.

        Raises    NotEstimable naming columns that are constant or depend on others;
                  NotConverged where the climb stops short.
        """
        p = len(self.z)
        beta, null_score, score, step = np.zeros((4, p))
        null_info, info = np.zeros((2, p, p))
        start, end, state, rounds, singular = newton_kernels.newton(
            self.z, self.offset, self.sets, self._code, self.span,
            beta, null_score, null_info, score, info, step, _ROUNDS,
        )  # fmt: skip
        if state == newton_kernels.STOPPED:
            if singular.any():
                self._refuse(singular > 0)
            raise NotConverged(
                f"Cox regression on {', '.join(self.terms)} stopped after {rounds} rounds at log "
                f"likelihood {end}; look for covariates that are nearly copies of each other"
            )
        infinite = np.zeros(p, dtype=np.bool_)
        if state == newton_kernels.INFINITE:
            # The step of a finite coefficient has long died away when the likelihood is flat.
            infinite = np.abs(step) * self.span > 0.01
        return Maximum(beta, (start, end), null_score, null_info, info, infinite, step)

    def refuse_dependent_columns(self) -> None:
        """Raise NotEstimable naming columns that are constant or depend on others."""
        info = self.at(np.zeros(len(self.z)))[2]
        deaths = float(self.sets.death_weight.sum())
        singular = newton_kernels.dependent_columns(info, deaths, np.zeros_like(info))
        if singular.any():
            self._refuse(singular > 0)

    def without(self, column: int, value: float) -> "PartialLikelihood":
        """Return the likelihood of the other columns with this one's beta held at `value`."""
        keep = np.arange(len(self.z)) != column
        held = value * self.z[column]
        return replace(
            self,
            z=np.ascontiguousarray(self.z[keep]),
            offset=held if self.offset.size == 0 else self.offset + held,
            centre=self.centre[keep],
            scale=self.scale[keep],
            span=self.span[keep],
            terms=tuple(t for t, k in zip(self.terms, keep, strict=True) if k),
        )

    def moments(self, beta: Floats) -> Moments:
        """Return what the residuals and the test of proportional hazards read (not for exact)."""
        p = len(beta)
        kept, hazard, tied, risk, shift = cox_kernels.event_moments(
            self.z, self.offset, self.sets, self.ties == "efron", beta
        )
        s0 = np.where(kept[:, 0] > 0, kept[:, 0], 1.0)[:, None]
        s1, d1 = kept[:, 1 : p + 1] / s0, kept[:, p + 2 : 2 * p + 2] / s0
        g, fg, gg, fgg, ffgg = (column[:, None] for column in kept[:, 2 * p + 2 : 2 * p + 7].T)
        weight = kept[:, 2 * p + 7, None]
        return Moments(
            mean=(g * s1 - fg * d1) / np.maximum(self.sets.deaths, 1)[:, None],
            hazard=hazard,
            tied=tied,
            mean_hazard=weight / s0 * (gg * s1 - fgg * d1),
            mean_tied=weight / s0 * ((gg - fgg) * s1 - (fgg - ffgg) * d1),
            at_risk=s1,
            dying=d1,
            squares=weight * np.hstack([gg, fgg, ffgg]),
            risk=risk,
            hazard_variance=(weight * gg / s0**2)[:, 0],
            shift=shift,
        )

    def information_over_time(self, moments: Moments, factor: Floats) -> Floats:
        """Return sum over event times of factor (groups,) times the information of that time."""
        second = cox_kernels.weighted_second_moment(
            self.z, self.sets, moments.risk, factor * moments.hazard, factor * moments.tied
        )
        first, cross, last = (factor[:, None] * moments.squares).T[:, :, None]
        s, d = moments.at_risk, moments.dying
        mixed = s.T @ (cross * d)
        return np.asarray(second - s.T @ (first * s) + mixed + mixed.T - d.T @ (last * d))

    @cached_property
    def group_of(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Each position's group (n,)."""
        sizes = np.diff(self.sets.group_first)
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def stratum_of_group(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Each group's stratum, counted among the strata that have rows (groups,)."""
        sizes = np.diff(self.sets.stratum_first)
        return np.repeat(np.arange(len(sizes)), sizes)

    def cumulative(self, per_group: Floats) -> Floats:
        """Return sums up to and including each group's time, within its stratum."""
        total = np.cumsum(per_group[::-1], axis=0)[::-1]
        after = np.concatenate([total, np.zeros_like(total[:1])])
        return np.asarray(total - after[self.sets.stratum_first[1:]][self.stratum_of_group])

    def before_entry(self, cumulated: Floats) -> Floats:
        """Return the cumulated quantity at each position's entry (n, ...); without entry one 0."""
        if self.sets.leaver.size == 0:
            return np.zeros_like(cumulated[:1])
        padded = np.concatenate([cumulated, np.zeros_like(cumulated[:1])])
        return np.asarray(padded[self.sets.entry_group])

    @property
    def _code(self) -> int:
        return _CODES[self.ties]

    def _refuse(self, singular: Mask) -> None:
        names = [t for t, s in zip(self.terms, singular, strict=True) if s]
        flat = [t for t, span in zip(self.terms, self.span, strict=True) if span == 0]
        why = "is constant" if set(names) <= set(flat) else (
            "does not vary among those at risk, or is a combination of the terms before it"
        )  # fmt: skip
        raise NotEstimable(
            f"{', '.join(names)} {why}; its coefficient cannot be determined. Leave it out."
        )


def partial_likelihood(
    data: TimeToEvent, design: DesignMatrix, ties: Ties, offset: ArrayLike | None
) -> PartialLikelihood:
    """Return the partial likelihood of `design` on `data`.

    Raises    UsageError for an unknown rule for ties; InvalidData for several causes, an offset
              that is no column of numbers, weights with exact ties; NotEnoughData without events.
    """
    if ties not in ("efron", "breslow", "exact"):
        raise UsageError(f"ties is {ties!r}; write 'efron', 'breslow' or 'exact'")
    if data.n and data.event.max() > 1:
        raise InvalidData(
            f"the events have causes {', '.join(map(str, data.causes))}; choose one with "
            "data.cause(k), or count them alike with data.any_event()"
        )
    if ties == "exact" and data.weight is not None and np.any(data.weight != 1):
        raise InvalidData("the exact likelihood has no case weights; use 'efron' or 'breslow'")
    sets, position = risk_sets(data)
    if not sets.deaths.any():
        raise NotEnoughData(f"no event among {data.n} rows; a hazard ratio needs events")
    z, centre, scale, span = scaled_columns(position, design.columns, data.weight)
    shifted, middle = (_NO_OFFSET, 0.0) if offset is None else _offset(offset, sets)
    return PartialLikelihood(sets, z, shifted, middle, ties, centre, scale, span, design.terms)


def _offset(offset: ArrayLike, sets: RiskSets) -> tuple[Floats, float]:
    column = np.asarray(offset, dtype=np.float64)
    if column.shape != sets.order.shape or not np.isfinite(column).all():
        raise InvalidData(f"offset must be {len(sets.order)} finite numbers, one a row")
    middle = float(column.mean())
    return np.asarray((column - middle)[sets.order]), middle
