"""Log-rank tests: by hand, their edges, and the laws they must obey."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from survival_strategies import rows, shuffled, survival_data

from adjuvant.core import InvalidData, NotEnoughData, NotEstimable, TimeToEvent
from adjuvant.survival import (
    FlemingHarrington,
    Gehan,
    ModestlyWeighted,
    ModifiedPetoPeto,
    PetoPeto,
    TaroneWare,
    log_rank,
    trend_log_rank,
    weighted_log_rank,
)

approx = pytest.approx
ARMS = ("CTL", "IMM")
# Eight patients: IMM death 60, recurrence 120, alive 400, 400; CTL recurrence 90, death 100,
# recurrence 150, alive 380. Event 1 is recurrence, 2 death.
EIGHT = TimeToEvent(
    [60, 120, 400, 400, 90, 100, 150, 380],
    [2, 1, 0, 0, 1, 2, 1, 0],
    arm=[1, 1, 1, 1, 0, 0, 0, 0],
    arm_labels=ARMS,
)
WEIGHTS = (
    FlemingHarrington(0, 0),
    FlemingHarrington(0.5, 1),
    Gehan(),
    TaroneWare(),
    PetoPeto(),
    ModifiedPetoPeto(),
    ModestlyWeighted(5),
)


def result_of(data, test=None, *more):
    """The test's result; data without an answer are not what the law is about."""
    try:
        return (test or log_rank)(data, *more)
    except (NotEnoughData, NotEstimable):
        assume(False)


@pytest.mark.by_hand
def test_recurrence_free_survival_of_eight_patients():
    # Events at 60, 90, 100, 120, 150 with (IMM, CTL) at risk (4,4) (3,4) (3,3) (3,2) (2,2).
    found = log_rank(EIGHT)

    expected = 4 / 8 + 3 / 7 + 3 / 6 + 3 / 5 + 2 / 4
    variance = 4 * 4 / 64 + 3 * 4 / 49 + 3 * 3 / 36 + 3 * 2 / 25 + 2 * 2 / 16
    assert found.groups == ARMS
    assert found.n.tolist() == [4, 4]
    assert found.observed.tolist() == [3, 2]
    assert found.expected[1] == approx(expected) == approx(2.528571, abs=1e-6)
    assert found.variance[1, 1] == approx(variance)
    assert found.chi_square == approx(0.2262436, abs=1e-7)
    assert found.z == approx(-(0.2262436**0.5), abs=1e-6)


@pytest.mark.by_hand
def test_time_to_recurrence_of_eight_patients_with_death_as_censoring():
    recurrence = TimeToEvent(EIGHT.time, EIGHT.event == 1, arm=EIGHT.arm, arm_labels=ARMS)

    found = log_rank(recurrence)

    assert found.observed.tolist() == [2, 1]
    assert found.expected[1] == approx(3 / 7 + 3 / 5 + 2 / 4)
    assert found.chi_square == approx(0.3801722, abs=1e-7)


@pytest.mark.by_hand
def test_tied_deaths_have_the_hypergeometric_variance():
    # Five at risk, three in arm 1, two deaths at once: d n0 n1 (n - d) / (n^2 (n - 1)).
    data = TimeToEvent([1, 1, 2, 2, 2], [1, 1, 0, 0, 0], arm=[0, 1, 1, 1, 0])

    found = log_rank(data)

    assert found.expected.tolist() == approx([2 * 2 / 5, 2 * 3 / 5])
    assert found.variance[1, 1] == approx(2 * 2 * 3 * 3 / (25 * 4))


@pytest.mark.by_hand
def test_a_risk_set_of_one_adds_no_variance():
    short = TimeToEvent([1, 2, 3], [1, 1, 0], arm=[0, 1, 0])
    long = TimeToEvent([1, 2, 3], [1, 1, 1], arm=[0, 1, 0])

    assert log_rank(long).variance[1, 1] == log_rank(short).variance[1, 1]


@pytest.mark.by_hand
def test_strata_add_their_scores_and_variances():
    # Stratum a: 1 v 1 at risk, arm 1 fails; stratum b: arm 0 fails among 1 v 2.
    data = TimeToEvent(
        [1, 2, 1, 2, 2], [1, 0, 1, 0, 0], arm=[1, 0, 0, 1, 1], stratum=[0, 0, 1, 1, 1]
    )

    found = log_rank(data)

    assert found.strata == 2
    assert found.score == approx((1 - 1 / 2) + (0 - 2 / 3))
    assert found.variance[1, 1] == approx(1 / 4 + 2 / 9)


