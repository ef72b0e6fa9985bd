"""Endpoints from dates, by hand: six patients, then the eight patients of the trial unit."""

from collections import Counter

import numpy as np
import pytest
from dataset_trials import (
    COLUMNS,
    DATES,
    DAY_COLUMNS,
    DAYS,
    ENDPOINTS,
    HEAD,
    built,
    protocol,
    warned,
)

from adjuvant.core import DataError
from adjuvant.dataset import derive_time_to_event

pytestmark = pytest.mark.by_hand


def derived(snapshot, endpoint, text=DATES, parts=None, **options):
    return derive_time_to_event(
        snapshot, protocol(text, **(parts or {})).protocol, endpoint, **options
    )


SIX = COLUMNS + (
    "1,CTL,2020-01-01,2020-01-11,2020-01-31,2020-01-11,2020-01-31\n"  # recurs on 10, dies on 30
    "2,CTL,2020-01-01,,2020-01-21,2020-01-15,2020-01-21\n"  # dies day 20 without recurrence
    "3,CTL,2020-01-01,,,2020-02-10,2020-03-01\n"  # last scan day 40, last seen day 60
    "4,IMM,2020-01-01,2020-01-16,2020-01-16,2020-01-16,2020-01-16\n"  # both on one day
    "5,IMM,2020-01-01,2020-02-15,,2020-02-10,2020-03-11\n"  # recurs on 45, clear on 40
    "6,IMM,2020-01-01,,,,2020-03-11\n"  # never scanned, alive on day 70
)


def test_time_to_recurrence_of_six_patients_with_death_competing():
    data = derived(built(SIX), "TTR")

    assert data.time.tolist() == [10, 20, 40, 15, 45, 0]
    assert data.event.tolist() == [1, 2, 0, 1, 1, 0]


def test_death_ends_follow_up_when_competing_events_are_censored():
    data = derived(built(SIX), "TTR", competing="censor")

    assert data.time.tolist() == [10, 20, 40, 15, 45, 0]
    assert data.event.tolist() == [1, 0, 0, 1, 1, 0]


def test_recurrence_free_survival_counts_the_first_of_both():
    data = derived(built(SIX), "RFS")

    assert data.time.tolist() == [10, 20, 40, 15, 45, 0]
    assert data.event.tolist() == [1, 1, 0, 1, 1, 0]


def test_overall_survival_looks_past_recurrence():
    data = derived(built(SIX), "OS")

    assert data.time.tolist() == [30, 20, 60, 15, 70, 70]
    assert data.event.tolist() == [1, 1, 0, 1, 0, 0]


def test_dates_become_whole_days_as_integers():
    data = derived(built(SIX), "OS")

    assert data.time.dtype == np.int64
    assert data.unit == "day"


def test_patient_who_was_never_scanned_is_censored_on_day_0_and_stays_in_n():
    snapshot = built(SIX)

    assert derived(snapshot, "TTR").n == 6
    assert warned(snapshot) == [("D047", "trial.csv:7:6")]


def test_control_is_code_0_and_labels_are_the_ids_in_the_protocols_order():
    data = derived(built(SIX), "OS")

    assert data.arm_labels == ("CTL", "IMM")
    assert data.arm.tolist() == [0, 0, 0, 1, 1, 1]


def test_every_row_leads_back_to_the_line_that_was_typed():
    data = derived(built(SIX), "OS")

    assert data.source[3] == "trial.csv:5"
    assert data.subject[3] == "4"


def test_last_scan_before_randomisation_censors_at_day_0():
    csv = (
        COLUMNS
        + "1,CTL,2020-01-10,,,2020-01-03,2020-03-01\n2,IMM,2020-01-10,,,2020-02-01,2020-03-01\n"
    )
    snapshot = built(csv)

    assert derived(snapshot, "TTR").time.tolist() == [0, 22]
    assert warned(snapshot) == [("D048", "trial.csv:2:6")]


def test_censoring_on_the_day_of_an_event_is_an_event():
    csv = (
        COLUMNS
        + "1,CTL,2020-01-01,2020-02-01,,2020-02-01,2020-02-01\n"
        + "2,IMM,2020-01-01,,,2020-02-01,2020-02-01\n"
    )

    assert derived(built(csv), "TTR").event.tolist() == [1, 0]


BEFORE = COLUMNS + (
    "1,CTL,2020-01-10,2020-01-05,,2020-01-05,2020-03-01\n2,IMM,2020-01-10,,,2020-02-01,2020-03-01\n"
)


def test_event_before_the_origin_is_refused_until_the_protocol_has_a_rule():
    with pytest.raises(DataError) as caught:
        built(BEFORE)

    (found,) = [f for f in caught.value.findings if f.severity == "error"]
    assert found.code == "D045"
    assert str(found.place) == "trial.csv:2:4"
    assert found.message == "subject 1: recurrence 5 days before randomisation"
    assert "event_before_origin: count_at_day_0" in found.hint


