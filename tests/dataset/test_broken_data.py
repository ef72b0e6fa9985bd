"""Broken data: every fault with its exact place, all in one run."""

import re
from pathlib import Path

import pytest
from dataset_trials import (
    COLUMNS,
    DATES,
    DAY_COLUMNS,
    DAYS,
    GOOD,
    built,
    faults,
    protocol,
    refusal,
    warned,
)

import adjuvant.dataset
from adjuvant.core import DataError
from adjuvant.dataset import CODES, check_data
from adjuvant.dataset.read_csv import csv_table
from adjuvant.protocol import CensoringMapping, EventMapping

TWO = "2,IMM,2020-01-01,,,2020-10-27,2021-01-01\n"


def dated(line: str) -> str:
    return COLUMNS + line + "\n" + TWO


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # the person
        (",CTL,2020-01-01,,,2020-02-01,2020-02-01", [("D021", "trial.csv:2:1")]),
        ("2,CTL,2020-01-01,,,2020-02-01,2020-02-01", [("D022", "trial.csv:3:1")]),
        ("1,,2020-01-01,,,2020-02-01,2020-02-01", [("D023", "trial.csv:2:2")]),
        ("1,CTR,2020-01-01,,,2020-02-01,2020-02-01", [("D024", "trial.csv:2:2")]),
        # dates
        ("1,CTL,,,,2020-02-01,2020-02-01", [("D052", "trial.csv:2:3")]),
        ("1,CTL,2020-02-30,,,2020-02-01,2020-02-01", [("D028", "trial.csv:2:3")]),
        ("1,CTL,2020-01,,,2020-02-01,2020-02-01", [("D029", "trial.csv:2:3")]),
        ("1,CTL,2020-01-01,2021-02-29,,2020-02-01,2021-03-01", [("D028", "trial.csv:2:4")]),
        ("1,CTL,2020-01-01,03/04/2020,,2020-02-01,2021-03-01", [("D028", "trial.csv:2:4")]),
        ("1,CTL,2020-01-01,20200403,,2020-02-01,2021-03-01", [("D028", "trial.csv:2:4")]),
        ("1,CTL,2020-01-01,yes,,2020-02-01,2021-03-01", [("D028", "trial.csv:2:4")]),
        ("1,CTL,2020-01-01,2020-03,,2020-02-01,2021-03-01", [("D029", "trial.csv:2:4")]),
        ("1,CTL,2020-01-01,,,2020-13-01,2021-03-01", [("D028", "trial.csv:2:6")]),
        # life after death
        (
            "1,CTL,2020-01-01,2020-06-01,2020-05-01,2020-02-01,2020-05-01",
            [("D043", "trial.csv:2:4")],
        ),
        ("1,CTL,2020-01-01,,2020-05-01,2020-05-02,2020-05-01", [("D043", "trial.csv:2:6")]),
        ("1,CTL,2020-01-01,,2020-05-01,2020-02-01,2020-05-02", [("D043", "trial.csv:2:7")]),
        # before the beginning
        ("1,CTL,2020-01-01,2019-12-31,,2019-12-31,2020-05-02", [("D045", "trial.csv:2:4")]),
        ("1,CTL,2020-01-01,,2019-12-31,,2019-12-31", [("D045", "trial.csv:2:5")]),
        # several at once, each in its place
        (
            "1,CTX,2020-02-30,2020-06-01,2020-05-01,2020-02-01,oops",
            [
                ("D024", "trial.csv:2:2"),
                ("D028", "trial.csv:2:3"),
                ("D043", "trial.csv:2:4"),
                ("D028", "trial.csv:2:7"),
            ],
        ),
    ],
)
def test_fault_among_dates_has_its_number_and_place(line, expected):
    assert faults(dated(line)) == expected


