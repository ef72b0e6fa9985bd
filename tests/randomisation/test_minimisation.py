"""Minimisation: story 2 by hand, the ratio at every step, and nothing that can be foreseen."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import InvalidInput
from adjuvant.randomisation import (
    DRAWS,
    Factor,
    Minimisation,
    Past,
    minimise,
    minimised_by,
    totals_used,
)

EQUAL = (("IMM", 1), ("CTL", 1))
STORY = (
    Factor("tumour_number", ("single", "multiple")),
    Factor("stage_group", ("I-II", "III-IVA")),
    Factor("site", ("S01", "S02")),
)


@pytest.mark.by_hand
def test_story_2_scores_five_against_three_and_prefers_control():
    """Totals IMM/CTL: single 12/10, I-II 9/10, S01 5/4. With the patient in IMM: |13 - 10| = 3,
    |10 - 10| = 0, |6 - 4| = 2: 5. In CTL: |12 - 11| = 1, |9 - 11| = 2, |5 - 5| = 0: 3."""
    rules = Minimisation(EQUAL, STORY)

    one = minimised_by(rules, ((12, 10), (9, 10), (5, 4)), (26, 24), drawn=200_000_000_000)

    assert one.scores == (5, 3)
    assert one.probabilities == (Fraction(1, 5), Fraction(4, 5))
    assert one.drawn == 200_000_000_000
    assert one.arm == "CTL"  # 0.2 is the first number that is CTL's
    below = minimised_by(rules, one.totals, one.overall, drawn=199_999_999_999)
    assert below.arm == "IMM"


@pytest.mark.by_hand
def test_variance_and_weights_by_hand():
    """Three arms, totals 2, 1, 0 at weight 2 and 0, 0, 1 at weight 1; squares about 4/3 or 2/3.
    A: 3, 1, 0 has (25 + 1 + 16)/9/2 = 7/3, and 1, 0, 1 has 1/3: 14/3 + 1/3 = 5.
    B: 2, 2, 0 has (4 + 4 + 16)/9/2 = 4/3, and 0, 1, 1 has 1/3: 8/3 + 1/3 = 3.
    C: 2, 1, 1 has (4 + 1 + 1)/9/2 = 1/3, and 0, 0, 2 has (4 + 4 + 16)/9/2 = 4/3: 2/3 + 4/3 = 2."""
    factors = (Factor("a", ("x", "y"), Fraction(2)), Factor("b", ("x", "y")))
    rules = Minimisation((("A", 1), ("B", 1), ("C", 1)), factors, measure="variance")

    one = minimised_by(rules, ((2, 1, 0), (0, 0, 1)), (2, 1, 1), drawn=0)

    assert one.scores == (5, 3, 2)
    assert one.probabilities == (Fraction(1, 10), Fraction(1, 10), Fraction(4, 5))


@pytest.mark.by_hand
def test_arms_that_tie_share_their_probabilities():
    """Two of three tie: one of them is preferred at random, (0.8 + 0.1) / 2 = 0.45 each."""
    rules = Minimisation((("A", 1), ("B", 1), ("C", 1)), (Factor("a", ("x", "y")),))

    one = minimised_by(rules, ((1, 1, 2),), (5, 4, 4), drawn=0)

    assert one.probabilities == (Fraction(9, 20), Fraction(9, 20), Fraction(1, 10))


@pytest.mark.by_hand
def test_tie_may_be_decided_by_the_totals_of_all_patients():
    rules = Minimisation(EQUAL, (Factor("a", ("x", "y")),), tie="overall")

    assert minimised_by(rules, ((1, 1),), (5, 4), drawn=0).probabilities[1] == Fraction(4, 5)
    assert minimised_by(rules, ((1, 1),), (4, 4), drawn=0).probabilities[1] == Fraction(1, 2)


@pytest.mark.by_hand
@pytest.mark.parametrize(("rule", "totals"), [("recompute", (0, 1)), ("keep", (1, 1))])
def test_corrected_factor_changes_later_totals_as_the_rules_say(rule, totals):
    """Story 2: the first was randomised as single, and pathology later says multiple."""
    rules = Minimisation(EQUAL, STORY[:1], after_correction=rule)
    first = Past({"tumour_number": "single"}, 0, corrected={"tumour_number": "multiple"})
    second = Past({"tumour_number": "single"}, 1)

    found, overall = totals_used(rules, [first, second], {"tumour_number": "single"})

    assert found == (totals,)
    assert overall == (1, 1)


def expected_shares(rules, steps, levels):
    """Return the chance of each arm at each step, by going through every possible history."""
    shares = [dict.fromkeys(dict(rules.ratio), Fraction(0)) for _ in range(steps)]
    histories = {(): Fraction(1)}
    for step in range(steps):
        following = {}
        for history, chance in histories.items():
            past = [Past(levels[n], virtual) for n, virtual in enumerate(history)]
            totals, overall = totals_used(rules, past, levels[step])
            one = minimised_by(rules, totals, overall, drawn=0)
            for virtual, p in enumerate(one.probabilities):
                shares[step][rules.virtual[virtual]] += chance * p
                following[(*history, virtual)] = chance * p
        histories = following
    return shares


@pytest.mark.property
@pytest.mark.parametrize("ratio", [(1, 1), (1, 2), (1, 3), (2, 3), (1, 1, 2)])
@pytest.mark.parametrize("measure", ["range", "variance"])
def test_every_allocation_keeps_the_ratio_exactly(ratio, measure):
    """Exact enumeration: with 1:2 the second arm has a chance of 2/3 at every step, not on average
    only. The usual minimisation with weighted totals does not have this."""
    arms = tuple((f"A{n}", share) for n, share in enumerate(ratio))
    rules = Minimisation(arms, (Factor("f", ("x", "y")), Factor("g", ("u", "v"))), measure=measure)
    patients = [{"f": "x", "g": "u"}, {"f": "y", "g": "u"}, {"f": "x", "g": "v"}]

    for shares in expected_shares(rules, 4, [*patients, patients[0]]):
        assert shares == {arm: Fraction(share, sum(ratio)) for arm, share in arms}


@pytest.mark.property
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=25), st.integers(0, DRAWS - 1))
@settings(max_examples=60, deadline=None)
def test_no_arm_is_ever_certain(history, drawn):
    rules = Minimisation(EQUAL, STORY[:2])
    levels = ({"tumour_number": "single", "stage_group": "I-II"},
              {"tumour_number": "multiple", "stage_group": "III-IVA"})  # fmt: skip
    past = [Past(levels[level], int(arm)) for level, arm in history]

    totals, overall = totals_used(rules, past, levels[0])
    one = minimised_by(rules, totals, overall, drawn)

    assert sum(one.probabilities) == 1
    assert all(0 < p < 1 for p in one.probabilities)


@pytest.mark.property
@given(st.integers(0, DRAWS - 1), st.lists(st.integers(0, 30), min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_stored_totals_and_number_replay_the_allocation(drawn, numbers):
    rules = Minimisation((("CTL", 1), ("IMM", 2)), STORY[:2])
    totals = (tuple(numbers[:3]), tuple(numbers[3:]))

    one = minimised_by(rules, totals, (1, 2, 3), drawn)

    assert minimised_by(rules, one.totals, one.overall, one.drawn) == one


@pytest.mark.property
def test_next_allocation_does_not_depend_on_who_asks_or_how_often():
    rules = Minimisation(EQUAL, STORY)
    levels = [
        dict(zip([f.id for f in STORY], combination, strict=True))
        for combination in product(*(f.levels for f in STORY))
    ]
    past = [Past(levels[n % 8], n % 2) for n in range(20)]

    answers = {minimise(rules, bytes(32), past, levels[3]).arm for _ in range(5)}

    assert len(answers) == 1
    assert minimise(rules, bytes(32), past[:5], levels[0]) == minimise(
        rules, bytes(32), list(past[:5]), levels[0]
    )


@pytest.mark.parametrize(
    ("probability", "words"),
    [("1", "could foresee every"), ("1.0", "could foresee every"), ("0.5", "no more than chance"),
     ("1.2", "could foresee every"), ("0", "no more than chance")],
)  # fmt: skip
def test_probability_that_is_certain_or_no_more_than_chance_is_refused(probability, words):
    with pytest.raises(InvalidInput, match=words):
        Minimisation(EQUAL, STORY, probability=probability)


def test_level_that_the_factor_does_not_have_is_refused():
    with pytest.raises(InvalidInput, match="tumour_number is None"):
        minimise(Minimisation(EQUAL, STORY), bytes(32), [], {})


@pytest.mark.parametrize("drawn", [-1, DRAWS])
def test_number_that_cannot_have_been_drawn_is_refused(drawn):
    with pytest.raises(InvalidInput, match="the number drawn"):
        minimised_by(Minimisation(EQUAL, STORY[:1]), ((1, 1),), (1, 1), drawn)