def test_event_before_the_origin_counts_at_day_0_by_the_protocols_rule():
    endpoints = ENDPOINTS.replace(
        "censor_at: last_scan", "censor_at: last_scan, event_before_origin: count_at_day_0"
    )
    snapshot = built(BEFORE, endpoints=endpoints)

    data = derived(snapshot, "TTR", parts={"endpoints": endpoints})

    assert data.time.tolist() == [0, 22]
    assert data.event.tolist() == [1, 0]
    assert ("D046", "trial.csv:2:4") in warned(snapshot)


def test_death_before_the_origin_is_refused_whatever_the_rule():
    endpoints = ENDPOINTS.replace(
        "censor_at: last_seen", "censor_at: last_seen, event_before_origin: count_at_day_0"
    )
    csv = (
        COLUMNS
        + "1,CTL,2020-01-10,,2020-01-05,,2020-01-05\n2,IMM,2020-01-10,,,2020-02-01,2020-03-01\n"
    )

    with pytest.raises(DataError, match="death 5 days before randomisation"):
        built(csv, endpoints=endpoints)


def test_two_competing_events_on_one_day_follow_the_order_of_the_protocol():
    endpoints = """\
endpoints:
  - {id: TTR, label: T, level: primary, event: [recurrence], competing: [transplant, death],
     censor_at: last_scan}
  - {id: RFS, label: R, level: secondary, event: [recurrence, death], censor_at: last_scan}
  - {id: OS, label: O, level: secondary, event: [death], censor_at: last_seen}
"""
    head = HEAD.replace(
        "death: {label: Death}", "death: {label: Death}, transplant: {label: Transplant}"
    )
    text = DATES.replace(
        "death: {date: died}", "death: {date: died}, transplant: {date: transplanted}"
    )
    csv = "id,arm,randomised,recurred,died,scanned,seen,transplanted\n" + (
        "1,CTL,2020-01-01,,2020-02-01,2020-01-15,2020-02-01,2020-02-01\n"
        "2,IMM,2020-01-01,,2020-02-01,2020-01-15,2020-02-01,\n"
    )
    parts = {"head": head, "endpoints": endpoints}

    data = derived(built(csv, text, **parts), "TTR", text, parts)

    assert data.event.tolist() == [2, 3]


CAUSES = """\
endpoints:
  - {id: TTR, label: T, level: primary, event: [recurrence], competing: [death],
     censor_at: last_scan}
  - {id: RFS, label: R, level: secondary, event: [recurrence, death], censor_at: last_scan}
  - {id: OS, label: O, level: secondary, event: [death], censor_at: last_seen}
  - {id: DSS, label: D, level: secondary, event: ["death where cause in ['hcc', 'liver_failure']"],
     competing: ["death where cause == 'other'"], censor_at: last_seen}
"""
CAUSE_ANALYSES = "  - {id: K4, type: kaplan_meier, endpoint: DSS, set: ITT, competing: censor}\n"
CAUSE_DATA = DATES.replace("death: {date: died}", "death: {date: died, cause: cause}")


def cause_csv(*causes):
    lines = [
        f"{i},{'CTL' if i % 2 else 'IMM'},2020-01-01,,2020-02-01,2020-01-15,2020-02-01,{cause}\n"
        for i, cause in enumerate(causes, 1)
    ]
    return "id,arm,randomised,recurred,died,scanned,seen,cause\n" + "".join(lines)


def test_death_counts_or_competes_by_its_cause():
    parts = {"endpoints": CAUSES, "more": CAUSE_ANALYSES}
    snapshot = built(cause_csv("hcc", "other", "liver_failure", "other"), CAUSE_DATA, **parts)

    assert derived(snapshot, "DSS", CAUSE_DATA, parts).event.tolist() == [1, 2, 1, 2]


def test_death_of_unknown_cause_is_refused_not_guessed():
    parts = {"endpoints": CAUSES, "more": CAUSE_ANALYSES}

    with pytest.raises(DataError) as caught:
        built(cause_csv("hcc", "", "other"), CAUSE_DATA, **parts)

    assert [(f.code, str(f.place)) for f in caught.value.findings if f.severity == "error"] == [
        ("D051", "trial.csv:3:8")
    ]


def test_death_by_a_cause_that_the_endpoint_does_not_name_is_warned_about():
    parts = {"endpoints": CAUSES, "more": CAUSE_ANALYSES}
    snapshot = built(cause_csv("hcc", "accident"), CAUSE_DATA, **parts)

    assert ("D056", "trial.csv:3:8") in warned(snapshot)
    assert derived(snapshot, "DSS", CAUSE_DATA, parts).event.tolist() == [1, 0]


def test_months_as_decimals_are_kept_exactly_as_stored():
    text = DAYS.replace("  subject: id\n", "  subject: id\n  unit: month\n")
    csv = DAY_COLUMNS + "1,CTL,0.1,1,12.30,0\n2,IMM,0,0,7.25,1\n"
    data = derived(built(csv, text), "OS", text)

    assert data.time.tolist() == [12.30, 7.25]
    assert data.unit == "month"
    assert derived(built(csv, text), "TTR", text).time.tolist() == [0.1, 0.0 + 7.25]


