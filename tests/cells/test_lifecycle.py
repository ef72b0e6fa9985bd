"""A lot from the draw to its end: story 4, the attacks, and random walks through the table."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from cells.lots import (
    AT_RELEASE,
    BAND,
    CLOCK,
    DOCTOR,
    GROWTH,
    LAB,
    LAB2,
    LOT,
    NURSE,
    NURSE2,
    OTHER_BAND,
    QP,
    START,
    STERILE,
    WHO,
    decision,
    facts_for,
    fresh,
    step,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.cells import (
    BAG,
    BAG_ENDS,
    LOT_ENDS,
    RELEASED,
    Actor,
    Step,
    disposition,
    lot_number,
    next_bag_state,
    next_state,
    steps_from,
    subject_number,
)
from adjuvant.cells import LOT as LOT_TABLE
from adjuvant.core import InvalidInput, StepRefused

TABLES = {"lot": LOT_TABLE, "bag": BAG}
ENDS = {"lot": LOT_ENDS, "bag": BAG_ENDS}


def walked(lot, *steps):
    for one in steps:
        lot = next_state(lot, one)
    return lot


def to_harvest(**more):
    return walked(
        fresh(**more),
        step("collect", NURSE, second=NURSE2),
        step("receive", LAB),
        step("start_culture", LAB),
        step("harvest", LAB, bags=1),
    )


def released(**more):
    return walked(to_harvest(**more), step("sample", LAB2), step("release_conditionally", QP))


def at_bedside(lot):
    bag = lot.bags[0].id
    for one in (
        step("issue", LAB, second=LAB2, bag=bag),
        step("receive_at_bedside", NURSE, bag=bag),
        step("check_identity", NURSE, second=NURSE2, bag=bag),
    ):
        lot = next_bag_state(lot, bag, one)
    return lot, bag


def infused(lot):
    lot, bag = at_bedside(lot)
    lot = next_bag_state(lot, bag, step("start", NURSE, second=DOCTOR, bag=bag))
    return next_bag_state(lot, bag, step("finish", NURSE, bag=bag))


@pytest.mark.by_hand
def test_lot_goes_from_the_draw_to_its_certificate():
    lot = infused(released())

    lot = next_state(lot, step("certify", QP))

    assert [e.target for e in lot.history] == [
        "collected", "received", "in_culture", "harvested", "qc_pending",
        "conditionally_released", "certified",
    ]  # fmt: skip
    assert [bag.state for bag in lot.bags] == ["infused"]


@pytest.mark.by_hand
def test_story_4_rejected_lot_is_refused_at_the_bedside_and_destroyed_by_two():
    """In-process sterility of lot 3 is positive; the release authority rejects it."""
    lot = next_state(to_harvest(), step("reject", QP))
    bag = lot.bags[0].id

    with pytest.raises(StepRefused, match="its lot is rejected"):
        next_bag_state(lot, bag, step("issue", LAB, second=LAB2, bag=bag))
    lot = next_bag_state(lot, bag, step("withdraw", LAB, bag=bag))
    lot = next_bag_state(lot, bag, step("destroy", LAB, second=LAB2, bag=bag))
    with pytest.raises(StepRefused, match="two different persons"):
        next_state(lot, step("destroy", LAB, second=LAB))
    lot = next_state(lot, step("destroy", LAB, second=LAB2))

    assert lot.state == "destroyed"


@pytest.mark.by_hand
def test_story_4_three_lots_are_two_infused_and_one_destroyed():
    bad = walked(
        fresh(), step("collect", NURSE, second=NURSE2), step("fail", LAB),
        step("destroy", LAB, second=LAB2),
    )  # fmt: skip

    rows = disposition([infused(released()), infused(released()), bad])

    assert rows == {
        "infused": 2, "partially_infused": 0, "destroyed": 1, "cancelled": 0, "open": 0,
    }  # fmt: skip


@pytest.mark.by_hand
def test_story_4_growth_after_the_infusion_is_a_failure_after_use():
    lot = infused(released())
    late = decision("after_release", [*AT_RELEASE, GROWTH])

    with pytest.raises(StepRefused, match="sterility_final"):
        next_state(lot, step("certify", QP, decision=late))
    with pytest.raises(StepRefused, match="some of it was given"):
        next_state(lot, step("recall", QP))
    with pytest.raises(StepRefused, match="physician told is missing"):
        next_state(lot, step("fail_after_use", QP, physician_told=False))
    assert next_state(lot, step("fail_after_use", QP)).state == "failed_after_use"


def test_growth_before_any_use_is_a_recall_and_nothing_of_it_is_given():
    lot, bag = at_bedside(released())

    lot = next_state(lot, step("recall", QP))

    with pytest.raises(StepRefused, match="its lot is recalled; give nothing of it"):
        next_bag_state(lot, bag, step("start", NURSE, second=NURSE2, bag=bag))


REFUSED_AT_START = {
    "wrong patient": ({"wristband": OTHER_BAND}, {}, "not this patient's"),
    "second scan of another": ({"wristband_second": OTHER_BAND}, {}, "not this patient's"),
    "unreadable scan": ({"wristband": "札幌\udc80"}, {}, "not this patient's"),
    "no scan": ({"wristband": None}, {}, "wristband is missing"),
    "another bag": ({"bag": "S01-0099-L01-B01-01-X"}, {}, "another bag was scanned"),
    "swapped bag, second": ({"bag_second": "S01-0099-L01-B01-01-X"}, {}, "another bag"),
    "same person twice": ({}, {"second": NURSE}, "two different persons"),
    "one person under two roles": ({}, {"second": Actor("u3", "lab")}, "two different persons"),
    "nobody second": ({}, {"second": None}, "two different persons"),
    "the clock as second": ({}, {"second": CLOCK}, "may not be the second person"),
    "courier": ({}, {"by": WHO["courier"]}, "a courier may not do it"),
    "expired to the second": ({}, {"at": START + timedelta(hours=6)}, "it expired at"),
    "before the step before": ({}, {"at": START - timedelta(seconds=1)}, "before the step before"),
}


@pytest.mark.parametrize("attack", REFUSED_AT_START)
def test_start_of_an_infusion_is_refused(attack):
    facts, who, words = REFUSED_AT_START[attack]
    lot, bag = at_bedside(released())
    given = {"by": NURSE, "second": NURSE2, **who}

    all_facts = {**facts_for("start", bag=bag), **facts}
    one = Step("start", given["by"], given.get("at", START), given["second"], all_facts)

    with pytest.raises(StepRefused, match=words):
        next_bag_state(lot, bag, one)


def test_one_second_before_expiry_it_may_be_started():
    lot, bag = at_bedside(released())
    at = START + timedelta(hours=6) - timedelta(seconds=1)

    lot = next_bag_state(lot, bag, step("start", NURSE, at=at, second=NURSE2, bag=bag))

    assert lot.bag(bag).state == "infusing"


def test_bag_is_started_once():
    lot, bag = at_bedside(released())
    start = step("start", NURSE, second=NURSE2, bag=bag)
    lot = next_bag_state(lot, bag, start)

    with pytest.raises(StepRefused, match="it is infusing now; what may be done: finish"):
        next_bag_state(lot, bag, start)


def test_old_binding_is_refused_after_a_new_wristband():
    """Story 5: at the second site the wristband is bound anew; the old one no longer fits."""
    lot, bag = at_bedside(released())
    moved = replace(lot, binding=OTHER_BAND)

    with pytest.raises(StepRefused, match="not this patient's"):
        next_bag_state(moved, bag, step("start", NURSE, second=NURSE2, bag=bag))
    with pytest.raises(StepRefused, match="no wristband is bound"):
        next_bag_state(
            replace(lot, binding=None), bag, step("start", NURSE, second=NURSE2, bag=bag)
        )


def test_bag_of_another_lot_is_not_found():
    with pytest.raises(StepRefused, match="this lot has no such bag"):
        next_bag_state(released(), "S01-0023-L04-B01-01-X", step("issue", LAB, second=LAB2))


def test_excursion_beyond_the_limit_is_returned():
    lot = released(most_minutes_out=30)
    bag = lot.bags[0].id
    lot = next_bag_state(lot, bag, step("issue", LAB, second=LAB2, bag=bag))

    with pytest.raises(StepRefused, match="31 minutes out of range, 30 are allowed"):
        next_bag_state(
            lot, bag, step("receive_at_bedside", NURSE, bag=bag, minutes_out_of_range=31)
        )


@pytest.mark.parametrize("minutes", ["5", -1, True, float("nan"), None])
def test_minutes_out_of_range_must_be_a_number(minutes):
    lot = released(most_minutes_out=30)
    bag = lot.bags[0].id
    lot = next_bag_state(lot, bag, step("issue", LAB, second=LAB2, bag=bag))

    with pytest.raises(StepRefused):
        next_bag_state(
            lot, bag, step("receive_at_bedside", NURSE, bag=bag, minutes_out_of_range=minutes)
        )


@pytest.mark.parametrize(
    "ends", [START, START - timedelta(hours=1), "2026-03-06", START.replace(tzinfo=None)]
)
def test_expiry_that_cannot_be_is_refused(ends):
    lot = next_state(to_harvest(), step("sample", LAB2))

    with pytest.raises(StepRefused, match="its expiry"):
        next_state(lot, step("release_conditionally", QP, expires_at=ends))


def test_who_made_the_lot_does_not_release_it():
    maker = Actor("u1", "release_authority")
    lot = next_state(to_harvest(), step("sample", LAB2))

    with pytest.raises(StepRefused, match="worked on the lot"):
        next_state(lot, step("release_conditionally", maker))


def test_decision_about_another_lot_releases_nothing():
    other = decision("at_release", AT_RELEASE, lot="S01-0023-L04-X")
    lot = next_state(to_harvest(), step("sample", LAB2))

    with pytest.raises(StepRefused, match="not about this lot"):
        next_state(lot, step("release_conditionally", QP, decision=other))
    with pytest.raises(StepRefused, match="not about this lot"):
        next_state(lot, step("release_conditionally", QP, decision="release"))


def test_lot_with_results_due_later_is_not_released_for_good():
    lot = next_state(to_harvest(), step("sample", LAB2))

    with pytest.raises(StepRefused, match="release it conditionally"):
        next_state(lot, step("release", QP))
    complete = decision("at_release", [*AT_RELEASE, STERILE])
    lot = next_state(replace(lot, later_tests=False), step("release", QP, decision=complete))
    assert lot.state == "released"


def test_missing_result_is_named_when_release_is_refused():
    lacking = decision("at_release", AT_RELEASE[:-2])
    lot = next_state(to_harvest(), step("sample", LAB2))

    with pytest.raises(StepRefused, match="endotoxin has no result; cd3_hladr has no result"):
        next_state(lot, step("release_conditionally", QP, decision=lacking))


def test_release_out_of_specification_is_off_by_default():
    lot = walked(to_harvest(), step("sample", LAB2), step("quarantine", QP))

    with pytest.raises(StepRefused, match="the protocol does not allow it"):
        next_state(lot, step("request_out_of_specification", DOCTOR))
    lot = walked(
        replace(lot, out_of_specification_allowed=True),
        step("request_out_of_specification", DOCTOR),
        step("release_out_of_specification", QP),
    )
    assert lot.state == "oos_released"
    assert infused(lot).bags[0].state == "infused"


def test_hepatitis_carriers_need_a_segregated_slot():
    lot = walked(
        fresh(segregated=True), step("collect", NURSE, second=NURSE2), step("receive", LAB)
    )

    with pytest.raises(StepRefused, match="choose a segregated culture slot"):
        next_state(lot, step("start_culture", LAB))
    assert next_state(lot, step("start_culture", LAB, slot_segregated=True)).state == "in_culture"


@pytest.mark.by_hand
def test_story_3_lot_of_a_control_is_destroyed():
    collect = step("collect", NURSE, second=NURSE2)
    with pytest.raises(StepRefused, match="not allocated yet"):
        next_state(fresh(allocated=None), collect)
    with pytest.raises(StepRefused, match="in the control arm"):
        next_state(fresh(allocated="control"), collect)
    lot = walked(fresh(allocated=None, draw_before_allocation=True), collect, step("receive", LAB))
    with pytest.raises(StepRefused, match="not in the control arm"):
        next_state(lot, step("assign_control", LAB))
    lot = replace(lot, allocated="control")

    with pytest.raises(StepRefused, match="not in the arm that receives cells"):
        next_state(lot, step("start_culture", LAB))
    lot = walked(lot, step("assign_control", LAB), step("destroy", LAB, second=LAB2))

    assert lot.state == "destroyed"


def test_lot_is_not_destroyed_while_a_bag_is_left():
    lot = next_state(to_harvest(), step("reject", QP))

    with pytest.raises(StepRefused, match="destroy every bag first"):
        next_state(lot, step("destroy", LAB, second=LAB2))


@pytest.mark.parametrize("bags", [0, -1, 2.0, "2", True, 100])
def test_number_of_bags_that_cannot_be_is_refused(bags):
    lot = walked(
        fresh(), step("collect", NURSE, second=NURSE2), step("receive", LAB),
        step("start_culture", LAB),
    )  # fmt: skip

    with pytest.raises(StepRefused):
        next_state(lot, step("harvest", LAB, bags=bags))


def test_final_state_says_that_nothing_more_is_done():
    lot = next_state(infused(released()), step("certify", QP))

    with pytest.raises(StepRefused, match="it is certified, which is final; nothing more is done"):
        next_state(lot, step("recall", QP))


def test_time_without_zone_is_refused():
    with pytest.raises(InvalidInput, match="give it in UTC"):
        step("collect", NURSE, at=START.replace(tzinfo=None))


def test_step_does_not_change_the_lot_it_is_asked_of():
    lot = fresh()

    next_state(lot, step("collect", NURSE, second=NURSE2))

    assert (lot.state, lot.history) == ("planned", ())


@pytest.mark.parametrize("kind", ["lot", "bag"])
def test_from_every_state_an_end_is_reached_and_from_an_end_nothing(kind):
    table, ends = TABLES[kind], ENDS[kind]
    states = {t.source for t in table} | {t.target for t in table}
    for state in states:
        seen, open_ones = {state}, [state]
        while open_ones:
            for t in steps_from(kind, open_ones.pop()):
                if t.target not in seen:
                    seen.add(t.target)
                    open_ones.append(t.target)
        assert seen & set(ends), f"{state} never ends"
        assert bool(steps_from(kind, state)) is (state not in ends)
        assert state not in seen - {state} or state in ends


@pytest.mark.parametrize("kind", ["lot", "bag"])
def test_step_from_a_state_has_one_outcome(kind):
    pairs = [(t.source, t.step) for t in TABLES[kind]]

    assert len(pairs) == len(set(pairs))


EARLY = ("cancel", "stop", "fail", "reject", "assign_control", "recall", "withdraw", "return",
         "certify", "discard_unused")  # fmt: skip


def tried(rng, lot, honest, rare=0.02):
    """One step on the lot or a bag: right in every fact, or (not honest) somehow wrong."""
    on_bag = bool(lot.bags) and rng.random() < 0.5
    bag = rng.choice(lot.bags) if on_bag else None
    kind, state = ("bag", bag.state) if on_bag else ("lot", lot.state)
    table = steps_from(kind, state) if honest else TABLES[kind]
    if not table:
        return None
    # Ends that are always open are taken rarely, or no walk would reach the bedside.
    line = rng.choices(table, [rare if t.step in EARLY else 1 for t in table])[0]
    by, second = WHO[rng.choice(line.roles)], Actor("u9", "nurse")
    facts = facts_for(line.step, lot.id, bag.id if bag else None)
    if not honest:
        wrong = rng.choice(("who", "second", "band", "bag", "fact", "order"))
        by = rng.choice(list(WHO.values())) if wrong == "who" else by
        second = by if wrong == "second" else second
        if wrong == "band":
            facts[rng.choice(("wristband", "wristband_second"))] = OTHER_BAND
        elif wrong == "bag":
            facts["bag"] = "S01-0001-L01-B01-01-X"
        elif wrong == "fact" and line.facts:
            facts[rng.choice(line.facts)] = None
    if line.step == "expire" and rng.random() > 10 * rare:
        return None
    late = timedelta(hours=7) if line.step == "expire" else timedelta(0)
    after = [e.step.at for e in (bag.history if bag else lot.history)]
    at = max([START + late, *after])
    return bag, Step(line.step, by, at, second, facts)


def moved(lot, bag, one):
    return next_state(lot, one) if bag is None else next_bag_state(lot, bag.id, one)


def check_invariants(before, after, bag, one):
    table, source, target = (
        (LOT_TABLE, before.state, after.state) if bag is None
        else (BAG, bag.state, after.bag(bag.id).state)
    )  # fmt: skip
    assert any((t.source, t.step, t.target) == (source, one.name, target) for t in table)
    if target == "infusing":
        assert before.state in RELEASED
        assert one.second.id != one.by.id
        assert one.facts["wristband"] == one.facts["wristband_second"] == before.binding
        assert one.facts["bag"] == bag.id == one.facts["bag_second"]
        assert one.at < bag.expires_at
        assert [e.target for e in bag.history] == ["issued", "at_bedside", "id_checked"]


@pytest.mark.property
@given(st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_random_walks_keep_every_rule_and_end_in_one_terminal_state(seed):
    rng = random.Random(seed)
    lot = fresh(out_of_specification_allowed=rng.random() < 0.3, later_tests=rng.random() < 0.9)
    for _ in range(120):
        found = tried(rng, lot, honest=rng.random() < 0.6)
        if found is None:
            continue
        bag, one = found
        try:
            after = moved(lot, bag, one)
        except StepRefused:
            continue
        check_invariants(lot, after, bag, one)
        lot = after
    for _ in range(600):
        found = tried(rng, lot, honest=True, rare=1)
        if found is None:
            continue
        try:
            lot = moved(lot, *found)
        except StepRefused:
            continue

    assert lot.state in LOT_ENDS
    assert all(bag.state in BAG_ENDS for bag in lot.bags)
    rows = disposition([lot])
    assert sum(rows.values()) == 1
    assert rows["open"] == 0


@pytest.mark.property
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=12), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_disposition_balances_at_any_moment(seeds, steps):
    lots = []
    for n, seed in enumerate(seeds, 1):
        rng = random.Random(seed)
        lot = replace(fresh(), id=lot_number(subject_number("S01", n), 1))
        for _ in range(steps):
            found = tried(rng, lot, honest=True)
            try:
                lot = moved(lot, *found) if found else lot
            except StepRefused:
                continue
        lots.append(lot)

    assert sum(disposition(lots).values()) == len(lots)


def test_random_walks_reach_every_end():
    """A walk that never comes to the bedside would prove nothing."""
    lots, bags = set(), set()
    for seed in range(150):
        rng = random.Random(seed)
        lot = fresh(out_of_specification_allowed=True)
        for _ in range(300):
            found = tried(rng, lot, honest=True)
            try:
                lot = moved(lot, *found) if found else lot
            except StepRefused:
                continue
        lots.add(lot.state)
        bags |= {bag.state for bag in lot.bags}

    assert lots >= set(LOT_ENDS) - {"oos_completed"}
    assert bags >= set(BAG_ENDS)


def test_lot_in_the_tests_is_the_storys():
    assert (LOT[:12], BAND) == ("S01-0023-L03", "a" * 64)