DAY_TWO = "2,IMM,20,0,30,0\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1,CTL,-3,0,30,0", [("D040", "trial.csv:2:3")]),
        ("1,CTL,-3,1,30,0", [("D045", "trial.csv:2:3")]),
        ("1,CTL,,0,30,0", [("D041", "trial.csv:2:3")]),
        ("1,CTL,,1,30,0", [("D041", "trial.csv:2:3")]),
        ("1,CTL,20,0,,1", [("D041", "trial.csv:2:5")]),
        ("1,CTL,twenty,0,30,0", [("D027", "trial.csv:2:3")]),
        ('1,CTL,"20,5",0,30,0', [("D027", "trial.csv:2:3")]),
        ("1,CTL,1e400,0,30,0", [("D027", "trial.csv:2:3")]),
        ("1,CTL,inf,0,30,0", [("D027", "trial.csv:2:3")]),
        ("1,CTL,20,2,30,0", [("D026", "trial.csv:2:4")]),
        ("1,CTL,20,,30,0", [("D026", "trial.csv:2:4")]),
        ("1,CTL,20,0,30,dead", [("D026", "trial.csv:2:6")]),
        ("1,CTL,40,1,30,1", [("D043", "trial.csv:2:3")]),
        ("1,CTL,40,0,30,1", [("D043", "trial.csv:2:3")]),
    ],
)
def test_fault_among_days_has_its_number_and_place(line, expected):
    assert faults(DAY_COLUMNS + line + "\n" + DAY_TWO, DAYS) == expected


def test_all_faults_of_many_rows_come_in_one_run():
    lines = [f"{i},XXX,{-i},0,{i},7" for i in range(1, 51)]

    found = faults(DAY_COLUMNS + "\n".join(lines) + "\n", DAYS)

    assert len(found) == 150
    assert found[0] == ("D024", "trial.csv:2:2")
    assert found[-1] == ("D026", "trial.csv:51:6")


def test_message_names_subject_column_value_and_remedy():
    text = str(refusal(dated("17,CTR,2020-01-01,,,2020-02-01,2020-02-01")))

    assert text.startswith("trial.csv cannot be used: 1 error\n")
    assert "trial.csv:2:2: error D024: subject 17: arm: 'CTR' is not an arm of the protocol" in text
    assert "hint: did you mean 'CTL'?" in text


def test_event_after_death_says_both_dates():
    text = str(refusal(dated("1,CTL,2020-01-01,2020-06-01,2020-05-01,2020-02-01,2020-05-01")))

    assert "subject 1: recurrence on 2020-06-01 is after death on 2020-05-01" in text


def test_date_and_indicator_that_contradict_each_other_are_refused():
    text = DATES.replace("death: {date: died}", "death: {date: died, happened: dead}")
    csv = "id,arm,randomised,recurred,died,scanned,seen,dead\n" + (
        "1,CTL,2020-01-01,,2020-05-01,2020-02-01,2020-05-01,no\n"
        "2,IMM,2020-01-01,,,2020-02-01,2020-05-01,yes\n"
    )

    assert faults(csv, text) == [("D042", "trial.csv:2:5"), ("D041", "trial.csv:3:5")]


def test_unknown_column_is_named_with_the_one_that_was_meant():
    found = refusal(GOOD, DATES.replace("date: died", "date: dyed"))

    (fault,) = [f for f in found.findings if f.severity == "error"]
    assert fault.code == "D020"
    assert fault.message == "no column 'dyed', which the protocol names at data.event.death"
    assert fault.hint == "did you mean 'died'?"


def test_event_after_last_contact_is_a_warning():
    snapshot = built(dated("1,CTL,2020-01-01,2020-06-01,,2020-02-01,2020-05-01"))

    assert warned(snapshot) == [("D044", "trial.csv:2:4")]


def test_recurrence_on_the_day_of_death_is_legal():
    snapshot = built(dated("1,CTL,2020-01-01,2020-06-01,2020-06-01,2020-06-01,2020-06-01"))

    assert warned(snapshot) == []


def test_event_on_the_day_of_randomisation_is_legal():
    snapshot = built(dated("1,CTL,2020-01-01,2020-01-01,2020-01-01,2020-01-01,2020-01-01"))

    assert warned(snapshot) == []


