"""Monitoring: the cut-off decides, no arm is read, and arms need the unblinded statistician."""

import csv
import math
from dataclasses import replace
from datetime import date

import pytest
from monitored_trial import CUT_OFF, patients, trial

from adjuvant.analysis import closed_report, monitored, pooled_count
from adjuvant.analysis.monitoring import forecast_date
from adjuvant.core import InvalidInput, SnapshotError
from adjuvant.dataset.examples import six_patients_snapshot
from adjuvant.design import conditional_power, design_at_events, design_from_protocol

approx = pytest.approx
ROWS = list(csv.DictReader(patients().splitlines()))


def by_hand(cut_off: str) -> tuple[int, float, list[str]]:
    """Return events, patient-days and late-typed patients, counted row by row."""
    events, days, late = 0, 0, []
    for row in ROWS:
        if row["randomised"] > cut_off:
            continue
        origin, end = date.fromisoformat(row["randomised"]), date.fromisoformat(cut_off)
        happened = bool(row["recurred"]) and row["recurred"] <= cut_off
        last = date.fromisoformat(min(row["recurred"] or row["last_seen"], cut_off))
        events += happened
        days += (min(last, end) - origin).days
        if happened and row["typed"] > cut_off:
            late.append(row["id"])
    return events, days, late


@pytest.mark.by_hand
@pytest.mark.parametrize("cut_off", ["2026-06-30", CUT_OFF, "2028-06-30"])
def test_events_by_the_cut_off_are_those_counted_row_by_row(cut_off):
    snapshot, protocol = trial("dummy", signed=False)

    found = pooled_count(snapshot, protocol, "RFS", cut_off=cut_off)

    events, days, late = by_hand(cut_off)
    assert found.events == events
    assert found.exposure == approx(days / 30.4375)
    assert [entry.subject for entry in found.late] == late
    assert found.later == sum(bool(row["recurred"]) for row in ROWS) - events


@pytest.mark.by_hand
def test_an_event_typed_after_the_cut_off_counts_and_is_listed():
    snapshot, protocol = trial("dummy", signed=False)

    found = pooled_count(snapshot, protocol, "RFS", cut_off=CUT_OFF)

    assert found.late
    assert all(e.happened_on <= CUT_OFF < e.entered_on for e in found.late)
    # Of deaths the data do not say when they were typed: no silence that looks like none.
    assert not found.typed_known


@pytest.mark.property
def test_pooled_numbers_do_not_depend_on_any_arm():
    """True arms and permuted ones give the same bounds and forecast."""
    found = []
    for arms in ("true", "dummy"):
        snapshot, protocol = trial(arms)
        counted = pooled_count(snapshot, protocol, "RFS", cut_off=CUT_OFF)
        design = design_from_protocol(protocol)
        found.append(monitored(design, (counted.events,), counted=counted))

    assert found[0] == found[1]


@pytest.mark.published
def test_story_11_has_its_bounds():
    _, protocol = trial()
    design = design_from_protocol(protocol)

    first = monitored(design, (46,)).bounds
    last = monitored(design, (46, 81, 98), final=True).bounds

    assert [round(z, 4) for z in first.critical_values] == [3.2251, 2.3346, 2.0147]
    assert [round(h, 3) for h in first.hazard_ratios] == [0.386, 0.595, 0.677]
    assert round(first.alpha_spent[0], 5) == 0.00063
    assert round(last.critical_values[2], 4) == 1.9959
    assert last.alpha_spent[2] == approx(0.025, abs=1e-12)


@pytest.mark.property
def test_the_forecast_brackets_what_came():
    """Made patients have their events later: the 90% band of the next look holds it."""
    snapshot, protocol = trial("dummy", signed=False)
    counted = pooled_count(snapshot, protocol, "RFS", cut_off="2027-03-31")

    found = monitored(design_from_protocol(protocol), (counted.events,), counted=counted)

    target = found.forecast[0].events
    ordered = sorted(row["recurred"] for row in ROWS if row["recurred"])
    came = ordered[target - 1]
    assert (target, len(found.forecast)) == (54, 3)
    assert forecast_date(counted.opened_on, found.forecast[0].lower) <= came
    assert came <= forecast_date(counted.opened_on, found.forecast[0].upper)


