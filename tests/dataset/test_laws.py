"""Laws that hold for any data, and journeys from a real trial's file to its counts."""

import numpy as np
import pytest
from dataset_trials import DAY_COLUMNS, DAYS, MOERTEL, protocol
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import DataError
from adjuvant.dataset import (
    CODES,
    Occurrence,
    build_snapshot,
    derive_time_to_event,
    first_event,
    open_snapshot,
    variable,
    write_snapshot,
)
from adjuvant.dataset.read_csv import csv_table
from adjuvant.dataset.reversed_coding import looks_reversed
from adjuvant.protocol import read_protocol

TRIAL = protocol(DAYS)


@st.composite
def patients(draw):
    """Draw patients whose days are possible: nobody recurs or is seen after death."""
    rows = []
    for number in range(1, draw(st.integers(2, 12)) + 1):
        last = draw(st.integers(0, 60))
        died = draw(st.booleans())
        recurred = draw(st.booleans())
        recurrence = draw(st.integers(0, last)) if recurred else last
        arm = draw(st.sampled_from(["CTL", "IMM"]))
        rows.append(f"{number},{arm},{recurrence},{int(recurred)},{last},{int(died)}")
    return rows


def derived(rows, endpoint, columns=DAY_COLUMNS, **options):
    table = csv_table((columns + "\n".join(rows) + "\n").encode(), "trial.csv")
    snapshot = build_snapshot(TRIAL, table=table)
    return derive_time_to_event(snapshot, TRIAL.protocol, endpoint, **options)


def by_subject(data):
    return {
        s: (t, e, a)
        for s, t, e, a in zip(
            data.subject, data.time.tolist(), data.event.tolist(), data.arm.tolist(), strict=True
        )
    }


@pytest.mark.property
@settings(max_examples=50, deadline=None)
@given(patients(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_no_patient(rows, random):
    shuffled = rows[:]
    random.shuffle(shuffled)

    for endpoint in ("TTR", "RFS", "OS"):
        assert by_subject(derived(rows, endpoint)) == by_subject(derived(shuffled, endpoint))


@pytest.mark.property
@settings(max_examples=50, deadline=None)
@given(patients())
def test_another_column_changes_no_patient(rows):
    wider = [f"{row},x" for row in rows]
    columns = DAY_COLUMNS.strip() + ",note\n"

    assert by_subject(derived(rows, "TTR")) == by_subject(derived(wider, "TTR", columns))


@pytest.mark.property
@settings(max_examples=50, deadline=None)
@given(patients())
def test_nobody_is_dropped_and_endpoints_agree_with_each_other(rows):
    ttr, rfs, os = (derived(rows, e) for e in ("TTR", "RFS", "OS"))
    censored = derived(rows, "TTR", competing="censor")

    assert ttr.n == rfs.n == os.n == len(rows)
    # Recurrence-free survival is the first of all events: time to recurrence with deaths counted.
    assert rfs.time.tolist() == ttr.time.tolist()
    assert (rfs.event > 0).tolist() == (ttr.event > 0).tolist()
    assert (rfs.time <= os.time).all()
    # Censoring the competing event moves no time and makes no event.
    assert censored.time.tolist() == ttr.time.tolist()
    assert (censored.event == 1).tolist() == (ttr.event == 1).tolist()
    assert set(censored.event.tolist()) <= {0, 1}


@pytest.mark.property
@settings(max_examples=30, deadline=None)
@given(patients())
def test_snapshot_read_back_gives_the_same_patients(tmp_path_factory, rows):
    table = csv_table((DAY_COLUMNS + "\n".join(rows) + "\n").encode(), "trial.csv")
    snapshot = build_snapshot(TRIAL, table=table)
    folder = tmp_path_factory.mktemp("law") / "snapshot"

    opened = open_snapshot(write_snapshot(snapshot, folder))

    assert opened.subjects == snapshot.subjects
    assert opened.sha256 == snapshot.sha256


@pytest.mark.property
@settings(max_examples=50, deadline=None)
@given(patients(), st.data())
def test_recurrence_moved_behind_death_is_always_refused(rows, data):
    row = data.draw(st.integers(0, len(rows) - 1))
    number, arm, _, _, last, _ = rows[row].split(",")
    rows[row] = f"{number},{arm},{int(last) + data.draw(st.integers(1, 50))},1,{last},1"

    with pytest.raises(DataError) as caught:
        derived(rows, "TTR")

    places = [(f.code, f.place.line) for f in caught.value.findings if f.severity == "error"]
    assert places == [("D043", row + 2)]


@pytest.mark.property
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 4)), min_size=1))
def test_first_event_does_not_depend_on_the_order_of_events(pairs):
    occurrences = [Occurrence(t, c) for t, c in pairs]

    found = first_event(occurrences)

    assert found == first_event(reversed(occurrences))
    assert (found.time, found.code) == min(pairs)