@pytest.mark.by_hand
def test_late_entries_are_at_risk_after_their_entry_only():
    # At day 5 the subject entering on day 5 is not at risk yet; at day 6 it is.
    data = TimeToEvent([5, 6, 9], [1, 1, 0], arm=[0, 1, 1], entry=[0, 0, 5])

    found = log_rank(data)

    assert found.expected[1] == approx(1 / 2 + 2 / 2)


def test_entries_before_a_stratums_first_time_do_not_touch_the_stratum_before():
    columns = {"arm": [0, 1, 0, 1], "stratum": [0, 0, 1, 1]}
    plain = log_rank(TimeToEvent([3, 4, 5, 6], [1, 1, 1, 1], **columns))

    entered = log_rank(TimeToEvent([3, 4, 5, 6], [1, 1, 1, 1], entry=[0, 1, 0, 2], **columns))

    assert entered.expected.tolist() == plain.expected.tolist()


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("weight", "at_1", "at_2"),
    [
        # Events at 1 (of 4) and 2 (of 3): S(t-) is 1, then 3/4; P is 4/5, then 4/5 x 3/4.
        (FlemingHarrington(1, 0), 1, 3 / 4),
        (FlemingHarrington(0, 1), 0, 1 / 4),
        (FlemingHarrington(0, 0), 1, 1),
        (Gehan(), 4, 3),
        (TaroneWare(), 2, 3**0.5),
        (PetoPeto(), 4 / 5, 4 / 5 * 3 / 4),
        (ModifiedPetoPeto(), 4 / 5 * 4 / 5, 4 / 5 * 3 / 4 * 3 / 4),
        (ModestlyWeighted(0.5), 1, 1),  # S(0.5) = 1 caps the weight at 1.
        (ModestlyWeighted(1), 1, 4 / 3),
        (ModestlyWeighted(9), 1, 4 / 3),
    ],
)
def test_each_weight_by_hand(weight, at_1, at_2):
    data = TimeToEvent([1, 2, 3, 3], [1, 1, 0, 0], arm=[0, 1, 0, 1])

    found = weighted_log_rank(data, weight)

    assert found.score == approx(at_1 * (0 - 2 / 4) + at_2 * (1 - 2 / 3))
    assert found.score_variance == approx(at_1**2 / 4 + at_2**2 * 2 / 9)


@pytest.mark.by_hand
def test_weights_across_strata_use_the_pooled_curve():
    # Stratum a fails first at 1 (of 2, of 4 pooled), stratum b at 2 (of 2, of 3 pooled).
    data = TimeToEvent([1, 5, 2, 5], [1, 0, 1, 0], arm=[0, 1, 1, 0], stratum=[0, 0, 1, 1])

    within = weighted_log_rank(data, FlemingHarrington(1, 0))
    across = weighted_log_rank(data, FlemingHarrington(1, 0), across_strata=True)

    assert within.score == approx(-1 / 2 + 1 / 2)  # S(t-) = 1 in both strata
    assert across.score == approx(-1 / 2 + 3 / 4 / 2)
    assert across.across_strata


def test_an_arm_never_at_risk_at_an_event_drops_out_as_in_r():
    data = TimeToEvent([1, 5, 6, 7, 8], [0, 1, 1, 1, 0], arm=[2, 0, 1, 0, 1])

    found = log_rank(data)

    assert found.df == 1
    assert found.chi_square == approx(log_rank(data.pair("0", "1")).chi_square)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (TimeToEvent([1, 2], [1, 1]), InvalidData, "compares arms"),
        (TimeToEvent([1, 2], [0, 0], arm=[0, 1]), NotEnoughData, "no event was seen"),
        (
            TimeToEvent([1, 2], [1, 1], arm=[0, 0], arm_labels=ARMS),
            NotEnoughData,
            "arm 'IMM' has no row",
        ),
        (TimeToEvent([1, 2], [0, 1], arm=[0, 1]), NotEnoughData, "fewer than two arms"),
        (TimeToEvent([4, 4, 4], [1, 1, 1], arm=[0, 1, 1]), NotEstimable, "no event time separates"),
        (
            TimeToEvent([1, 2, 3, 4], [1, 1, 1, 1], arm=[0, 0, 1, 1], stratum=[0, 0, 1, 1]),
            NotEstimable,
            "no event time separates",
        ),
        (TimeToEvent([1, 2], [1, 1], arm=[0, 1], weight=[1, 2]), InvalidData, "case weights"),
    ],
)
def test_data_without_an_answer_are_refused(data, error, message):
    with pytest.raises(error, match=message):
        log_rank(data)


