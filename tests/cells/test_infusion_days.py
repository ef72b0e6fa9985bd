"""Story 3: the calendar that cannot be met; shifts, gaps, expiry and draws."""

from datetime import UTC, date, datetime

import pytest

from adjuvant.cells import (
    DrawAsked,
    PastDraw,
    draw_objections,
    expiry,
    infusion_day,
    infusion_plan,
    last_draw_on,
)
from adjuvant.core import InvalidInput
from adjuvant.protocol import read_protocol_text
from adjuvant.protocol.durations import Duration
from adjuvant.protocol.feasible_days import feasible_days
from adjuvant.protocol.model import CellProduct, Draw, Infusion, Volume

TRIAL = """\
format: adjuvant/1
trial: {id: STORY3, title: Cells after surgery}
arms:
  - {id: CTL, label: No adjuvant treatment, role: no_treatment_control}
  - {id: IMM, label: Cells, role: experimental, interventions: [iv]}
randomisation:
  allocation: {CTL: 1, IMM: 1}
  method: permuted_blocks
  timing: {anchor: surgery, window: [0 d, 14 d]}
interventions: [{id: iv, label: Cells, kind: cell_infusion, product: cells}]
infusions:
  - {id: W2, of: iv, anchor: surgery, at: 14 d, window: [-2 d, 3 d], if_late: ask}
cell_products:
  - id: cells
    label: Cells
    draw: {before_randomisation: false, before_infusion: [-16 d, -13 d]}
    steps: [{id: culture, takes: {target: 14 d}}]
    release: {takes: 1 d}
events: {death: {label: Death}}
endpoints:
  - {id: OS, label: Survival, level: secondary, event: [death], censor_at: last_known_alive}
analyses: [{id: A, type: kaplan_meier, endpoint: OS, set: ITT, at: [3 y]}]
"""
SURGERY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def protocol():

    return read_protocol_text(TRIAL).protocol


def planned(protocol, randomised, **more):
    return infusion_plan(
        protocol, "W2", anchors={"surgery": SURGERY},
        consent_on=date(2026, 3, 4), allocated_on=randomised, **more,
    )  # fmt: skip


@pytest.mark.by_hand
def test_story_3_randomised_on_day_3_is_one_day_late(protocol):
    plan = planned(protocol, date(2026, 3, 5))

    assert (plan.draw_on, plan.ready_on) == (date(2026, 3, 5), date(2026, 3, 20))
    assert plan.window == (date(2026, 3, 14), date(2026, 3, 19))
    assert plan.late_days == 1
    assert plan.sentence == (
        "the earliest draw is 2026-03-05, the earliest infusion 2026-03-20 (day 18); the window is "
        "2026-03-14 to 2026-03-19: 1 day after the window; the protocol says: ask the investigator"
    )


@pytest.mark.by_hand
def test_story_3_only_day_0_1_or_2_works(protocol):
    (found,) = feasible_days(protocol)

    assert found.works == (0, 1, 2)
    assert len(found.allowed) == 15
    for day in range(15):
        plan = infusion_plan(
            protocol, "W2", anchors={"surgery": SURGERY}, consent_on=SURGERY,
            allocated_on=date(2026, 3, 2 + day),
        )  # fmt: skip
        assert (plan.late_days == 0) is (day in found.works)


def test_last_day_of_a_draw_is_15_days_before_the_windows_end(protocol):
    assert last_draw_on(protocol, "W2", {"surgery": SURGERY}) == date(2026, 3, 4)
    assert planned(protocol, date(2026, 3, 5)).last_draw_on == date(2026, 3, 4)


def test_new_draw_after_a_failure_counts_from_its_day(protocol):
    plan = planned(protocol, date(2026, 3, 4), not_before=date(2026, 3, 16))

    assert plan.ready_on == date(2026, 3, 31)
    assert plan.late_days == 12


@pytest.mark.parametrize(("infusion", "anchors"), [("W9", {"surgery": SURGERY}), ("W2", {})])
def test_infusion_that_cannot_be_planned_is_refused(protocol, infusion, anchors):
    with pytest.raises(InvalidInput):
        infusion_plan(protocol, infusion, anchors=anchors, consent_on=SURGERY, allocated_on=SURGERY)