def test_partial_date_follows_the_protocols_rule_and_is_told():
    text = "time: {partial_date: middle}\n"
    snapshot = built(dated("1,CTL,2020-01-01,2020-06,,2020-02-01,2020-07-01"), more=text)

    assert warned(snapshot) == [("D030", "trial.csv:2:4")]
    assert snapshot.subjects.columns["event.recurrence.date"][0] == "2020-06-15"
    assert snapshot.subjects.columns["event.recurrence.imputed"][0] == "D"


def test_imputed_date_after_death_says_that_it_was_imputed():
    line = "1,CTL,2020-01-01,2020-06,2020-06-10,2020-02-01,2020-06-10"
    found = refusal(dated(line), more="time: {partial_date: middle}\n")

    assert "recurrence on 2020-06-15 (day imputed) is after death on 2020-06-10" in str(found)


def test_arm_without_a_subject_is_a_warning():
    snapshot = built(COLUMNS + "1,CTL,2020-01-01,,,2020-02-01,2020-02-01\n")

    assert warned(snapshot) == [("D025", "trial.csv:2:2")]


def many(reversed_coding: bool) -> str:
    """Sixty patients: 40 events early, 20 followed to the end."""
    yes, no = (0, 1) if reversed_coding else (1, 0)
    lines = [f"{i},{'CTL' if i % 2 else 'IMM'},{10 + i},{yes},{10 + i},{yes}" for i in range(40)]
    lines += [f"{i},{'CTL' if i % 2 else 'IMM'},{90 + i},{no},{90 + i},{no}" for i in range(40, 60)]
    return DAY_COLUMNS + "\n".join(lines) + "\n"


def test_indicator_coded_the_wrong_way_round_is_refused_with_its_numbers():
    found = refusal(many(reversed_coding=True), DAYS)

    assert [(f.code, str(f.place)) for f in found.findings] == [
        ("D050", "trial.csv:1:4"),
        ("D050", "trial.csv:1:6"),
    ]
    assert "rec: 1 = event in 20 of 60; reversed?" in found.findings[0].message
    assert "`coding: confirmed` in the protocol, or --coding-confirmed" in found.findings[0].hint


def test_indicator_that_was_looked_at_and_confirmed_is_used():
    confirmed = DAYS.replace("happened:", "coding: confirmed, happened:")
    assert confirmed != DAYS

    snapshot = built(many(reversed_coding=True), confirmed)

    assert warned(snapshot) == []


def test_indicator_coded_rightly_is_not_warned_about():
    assert warned(built(many(reversed_coding=False), DAYS)) == []


def test_time_of_more_than_a_century_is_a_warning():
    snapshot = built(DAY_COLUMNS + "1,CTL,40000,0,40000,0\n2,IMM,10,0,20,0\n", DAYS)

    assert {code for code, _ in warned(snapshot)} == {"D055"}


def test_synthetic_rows_are_refused_where_real_ones_are_declared():
    csv = GOOD.replace("seen\n", "seen,mark\n").replace("07-19\n", "07-19,SYNTHETIC\n")
    csv = csv.replace("2021-01-01\n", "2021-01-01,\n")

    assert faults(csv) == [("D033", "trial.csv:2:8")]


def test_real_rows_among_synthetic_ones_are_refused():
    csv = GOOD.replace("seen\n", "seen,mark\n").replace("07-19\n", "07-19,SYNTHETIC\n")
    csv = csv.replace("2021-01-01\n", "2021-01-01,\n")

    assert faults(csv, DATES + "  kind: SYNTHETIC\n") == [("D033", "trial.csv:3:8")]


def test_na_is_read_as_missing_and_counted():
    snapshot = built(DAY_COLUMNS.strip() + ",age\n1,CTL,5,0,9,0,NA\n2,IMM,5,0,9,0,61\n", DAYS + AGE)

    (found,) = snapshot.findings
    assert (found.code, str(found.place)) == ("D031", "trial.csv:2:7")
    assert found.message == "age: 'NA' and the like were read as missing in 1 row"


AGE = "  variables:\n    age: {column: age, label: Age, type: number}\n"
SEX = (
    "  variables:\n    sex: {column: sex, label: Sex, type: choice, values: {0: female, 1: male}}\n"
)