def test_without_censor_at_the_time_beside_the_indicator_ends_follow_up():
    endpoints = (
        ENDPOINTS.replace("competing: [death],\n     censor_at: last_scan", "competing: [death]")
        .replace(",\n     censor_at: last_scan", "")
        .replace(", censor_at: last_seen", "")
    )
    csv = DAY_COLUMNS + "1,CTL,10,0,30,0\n2,IMM,5,1,9,1\n"
    text = DAYS.replace(
        "  censoring: {last_scan: {days: rec_days}, last_seen: {days: death_days}}\n", ""
    )
    snapshot = built(csv, text, endpoints=endpoints)
    parts = {"endpoints": endpoints}

    assert derived(snapshot, "RFS", text, parts).time.tolist() == [10, 5]  # the earlier of 10, 30
    assert derived(snapshot, "OS", text, parts).time.tolist() == [30, 9]


def test_origin_at_surgery_enters_the_risk_set_at_randomisation():
    endpoints = ENDPOINTS.replace(
        "id: OS, label: Overall survival,", "id: OS, label: O, origin: surgery,"
    )
    text = DATES.replace("randomised}", "randomised, surgery: operated}")
    csv = "id,arm,randomised,recurred,died,scanned,seen,operated\n" + (
        "1,CTL,2020-01-11,,2020-02-01,2020-01-15,2020-02-01,2020-01-01\n"
        "2,IMM,2020-01-06,,,2020-01-15,2020-03-01,2020-01-01\n"
    )
    parts = {"endpoints": endpoints}

    data = derived(built(csv, text, **parts), "OS", text, parts)

    assert data.time.tolist() == [31, 60]
    assert data.entry.tolist() == [10, 5]


EIGHT = COLUMNS + (
    "1,IMM,2020-01-01,,2020-03-01,2019-12-20,2020-03-01\n"  # dies on day 60, no scan since baseline
    "2,IMM,2020-01-01,2020-04-30,,2020-04-30,2021-02-04\n"  # recurs on day 120
    "3,IMM,2020-01-01,,,2021-02-04,2021-02-04\n"  # alive on day 400
    "4,IMM,2020-01-01,,,2021-02-04,2021-02-04\n"
    "5,CTL,2020-01-01,2020-03-31,,2020-03-31,2021-02-04\n"  # recurs on day 90
    "6,CTL,2020-01-01,,2020-04-10,2020-03-31,2020-04-10\n"  # dies on day 100
    "7,CTL,2020-01-01,2020-05-30,,2020-05-30,2021-02-04\n"  # recurs on day 150
    "8,CTL,2020-01-01,,,2021-01-15,2021-01-15\n"  # alive on day 380
)


def test_eight_patients_have_the_times_of_the_trial_unit():
    snapshot = built(EIGHT)

    ttr, rfs = derived(snapshot, "TTR"), derived(snapshot, "RFS")

    assert ttr.time.tolist() == [60, 120, 400, 400, 90, 100, 150, 380]
    assert ttr.event.tolist() == [2, 1, 0, 0, 1, 2, 1, 0]
    assert rfs.event.tolist() == [1, 1, 0, 0, 1, 1, 1, 0]


def observed_and_expected(data, cause=None):
    """Log-rank by hand: observed and expected events of arm IMM, and chi-square."""
    event = (data.event == cause) if cause else data.event > 0
    observed = expected = variance = 0.0
    for t in sorted(set(data.time[event].tolist())):
        risk = data.time >= t
        n, k = risk.sum(), (risk & (data.arm == 1)).sum()
        d = (event & (data.time == t)).sum()
        observed += (event & (data.time == t) & (data.arm == 1)).sum()
        expected += d * k / n
        variance += d * k / n * (1 - k / n) * (n - d) / (n - 1) if n > 1 else 0
    return observed, expected, (observed - expected) ** 2 / variance


def test_eight_patients_give_the_log_rank_numbers_of_the_trial_unit():
    snapshot = built(EIGHT)

    ttr = observed_and_expected(derived(snapshot, "TTR"), cause=1)
    rfs = observed_and_expected(derived(snapshot, "RFS"))

    assert ttr == pytest.approx((1, 1.528571, 0.3801722), abs=1e-6)
    assert rfs == pytest.approx((2, 2.528571, 0.2262436), abs=1e-6)


def test_eight_patients_have_cumulative_incidences_that_count_by_hand_at_day_365():
    data = derived(built(EIGHT), "TTR")
    early = data.time <= 365

    counts = Counter(zip(data.arm[early].tolist(), data.event[early].tolist(), strict=True))

    # Nobody is censored before day 365: incidence is the plain proportion of four.
    assert counts == {(1, 1): 1, (1, 2): 1, (0, 1): 2, (0, 2): 1}
