"""Each row's part of the Cox score: the ground of the sandwich variance and of residuals."""

import numpy as np

from adjuvant.core import Codes, Floats
from adjuvant.survival.cox_likelihood import PartialLikelihood

__all__ = ["lived_hazard", "score_rows", "summed_by"]


def lived_hazard(likelihood: PartialLikelihood, beta: Floats) -> Floats:
    """Return relative risk times the baseline hazard between entry and exit (n,), in row order.

    A row that dies shares the hazard of its tied deaths by Efron's rule.
    """
    sets, moments = likelihood.sets, likelihood.moments(beta)
    total = likelihood.cumulative(moments.hazard)
    lived = _own(likelihood, total, moments.hazard, moments.tied) - likelihood.before_entry(total)
    return _in_row_order(sets.order, _relative(likelihood, moments.risk) * lived)


def score_rows(likelihood: PartialLikelihood, beta: Floats, *, weighted: bool) -> Floats:
    """Return the score residuals (n, p) in row order, on the internal scale of the columns.

    Their weighted sum is the score. They use entry times and Efron's steps for tied deaths.
    Source    Therneau, Grambsch & Fleming 1990; Lin & Wei 1989.
    """
    sets, moments = likelihood.sets, likelihood.moments(beta)
    hazard = likelihood.cumulative(moments.hazard)
    mean = likelihood.cumulative(moments.mean_hazard)
    lived = _own(likelihood, hazard, moments.hazard, moments.tied)
    lived_mean = _own(likelihood, mean, moments.mean_hazard, moments.mean_tied)
    lived = lived - likelihood.before_entry(hazard)
    lived_mean = lived_mean - likelihood.before_entry(mean)
    z = likelihood.z.T
    risk = _relative(likelihood, moments.risk)
    rows = sets.death[:, None] * (z - moments.mean[likelihood.group_of])
    rows -= risk[:, None] * (z * lived[:, None] - lived_mean)
    if weighted:
        rows *= sets.weight[:, None]
    return _in_row_order(sets.order, rows)


def summed_by(cluster: Codes | None, rows: Floats) -> Floats:
    """Return the rows summed within each cluster (clusters, p); the rows themselves without."""
    if cluster is None:
        return rows
    total = np.zeros((int(cluster.max()) + 1, rows.shape[1]))
    np.add.at(total, cluster, rows)
    return total


def _own(likelihood: PartialLikelihood, cumulated: Floats, at_risk: Floats, tied: Floats) -> Floats:
    """Return the cumulated quantity at each position's exit; a death takes the tied increment."""
    group = likelihood.group_of
    own = cumulated[group]
    death = likelihood.sets.death
    own[death] += (tied - at_risk)[group[death]]
    return own


def _relative(likelihood: PartialLikelihood, risk: Floats) -> Floats:
    """Return the relative risks without case weights, on the scale of `risk` (by position)."""
    weight = likelihood.sets.weight
    return np.where(weight > 0, risk / np.where(weight > 0, weight, 1.0), 0.0)


def _in_row_order(order: Codes, by_position: Floats) -> Floats:
    rows = np.empty_like(by_position)
    rows[order] = by_position
    return rows
