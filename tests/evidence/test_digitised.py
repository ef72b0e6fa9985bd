"""Patients from a digitised curve draw the curve again and meet the numbers at risk."""

import numpy as np
import pytest

from adjuvant.core import InvalidInput, TimeToEvent
from adjuvant.evidence import DigitisedCurve, patients_of_curve
from adjuvant.survival import at_risk_table, kaplan_meier, survival_at


def digitised(seed, n=150):
    rng = np.random.default_rng(seed)
    time, leaving = rng.exponential(900, n), rng.uniform(800, 2000, n)
    data = TimeToEvent(
        np.maximum(np.ceil(np.minimum(time, leaving)), 1).astype(np.int64),
        (time <= leaving).astype(np.int64),
    )
    curve = kaplan_meier(data).curves[0]
    risk_time = [0, 365, 730, 1095, 1460]
    at_risk = at_risk_table(data, risk_time)[0].at_risk
    return data, DigitisedCurve(
        [0, *curve.time], [1.0, *curve.survival], risk_time, [int(x) for x in at_risk],
        events=data.events,
    )  # fmt: skip


@pytest.mark.property
@pytest.mark.parametrize("seed", range(8))
def test_curve_and_numbers_at_risk_are_drawn_again(seed):
    truth, curve = digitised(seed)

    days, event = patients_of_curve(curve)

    rebuilt = TimeToEvent(days, event)
    assert rebuilt.n == truth.n
    assert abs(rebuilt.events - truth.events) <= 2
    grid = list(range(50, 1500, 50))
    a, b = (survival_at(d, grid)[0].survival for d in (truth, rebuilt))
    assert np.abs(a - b).max() < 0.03
    found = at_risk_table(rebuilt, [365, 730, 1095])[0].at_risk
    assert np.abs(np.asarray(found) - np.asarray(curve.at_risk[1:4])).max() <= 1


@pytest.mark.by_hand
def test_six_patients_without_censoring():
    curve = DigitisedCurve([0, 5, 9], [1.0, 0.5, 0.0], [0], [6], events=6)

    days, event = patients_of_curve(curve)

    assert days.tolist() == [5, 5, 5, 9, 9, 9]
    assert event.tolist() == [1] * 6


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (([0, 5], [1.0, 1.1], [0], [6]), "rises or lies outside"),
        (([5, 0], [1.0, 0.9], [0], [6]), "ascend"),
        (([0, 5], [1.0, 0.9], [0, 3], [6, 7]), "numbers at risk rise"),
        (([0, 5], [1.0, 0.9], [1], [6]), "the first at 0"),
    ],
)
def test_curve_that_cannot_be_is_refused(parts, why):
    with pytest.raises(InvalidInput, match=why):
        DigitisedCurve(*parts)


def test_page_with_curves_is_rebuilt_from_the_curves():
    """The curve fixes what the summary leaves open: the distance falls below 0.02."""
    from adjuvant.evidence import read_published_text, reconstruct, summary_of

    parts = [digitised(seed, 100)[0] for seed in (21, 22)]
    truth = TimeToEvent(
        np.concatenate([p.time for p in parts]), np.concatenate([p.event for p in parts]),
        arm=np.repeat([0, 1], [100, 100]), arm_labels=("C", "T"),
    )  # fmt: skip
    lines = ["curves:"]
    for arm, part in zip("CT", parts, strict=True):
        curve = kaplan_meier(part).curves[0]
        risk = [int(x) for x in at_risk_table(part, [0, 500, 1000])[0].at_risk]
        lines.append(
            f"  - {{endpoint: e, arm: {arm}, unit: days, time: {[0, *curve.time.tolist()]}, "
            f"event_free: {[1.0, *curve.survival.round(4).tolist()]}, "
            f"risk_time: [0, 500, 1000], at_risk: {risk}}}"
        )
    text = summary_of(truth, [1, 3]) + "\n".join(lines) + "\n"

    rebuilt = reconstruct(read_published_text(text), members=2)

    grid = list(range(50, 1500, 50))
    for member in rebuilt.members:
        found = survival_at(member.data, grid)
        true = survival_at(truth, grid)
        apart = [np.abs(a.survival - b.survival).mean() for a, b in zip(found, true, strict=True)]
        assert max(apart) < 0.02
        # The true limits lie at the edge of their rounding, which the curves hold us to.
        assert sum(member.met) >= len(member.met) - 4