def test_baseline_value_that_is_no_number_is_refused():
    csv = DAY_COLUMNS.strip() + ",age\n1,CTL,5,0,9,0,old\n2,IMM,5,0,9,0,61\n"

    assert faults(csv, DAYS + AGE) == [("D027", "trial.csv:2:7")]


def test_baseline_value_outside_its_levels_is_refused():
    csv = DAY_COLUMNS.strip() + ",sex\n1,CTL,5,0,9,0,2\n2,IMM,5,0,9,0,1.0\n"

    assert faults(csv, DAYS + SEX) == [("D032", "trial.csv:2:7")]


STRATA = """\
randomisation:
  allocation: {CTL: 1, IMM: 1}
  method: permuted_blocks
  strata: [{id: stage, label: Stage, source: stage, levels: [I, II]}]
"""
STAGE = "  variables:\n    stage: {column: stage, label: Stage, type: choice, levels: [I, II]}\n"
STRATIFIED = "  - {id: S1, type: log_rank, endpoint: OS, set: ITT, strata: as_randomised}\n"


def test_missing_stratification_factor_is_refused_where_an_analysis_is_stratified():
    csv = DAY_COLUMNS.strip() + ",stage\n1,CTL,5,0,9,0,\n2,IMM,5,0,9,0,II\n"

    found = refusal(csv, DAYS + STAGE, more=STRATIFIED + STRATA)

    assert [f.code for f in found.findings if f.severity == "error"] == ["D053"]


def remapped(**changes):
    """Return the protocol of the dates with another mapping, past the checks of its file."""
    trial = protocol(DATES).protocol
    return trial.model_copy(update={"data": trial.data.model_copy(update=changes)})


def messages(trial, csv=GOOD):
    _, found = check_data(csv_table(csv.encode(), "trial.csv"), trial)
    return {f.message for f in found if f.code in ("D034", "D036")}


def test_endpoint_whose_end_of_follow_up_is_not_mapped_is_refused():
    trial = remapped(censoring={"last_skan": CensoringMapping(date="scanned")})

    assert messages(trial) == {
        "endpoint TTR is censored at 'last_scan', which the data do not have as `date`",
        "endpoint RFS is censored at 'last_scan', which the data do not have as `date`",
        "endpoint OS is censored at 'last_seen', which the data do not have as `date`",
    }


def test_days_where_the_origin_is_a_date_are_refused():
    trial = remapped(
        events={"recurrence": EventMapping(date="recurred"), "death": EventMapping(days="days")}
    )
    csv = COLUMNS.strip() + ",days\n1,CTL,2020-01-01,,,2020-02-01,2020-03-01,\n"

    assert (
        "endpoint OS counts from randomisation, which is a date, and event 'death' has no `date`"
    ) in messages(trial, csv)


def test_event_that_is_not_mapped_is_refused():
    trial = remapped(events={"recurrence": EventMapping(date="recurred")})

    assert "endpoint OS reads the event 'death', which the data do not have" in messages(trial)


def test_mapping_without_a_column_is_refused():
    trial = remapped(events={"recurrence": EventMapping(), "death": EventMapping(date="died")})

    assert "the mapping of event 'recurrence' names no column" in messages(trial)


def test_origin_that_is_not_mapped_is_refused():
    trial = remapped(origin={"surgery": "randomised"})

    assert any(
        "counts from 'randomisation', and data.origin does not" in m for m in messages(trial)
    )


def test_dates_in_a_unit_other_than_days_are_refused():
    found = refusal(GOOD, DATES + "  unit: month\n")

    assert "D034" in {f.code for f in found.findings}


def test_endpoint_that_no_analysis_uses_is_only_warned_about():
    trial = remapped()
    spare = trial.endpoint("OS").model_copy(update={"id": "PFS", "censor_at": "last_progress"})
    trial = trial.model_copy(update={"endpoints": (*trial.endpoints, spare)})

    _, found = check_data(csv_table(GOOD.encode(), "trial.csv"), trial)

    assert [(f.code, f.severity) for f in found] == [("D036", "warning")]


