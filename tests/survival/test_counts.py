"""Two-by-two tables against arithmetic and published examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable
from adjuvant.survival import (
    TwoByTwo,
    chi_square,
    cochran_mantel_haenszel,
    fisher_exact,
    miettinen_nurminen,
    newcombe,
    odds_ratio,
    relative_risk,
    risk_difference,
)

approx = pytest.approx


@st.composite
def tables(draw):
    n1, n0 = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    return TwoByTwo(draw(st.integers(0, n1)), n1, draw(st.integers(0, n0)), n0)


# Newcombe 1998 (Stat Med 17:873), table II: methods 1 (Wald), 6 (Miettinen-Nurminen) and 10
# (hybrid score) for his contrasts.
@pytest.mark.published
@pytest.mark.parametrize(
    ("table", "wald", "score", "hybrid"),
    [
        ((56, 70, 48, 80), (0.0575, 0.3425), (0.0528, 0.3382), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.2605, 0.9395), (0.1700, 0.8406), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (0.0146, 0.1640), (-0.0326, 0.1933), (-0.0381, 0.1926)),
        ((0, 10, 0, 10), (0.0, 0.0), (-0.2879, 0.2879), (-0.2775, 0.2775)),
        ((10, 10, 0, 10), (1.0, 1.0), (0.6636, 1.0), (0.6075, 1.0)),
    ],
)
def test_limits_of_a_difference_as_published(table, wald, score, hybrid):
    table = TwoByTwo(*table)

    assert risk_difference(table).ci == approx(wald, abs=6e-5)
    assert miettinen_nurminen(table).ci == approx(score, abs=6e-5)
    assert newcombe(table).ci == approx(hybrid, abs=6e-5)


@pytest.mark.by_hand
def test_fisher_is_the_sum_of_tables_as_likely():
    # 3 of 4 v 1 of 4 (the lady tasting tea): P = (16 + 1 + 16 + 1) / 70.
    found = fisher_exact(TwoByTwo(3, 4, 1, 4))

    assert found.p_value == approx(34 / 70)
    # Weights 1, 16, 36, 16, 1: expectation 3 where psi^4 - 36 psi^2 - 32 psi - 3 = 0.
    psi = found.odds_ratio
    assert psi**4 - 36 * psi**2 - 32 * psi - 3 == approx(0, abs=1e-9)
    # At each limit the tail holds 0.025 (R's root finder stops at 621.93, short of 626.24).
    low, high = found.ci
    weight = np.array([1, 16, 36, 16, 1])
    assert (weight * low ** np.arange(5))[3:].sum() / (
        weight * low ** np.arange(5)
    ).sum() == approx(0.025)
    assert (weight * high ** np.arange(5))[:4].sum() / (
        weight * high ** np.arange(5)
    ).sum() == approx(0.025)


@pytest.mark.by_hand
def test_ratios_and_chi_square_by_hand():
    table = TwoByTwo(10, 20, 5, 20)

    # Odds 1 v 1/3; the log odds ratio has variance 1/10 + 1/10 + 1/5 + 1/15.
    assert odds_ratio(table).estimate == approx(3)
    half = 1.959964 * (1 / 10 + 1 / 10 + 1 / 5 + 1 / 15) ** 0.5
    assert odds_ratio(table).ci == approx((3 * np.exp(-half), 3 * np.exp(half)), rel=1e-6)
    half = 1.959964 * (1 / 10 - 1 / 20 + 1 / 5 - 1 / 20) ** 0.5
    assert relative_risk(table).ci == approx((2 * np.exp(-half), 2 * np.exp(half)), rel=1e-6)
    # Expected 7.5 of 20 in each arm: 2.5^2 (2 / 7.5 + 2 / 12.5).
    assert chi_square(table).pearson.chi_square == approx(2.5**2 * (2 / 7.5 + 2 / 12.5))
    assert chi_square(table).yates.chi_square == approx(2**2 * (2 / 7.5 + 2 / 12.5))


@pytest.mark.by_hand
@pytest.mark.parametrize("measure", ["difference", "ratio", "odds_ratio"])
def test_at_a_score_limit_the_score_test_has_its_level(measure):
    """At the limit, risks of highest likelihood under it give a score of 1.959964 squared."""
    table = TwoByTwo(10, 20, 5, 20)
    for limit in miettinen_nurminen(table, measure=measure).ci:
        p0 = np.linspace(1e-6, 1 - 1e-6, 2_000_001)
        p1 = {
            "difference": p0 + limit,
            "ratio": p0 * limit,
            "odds_ratio": limit * p0 / (1 - p0 + limit * p0),
        }[measure]
        legal = (p1 > 0) & (p1 < 1)
        p0, p1 = p0[legal], p1[legal]
        likelihood = 10 * np.log(p1) + 10 * np.log(1 - p1) + 5 * np.log(p0) + 15 * np.log(1 - p0)
        best = likelihood.argmax()
        q1, q0 = p1[best], p0[best]
        v1, v0 = q1 * (1 - q1) / 20, q0 * (1 - q0) / 20
        if measure == "difference":
            score = (0.25 - limit) ** 2 / ((v1 + v0) * 40 / 39)
        elif measure == "ratio":
            score = (0.5 - limit * 0.25) ** 2 / ((v1 + limit**2 * v0) * 40 / 39)
        else:
            score = (10 - 20 * q1) ** 2 * (1 / (400 * v1) + 1 / (400 * v0)) * 39 / 40
        assert score == approx(1.959964**2, rel=1e-4)


@pytest.mark.by_hand
def test_one_stratum_has_the_plain_effects():
    table = TwoByTwo(10, 20, 5, 20)

    found = cochran_mantel_haenszel([table])

    assert found.odds_ratio.estimate == approx(3)
    assert found.risk_ratio.estimate == approx(2)
    assert found.risk_difference.estimate == approx(0.25)
    assert found.risk_ratio.ci == approx(relative_risk(table).ci)
    assert found.odds_ratio.ci == approx(odds_ratio(table).ci)
    # Hypergeometric variance: Pearson's chi-square times (N - 1) / N.
    assert found.test.chi_square == approx(chi_square(table).pearson.chi_square * 39 / 40)


@pytest.mark.by_hand
def test_berkeleys_admissions_as_r_prints_them():
    # UCBAdmissions by department, men v women admitted; mantelhaen.test: X-squared 1.5246
    # without correction, common odds ratio 0.9046968 (0.7719074-1.0603298).
    strata = [
        TwoByTwo(512, 825, 89, 108),
        TwoByTwo(353, 560, 17, 25),
        TwoByTwo(120, 325, 202, 593),
        TwoByTwo(138, 417, 131, 375),
        TwoByTwo(53, 191, 94, 393),
        TwoByTwo(22, 373, 24, 341),
    ]

    found = cochran_mantel_haenszel(strata)

    assert found.test.chi_square == approx(1.5246, abs=5e-5)
    assert found.odds_ratio.estimate == approx(0.9046968, abs=5e-8)
    assert found.odds_ratio.ci == approx((0.7719074, 1.0603298), abs=5e-8)


def test_tables_that_are_impossible_or_say_nothing_are_refused():
    with pytest.raises(InvalidData, match="treatment: 5 events among 4"):
        TwoByTwo(5, 4, 0, 4)
    with pytest.raises(InvalidData, match="whole numbers"):
        TwoByTwo(1.5, 4, 0, 4)
    with pytest.raises(NotEnoughData, match="control arm is empty"):
        TwoByTwo(1, 4, 0, 0)
    nobody = TwoByTwo(0, 10, 0, 10)
    for test in (fisher_exact, chi_square):
        with pytest.raises(NotEnoughData, match="nobody or everybody"):
            test(nobody)
    with pytest.raises(NotEnoughData, match="nobody or everybody"):
        cochran_mantel_haenszel([nobody])
    with pytest.raises(NotEnoughData, match="no stratum"):
        cochran_mantel_haenszel([])
    for ratio in (relative_risk, odds_ratio):
        with pytest.raises(NotEstimable, match="miettinen_nurminen"):
            ratio(TwoByTwo(0, 10, 3, 10))
    with pytest.raises(NotEstimable, match="no ratio"):
        miettinen_nurminen(nobody, measure="ratio")
    with pytest.raises(InvalidData, match="no measure 'risk'"):
        miettinen_nurminen(nobody, measure="risk")


@pytest.mark.property
@settings(max_examples=25, deadline=None)
@given(tables())
def test_swapping_the_arms_mirrors_every_limit(table):
    swapped = TwoByTwo(
        table.events_control, table.n_control, table.events_treatment, table.n_treatment
    )

    for interval in (risk_difference, newcombe, miettinen_nurminen):
        a, b = interval(table), interval(swapped)
        assert b.ci == approx((-a.ci[1], -a.ci[0]), abs=1e-9)
        assert a.ci[0] - 1e-12 <= a.estimate <= a.ci[1] + 1e-12
    if 0 < table.events < table.n:
        assert fisher_exact(swapped).p_value == approx(fisher_exact(table).p_value)
        for measure in ("ratio", "odds_ratio"):
            a = miettinen_nurminen(table, measure=measure)
            b = miettinen_nurminen(swapped, measure=measure)
            assert a.ci[0] <= a.estimate <= a.ci[1]
            if a.ci[0] > 0:
                assert b.ci[1] == approx(1 / a.ci[0], rel=1e-6)