@pytest.mark.by_hand
def test_dummy_arms_have_no_closed_report():
    snapshot, protocol = trial("dummy")

    with pytest.raises(SnapshotError, match="dummy ones"):
        closed_report(snapshot, protocol, design_from_protocol(protocol), (46,))


@pytest.mark.by_hand
def test_true_arms_without_signature_have_no_closed_report():
    """Even after lock: the closed report belongs to one person."""
    snapshot, protocol = trial()
    unsigned = replace(snapshot, manifest=replace(snapshot.manifest, signature=None, locked=True))

    with pytest.raises(SnapshotError, match="signed for"):
        closed_report(unsigned, protocol, design_from_protocol(protocol), (46,))


@pytest.mark.by_hand
def test_the_closed_report_computes_conditional_power_at_the_events_there_are():
    snapshot, protocol = trial()
    design = design_from_protocol(protocol)
    counted = pooled_count(snapshot, protocol, "RFS", cut_off=CUT_OFF)

    found = closed_report(snapshot, protocol, design, (counted.events,), cut_off=CUT_OFF)

    moved = design_at_events(design.looks, (counted.events,), 107)
    expected = conditional_power(moved, 1, found.z, [0.0])[0]
    assert found.information == approx(counted.events / 107)
    assert found.conditional_power["no effect"] == approx(expected)
    assert set(found.conditional_power) == {"no effect", "trend so far", "planned effect"}
    assert sum(found.events) == counted.events
    assert sorted(found.key.values()) == ["CTL", "EXP"]
    assert found.signed_by == "U. Statistician"


@pytest.mark.by_hand
def test_a_last_look_that_disagrees_with_the_snapshot_is_refused():
    snapshot, protocol = trial()

    with pytest.raises(InvalidInput, match="must agree"):
        closed_report(snapshot, protocol, design_from_protocol(protocol), (3,), cut_off=CUT_OFF)


@pytest.mark.by_hand
def test_a_cut_off_before_the_first_patient_is_refused():
    snapshot, protocol = six_patients_snapshot()

    with pytest.raises(InvalidInput, match="nobody was randomised"):
        pooled_count(snapshot, protocol, "RFS", cut_off="2019-12-31")
    with pytest.raises(InvalidInput, match="is no date"):
        pooled_count(snapshot, protocol, "RFS", cut_off="31.12.2019")
    with pytest.raises(InvalidInput, match="no endpoint 'PFS'"):
        pooled_count(snapshot, protocol, "PFS")


@pytest.mark.by_hand
def test_the_closed_report_ends_with_inference_that_allows_for_the_looks():
    """At one look that ends the trial for good the interval is the usual one of the log-rank."""
    snapshot, protocol = trial()
    design = design_from_protocol(protocol)
    counted = pooled_count(snapshot, protocol, "RFS", cut_off=CUT_OFF)
    events = (counted.events,)

    going = closed_report(snapshot, protocol, design, events, cut_off=CUT_OFF)
    ended = closed_report(snapshot, protocol, design, events, cut_off=CUT_OFF, final=True)

    assert going.adjusted is None
    root = math.sqrt(counted.events / 4)
    assert ended.adjusted.hazard_ratio == approx(math.exp(-ended.z / root))
    z = 1.959963984540054
    assert ended.adjusted.lower == approx(math.exp(-(ended.z + z) / root))
    assert ended.repeated_interval[1] == approx(math.exp(-(ended.z - z) / root))
    assert going.repeated_interval[0] < ended.repeated_interval[0]


@pytest.mark.property
def test_events_come_later_once_nobody_is_to_enter():
    snapshot, protocol = trial("dummy", signed=False)
    counted = pooled_count(snapshot, protocol, "RFS", cut_off="2027-03-31")
    design = design_from_protocol(protocol)

    on, off = (
        monitored(design, (counted.events,), counted=counted, recruiting=recruiting).forecast
        for recruiting in (True, False)
    )

    assert off[0].median > on[0].median