@pytest.mark.parametrize(
    ("content", "code", "place", "words"),
    [
        (b"", "D001", "trial.csv", "empty"),
        (b"\xef\xbb\xbf", "D001", "trial.csv", "empty"),
        (b"\n\n", "D001", "trial.csv", "empty"),
        (b"id,arm\n", "D001", "trial.csv:1", "no row below it"),
        (b"id;arm\n1;CTL\n", "D003", "trial.csv:1", "looks like ; separated"),
        (b"id\tarm\n1\tCTL\n", "D003", "trial.csv:1", "looks like tab separated"),
        (b"id,arm,id\n1,CTL,2\n", "D004", "trial.csv:1:3", "stands twice, as number 1 and 3"),
        (b"id,,arm\n1,2,CTL\n", "D005", "trial.csv:1:2", "has no name"),
        (b"id,arm\n1,CTL,9\n2,IMM\n", "D006", "trial.csv:2:3", "3 fields where the header has 2"),
        (b"id,arm\n1,CTL\n2\n", "D006", "trial.csv:3:1", "1 fields where the header has 2"),
        (b'id,arm\n1,"CTL\n2,IMM\n', "D007", "trial.csv:2", "never closed"),
        (b'id,arm\n1,"C"TL\n', "D007", "trial.csv:2", "follows a closing quote"),
        (b"id,arm\n1,G\xfcnther\n", "D002", "trial.csv:2:2", "'Günther'"),
        (b"PK\x03\x04abc", "D008", "trial.csv", "Excel"),
        (b"\xff\xfei\x00d\x00", "D008", "trial.csv", "UTF-16"),
        (b"id,arm\n1,\x00\n", "D008", "trial.csv:2", "NUL"),
        (b'{"a": 1}', "D008", "trial.csv", "JSON"),
    ],
)
def test_fault_of_the_file_has_its_number_and_place(content, code, place, words):
    with pytest.raises(DataError) as caught:
        csv_table(content, "trial.csv")

    found = caught.value.findings[0]
    assert (found.code, str(found.place)) == (code, place)
    assert words in found.message


def test_faults_of_several_rows_and_the_header_come_together():
    with pytest.raises(DataError) as caught:
        csv_table(b"id,arm,arm\n1,CTL\n2,IMM,x,y\n3,IMM,x\n", "trial.csv")

    assert [(f.code, str(f.place)) for f in caught.value.findings] == [
        ("D004", "trial.csv:1:3"),
        ("D006", "trial.csv:2:2"),
        ("D006", "trial.csv:3:4"),
    ]


def test_lines_stay_physical_below_a_field_with_line_breaks():
    csv = dated('1,"CTR\nx",2020-01-01,,,2020-02-01,2020-02-01').replace("2,IMM", "2,IMX")

    assert faults(csv) == [("D024", "trial.csv:2:2"), ("D024", "trial.csv:4:2")]


def test_empty_line_between_rows_is_told_and_not_read():
    table = csv_table(b"id,arm\n1,CTL\n,\n\n2,IMM\n", "trial.csv")

    assert table.lines == (2, 5)
    assert [(f.code, str(f.place)) for f in table.findings] == [
        ("D009", "trial.csv:3"),
        ("D009", "trial.csv:4"),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_bom_and_any_line_ending_are_read(newline):
    text = "\ufeffid,arm\n1,CTL\n2,IMM\n".replace("\n", newline)

    table = csv_table(text.encode("utf-8"), "trial.csv")

    assert table.columns == {"id": ("1", "2"), "arm": ("CTL", "IMM")}
    assert table.lines == (2, 3)


def test_every_number_used_in_the_room_is_documented_and_every_documented_one_is_used():
    folder = Path(adjuvant.dataset.__file__).parent
    texts = [p.read_text("utf-8") for p in folder.glob("*.py") if p.name != "codes.py"]
    used = set(re.findall(r"\"(D\d{3})\"", "\n".join(texts)))

    assert used <= set(CODES), "a finding without an entry in the table of codes"
    assert set(CODES) <= used, "a number that nothing reports"


def test_every_documented_number_has_a_title_and_a_reason():
    assert all(c.title and c.explanation.endswith(".") for c in CODES.values())
