import numpy as np
import pytest

from adjuvant.core import InvalidData, TimeToEvent, encode


def test_whole_days_stay_integers_and_months_stay_as_stored():
    days = TimeToEvent([5, 6], [1, 0])
    months = TimeToEvent([5.3, 6.0], [1, 0], unit="month")

    assert days.time.dtype == np.int64
    assert months.time.tolist() == [5.3, 6.0]


def test_time_zero_is_legal():
    assert TimeToEvent([0, 3], [0, 1]).n == 2


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"time": [3, -1], "event": [1, 1]}, "row 2: time -1 is negative"),
        ({"time": [3.0, float("nan")], "event": [1, 1]}, "row 2: time nan is missing"),
        ({"time": [3, 4], "event": [1, 0.5]}, "row 2: event 0.5 is not whole"),
        ({"time": [3, 4], "event": [1, -1]}, "row 2: event -1 is negative"),
        ({"time": [3, 4], "event": [1]}, "event has 1 rows, time has 2"),
        ({"time": [3, 4], "event": [1, 0], "entry": [3, 0]}, "row 1: entry 3 is not before"),
        ({"time": [3, 4], "event": [1, 0], "weight": [1, -2]}, "row 2: weight -2.0 is negative"),
        ({"time": ["3"], "event": [1]}, "time must be numbers"),
        ({"time": [[3]], "event": [1]}, "time must be one column"),
        ({"time": [3], "event": [1], "arm": [1], "arm_labels": ("A",)}, "arm code 1 has no label"),
        ({"time": [3], "event": [1], "arm_labels": ("A",)}, "without arm codes"),
        ({"time": [3], "event": [1], "arm": [0], "arm_labels": ("A", "A")}, "one label twice"),
    ],
)
def test_impossible_values_are_refused_with_their_row(columns, message):
    with pytest.raises(InvalidData, match=message):
        TimeToEvent(**columns)


def test_refusal_counts_the_other_offending_rows():
    with pytest.raises(InvalidData, match=r"row 1: time -1 is negative \(and 2 more rows\)"):
        TimeToEvent([-1, 3, -2, -3], [1, 1, 1, 1])


def test_columns_are_copied_and_cannot_be_changed():
    time = np.array([1, 2, 3])
    data = TimeToEvent(time, [1, 1, 0])

    time[0] = 99

    assert data.time[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        data.time[0] = 5


def test_control_becomes_code_0_whatever_its_label():
    data = TimeToEvent.of([1, 2, 3], [1, 1, 1], arm=["IMM", "ZZ", "IMM"], control="ZZ")

    assert data.arm_labels == ("ZZ", "IMM")
    assert data.arm.tolist() == [1, 0, 1]


def test_control_that_no_row_carries_is_refused():
    with pytest.raises(InvalidData, match="no row has arm 'X'; found A, B"):
        TimeToEvent.of([1, 2], [1, 1], arm=["A", "B"], control="X")


def test_missing_label_is_refused_with_its_row():
    with pytest.raises(InvalidData, match="stratum is missing in row 2"):
        encode("stratum", ["I", "", "II"])


def test_pair_keeps_two_arms_and_recodes_them():
    data = TimeToEvent.of(
        [1, 2, 3, 4], [1, 1, 0, 1], arm=["A", "B", "C", "C"], source=["r1", "r2", "r3", "r4"]
    )

    pair = data.pair("A", "C")

    assert pair.arm_labels == ("A", "C")
    assert pair.arm.tolist() == [0, 1, 1]
    assert pair.source == ("r1", "r3", "r4")


def test_pair_of_an_unknown_arm_names_the_arms():
    data = TimeToEvent.of([1, 2], [1, 1], arm=["A", "B"])

    with pytest.raises(InvalidData, match="no arm 'Z'; the arms are A, B"):
        data.pair("A", "Z")


def test_cause_makes_every_other_cause_a_censoring():
    data = TimeToEvent([1, 2, 3], [1, 2, 0])

    assert data.cause(2).event.tolist() == [0, 1, 0]
    assert data.any_event().event.tolist() == [1, 1, 0]
    assert data.censoring_as_event().event.tolist() == [0, 0, 1]
    assert data.causes == (1, 2)


def test_empty_data_are_legal_and_say_so():
    empty = TimeToEvent([], [])

    assert repr(empty) == "TimeToEvent(n=0, events=0, unit='day')"


def test_mask_of_the_wrong_kind_is_refused():
    with pytest.raises(InvalidData, match="a mask must be 2 truth values"):
        TimeToEvent([1, 2], [1, 1]).where(np.array([0, 1]))