@pytest.mark.property
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_a_table_or_a_numbered_refusal(content):
    try:
        rows, codes = csv_table(content, "trial.csv").n, set()
    except DataError as fault:
        rows, codes = 0, {f.code for f in fault.findings}

    assert rows or codes
    assert codes <= set(CODES)


@pytest.mark.property
@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["", "1", "0", "CTL", "IMM", "-5", "2.5", "2020-01-01", "NA", "x", "1e9", " "]
            ),
            min_size=6,
            max_size=6,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_cells_are_a_snapshot_or_a_refusal_with_places(rows):
    text = DAY_COLUMNS + "\n".join(",".join(row) for row in rows) + "\n"
    try:
        snapshot, findings = build_snapshot(TRIAL, table=csv_table(text.encode(), "trial.csv")), ()
    except DataError as fault:
        snapshot, findings = None, fault.findings

    assert all(f.place.file == "trial.csv" for f in findings)
    assert (snapshot is None) == any(f.severity == "error" for f in findings)
    for endpoint in ("TTR", "RFS", "OS") if snapshot else ():
        assert derive_time_to_event(snapshot, TRIAL.protocol, endpoint).n == snapshot.n


@pytest.mark.reference
def test_indicators_of_real_trials_are_not_called_reversed_until_they_are():
    snapshot = build_snapshot(read_protocol(MOERTEL))
    columns = snapshot.subjects.columns

    for event in ("recurrence", "death"):
        time = columns[f"event.{event}.time"]
        happened = [h == "yes" for h in columns[f"event.{event}.happened"]]
        assert not looks_reversed(time, happened)
        assert looks_reversed(time, [not h for h in happened])


MOERTEL_COUNTS = {
    ("TTR", "censor"): {"OBS": (315, 177), "LEV": (310, 172), "LEV5FU": (304, 119)},
    ("OS", None): {"OBS": (315, 168), "LEV": (310, 161), "LEV5FU": (304, 123)},
}


@pytest.mark.journey
@pytest.mark.published
@pytest.mark.parametrize("endpoint", MOERTEL_COUNTS)
def test_colon_trial_has_the_patients_and_events_of_its_data_set(endpoint):
    read = read_protocol(MOERTEL)
    name, competing = endpoint

    data = derive_time_to_event(
        build_snapshot(read), read.protocol, name, set="ITT", competing=competing
    )

    assert {arm: (rows.n, rows.events) for arm, rows in data.by_arm()} == MOERTEL_COUNTS[endpoint]
    assert data.arm_labels == ("OBS", "LEV", "LEV5FU")
    assert data.time.dtype == np.int64


@pytest.mark.journey
def test_colon_trial_times_are_those_of_the_file_line_by_line():
    read = read_protocol(MOERTEL)
    lines = (MOERTEL.parent / "data" / "patients.csv").read_text().splitlines()
    header = lines[0].split(",")

    data = derive_time_to_event(build_snapshot(read), read.protocol, "TTR", competing="censor")

    for row in range(data.n):
        number = int(data.source[row].rpartition(":")[2])
        stored = dict(zip(header, lines[number - 1].split(","), strict=True))
        assert data.subject[row] == stored["id"]
        assert data.time[row] == int(stored["recurrence_days"])
        assert data.event[row] == int(stored["recurrence"])


@pytest.mark.journey
def test_seven_patients_of_the_colon_trial_recur_on_the_last_day_and_count_as_recurrence():
    read = read_protocol(MOERTEL)
    snapshot = build_snapshot(read)

    ttr = derive_time_to_event(snapshot, read.protocol, "TTR")
    os = derive_time_to_event(snapshot, read.protocol, "OS")

    assert int(np.sum((ttr.event == 1) & (ttr.time == os.time))) == 7


@pytest.mark.journey
def test_colon_trial_has_its_missing_baseline_values():
    read = read_protocol(MOERTEL)
    snapshot = build_snapshot(read)

    assert variable(snapshot, read.protocol, "differentiation").missing == 23
    assert variable(snapshot, read.protocol, "nodes").missing == 18