def test_three_arms_that_never_meet_are_refused():
    data = TimeToEvent(
        [1, 2, 1, 2, 9, 9],
        [1, 0, 1, 0, 1, 0],
        arm=[0, 1, 0, 1, 2, 2],
        stratum=[0, 0, 0, 0, 1, 1],
    )

    with pytest.raises(NotEstimable, match="never at risk together"):
        log_rank(data)


@pytest.mark.parametrize("bad", [{"rho": -1}, {"gamma": float("nan")}])
def test_weights_outside_their_range_are_refused(bad):
    with pytest.raises(InvalidData, match="0 or more"):
        FlemingHarrington(**bad)


@pytest.mark.by_hand
def test_trend_weighs_the_arms_by_their_scores():
    data = TimeToEvent([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0], arm=[0, 0, 1, 1, 2, 2])

    trend = trend_log_rank(data, [0, 10, 20])
    plain = log_rank(data)

    excess = plain.observed - plain.expected
    assert trend.statistic == approx(10 * (excess[2] - excess[0]))
    assert trend.chi_square == approx(trend_log_rank(data, [1, 2, 3]).chi_square)
    with pytest.raises(InvalidData, match="all scores are equal"):
        trend_log_rank(data, [1, 1, 1])


@pytest.mark.property
@settings(max_examples=80, deadline=None)
@given(survival_data(arms=2, strata=2, entry=True))
def test_swapping_the_arms_turns_the_sign(data):
    swapped = TimeToEvent(
        data.time, data.event, arm=1 - data.arm, stratum=data.stratum, entry=data.entry
    )

    for weight in WEIGHTS:
        a = result_of(data, weighted_log_rank, weight)
        b = result_of(swapped, weighted_log_rank, weight)
        assert b.score == approx(-a.score, abs=1e-9)
        assert b.chi_square == approx(a.chi_square, abs=1e-9)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=3, strata=2))
def test_order_of_rows_and_increasing_change_of_time_do_not_matter(data):
    first = result_of(data)
    moved = TimeToEvent(np.exp(data.time / 3.0), data.event, arm=data.arm, stratum=data.stratum)

    assert result_of(shuffled(data)).chi_square == approx(first.chi_square, abs=1e-9)
    assert result_of(moved).chi_square == approx(first.chi_square, abs=1e-9)
    assert first.observed.sum() == approx(first.expected.sum())
    assert first.variance.sum(axis=1) == approx(np.zeros(3), abs=1e-9)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2))
def test_one_stratum_is_no_stratum(data):
    stratified = TimeToEvent(data.time, data.event, arm=data.arm, stratum=np.zeros(data.n))

    assert result_of(stratified).chi_square == approx(result_of(data).chi_square)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2))
def test_repeating_the_data_as_a_second_stratum_doubles_the_chi_square(data):
    twice = rows(data, np.tile(np.arange(data.n), 2))
    twice = TimeToEvent(twice.time, twice.event, arm=twice.arm, stratum=np.repeat([0, 1], data.n))

    assert result_of(twice).chi_square == approx(2 * result_of(data).chi_square)


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(survival_data(arms=2, strata=3), st.sampled_from(WEIGHTS))
def test_a_weight_function_equals_its_definition_row_by_row(data, weight):
    """An independent, slow computation straight from the definition, stratum by stratum."""
    found = result_of(data, weighted_log_rank, weight)

    score = variance = 0.0
    for stratum in set(data.stratum.tolist()):
        mine = data.where(data.stratum == stratum)
        survival, peto, at_delay = 1.0, 1.0, 1.0
        for t in np.unique(mine.time):
            if t <= 5:
                here = mine.time >= t
                dead = (mine.time == t) & (mine.event > 0)
                at_delay *= 1 - dead.sum() / here.sum()
        for t in np.unique(mine.time):
            here, dead = mine.time >= t, (mine.time == t) & (mine.event > 0)
            n, d, n1 = here.sum(), dead.sum(), (here & (mine.arm == 1)).sum()
            peto *= 1 - d / (n + 1)
            w = {
                FlemingHarrington(0, 0): 1.0,
                FlemingHarrington(0.5, 1): survival**0.5 * (1 - survival),
                Gehan(): n,
                TaroneWare(): n**0.5,
                PetoPeto(): peto,
                ModifiedPetoPeto(): peto * n / (n + 1),
                ModestlyWeighted(5): 1 / max(survival, at_delay),
            }[weight]
            score += w * ((dead & (mine.arm == 1)).sum() - d * n1 / n)
            if n > 1:
                variance += w * w * d * n1 * (n - n1) * (n - d) / (n * n * (n - 1))
            survival *= 1 - d / n
    assert found.score == approx(score, abs=1e-9)
    assert found.score_variance == approx(variance, abs=1e-9)