def infusion(**more):
    lengths = {"at": "14 d", "min_gap": "7 d", "latest": "24 d", **more}
    rule = lengths.pop("if_late", "shift")
    made = {k: Duration.parse(v) for k, v in lengths.items() if v}
    window = (Duration.parse("-2 d"), Duration.parse("3 d"))
    return Infusion(id="W2", of="iv", window=window, if_late=rule, **made)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("day", "rule", "verdict", "late"),
    [
        (11, "shift", "early", 0), (12, "shift", "in_window", 0), (17, "skip", "in_window", 0),
        (18, "shift", "shifted", 1), (18, "ask", "ask", 1), (18, "skip", "skip", 1),
        (24, "shift", "shifted", 7), (25, "shift", "skip", 8), (25, "ask", "skip", 8),
    ],
)  # fmt: skip
def test_day_of_an_infusion_by_hand(day, rule, verdict, late):
    found = infusion_day(infusion(if_late=rule), date(2026, 3, 2 + day), anchor_on=SURGERY)

    assert (found.verdict, found.days_late) == (verdict, late)


def test_story_9_window_of_five_days_makes_day_18_no_deviation():
    part = infusion()
    wider = part.model_copy(update={"window": (Duration.parse("-2 d"), Duration.parse("5 d"))})

    assert infusion_day(wider, date(2026, 3, 20), anchor_on=SURGERY).verdict == "in_window"


def test_infusion_too_near_the_one_before_is_told():
    found = infusion_day(
        infusion(), date(2026, 3, 18), anchor_on=SURGERY, previous_on=date(2026, 3, 12)
    )

    assert found.verdict == "too_close"
    assert found.reason == "6 days after the infusion before; 7 are needed"


def test_expiry_counts_hours_and_needs_a_zone():
    product = CellProduct(id="c", label="C", expires_after=Duration.parse("6 h"))

    assert expiry(product, datetime(2026, 3, 20, 22, tzinfo=UTC)) == (
        datetime(2026, 3, 21, 4, tzinfo=UTC)
    )
    with pytest.raises(InvalidInput, match="no zone"):
        expiry(product, datetime(2026, 3, 20, 22))
    with pytest.raises(InvalidInput, match="no expires_after"):
        expiry(CellProduct(id="c", label="C"), datetime(2026, 3, 20, tzinfo=UTC))


RULES = CellProduct(
    id="c", label="C",
    draw=Draw(volume_ml=Volume(max_each=60, max_total=150), haemoglobin_min_g_dl=9, max_redraws=1),
)  # fmt: skip


def asked(**more):
    given = {
        "on": date(2026, 3, 5), "volume_ml": 60, "consent_on": date(2026, 3, 4),
        "allocated_on": date(2026, 3, 5), "receives_cells": True, "haemoglobin_g_dl": 11.2,
    }  # fmt: skip
    return DrawAsked(**{**given, **more})


def test_draw_within_all_rules_has_no_objection():
    assert draw_objections(RULES, asked(), [PastDraw(date(2026, 2, 1), 60)]) == ()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"on": date(2026, 3, 3)}, "before consent"),
        ({"consent_on": None}, "no consent"),
        ({"allocated_on": None, "receives_cells": None}, "randomise first"),
        ({"receives_cells": False}, "arm without cells"),
        ({"volume_ml": 61}, "60 mL are allowed"),
        ({"volume_ml": 0}, "enter what is to be drawn"),
        ({"volume_ml": float("nan")}, "enter what is to be drawn"),
        ({"haemoglobin_g_dl": 8.9}, "under 9"),
        ({"haemoglobin_g_dl": None}, "haemoglobin is missing"),
        ({"haemoglobin_g_dl": float("nan")}, "under 9"),
        ({"treat_signed": False}, 'sign "treat" first'),
    ],
)
def test_draw_against_a_rule_is_told_why(more, words):
    assert any(words in objection for objection in draw_objections(RULES, asked(**more)))


def test_volume_and_redraws_are_counted_over_all_draws():
    past = [PastDraw(date(2026, 2, 1), 60), PastDraw(date(2026, 2, 20), 60, redraw=True)]

    found = draw_objections(RULES, asked(redraw=True), past)

    assert len(found) == 2
    assert "120 mL were drawn; with 60 mL the limit of 150 mL is passed" in found[0]
    assert "1 redraws were made, 1 are allowed" in found[1]


def test_early_draw_needs_protocol_and_consent():
    early = CellProduct(id="c", label="C", draw=Draw(before_randomisation=True))
    before = asked(allocated_on=None, receives_cells=None)

    assert "does not cover" in draw_objections(early, before)[0]
    covered = asked(allocated_on=None, receives_cells=None, covers_early=True)
    assert draw_objections(early, covered) == ()
