"""Files of cases that cannot be used are refused as a whole, each fault named."""

import gzip
import json
import re

import pytest

from adjuvant.core import CaseError
from adjuvant.validation import read_cases

CSV = "time,event,arm\n5,1,a\n8,0,b\n"
CASE = {
    "id": "km",
    "quantity": "kaplan_meier",
    "data": "d.csv",
    "time": "time",
    "event": "event",
    "options": {"ci": "log"},
    "expected": {"groups": []},
    "tolerance": {"relative": 1e-8, "absolute": 1e-12},
}


def write(folder, cases, csv=CSV, **more):
    (folder / "d.csv").write_text(csv, "utf-8")
    path = folder / "cases.json"
    path.write_text(json.dumps({"format": "adjuvant-reference/1", "cases": cases, **more}), "utf-8")
    return path


def but(**changes):
    return {**CASE, **changes}


def without(*names):
    return {name: value for name, value in CASE.items() if name not in names}


def test_valid_file_is_read(tmp_path):
    file = read_cases(write(tmp_path, [CASE]))

    assert [case.id for case in file.cases] == ["km"]
    assert file.table(file.cases[0]).cells("time") == [5, 8]


def test_compressed_file_is_read(tmp_path):
    plain = write(tmp_path, [CASE])
    packed = tmp_path / "cases.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert read_cases(packed).cases == read_cases(plain).cases


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"cases\.json:1:1: not JSON: Expecting value"),
        (b'{"format": "adjuvant-reference/1",\n "cases": [}', r"cases\.json:2:12: not JSON"),
        (b"\xff\xfe{}", "is not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "expected an object with"),
        (b"7", "expected an object with"),
        (b'{"cases": []}', "found None"),
        (b'{"format": "adjuvant-reference/2", "cases": []}', "found 'adjuvant-reference/2'"),
        (b'{"format": "adjuvant-reference/1"}', "at least one case"),
        (b'{"format": "adjuvant-reference/1", "cases": []}', "at least one case"),
        (b'{"format": "adjuvant-reference/1", "cases": {}}', "at least one case"),
        (b'{"format": "adjuvant-reference/1", "cases": [NaN]}', "NaN is not JSON"),
        (b'{"format": "adjuvant-reference/1", "format": "x"}', "names 'format' twice"),
        (b'{"format": ' + b"9" * 5000 + b"}", "not JSON"),
    ],
)
def test_content_that_is_no_file_of_cases_is_refused(tmp_path, content, said):
    path = tmp_path / "cases.json"
    path.write_bytes(content)

    with pytest.raises(CaseError, match=said):
        read_cases(path)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (7, "case number 1"),
        (without("id"), "case number 1: id: field required"),
        (without("quantity"), "case 'km': quantity: field required"),
        (without("expected"), "case 'km': expected: field required"),
        (without("tolerance"), "case 'km': tolerance: field required"),
        (but(id=""), "id: string should have at least 1 character"),
        (but(id=7), "id: input should be a valid string"),
        (but(expected={}), "expected: dictionary should have at least 1 item"),
        (but(tolerance={"relative": -1}), "tolerance.relative: input should be greater"),
        (but(tolerance={"relative": "1e-8"}), "tolerance.relative: input should be a valid number"),
        (but(tolerance={"reltive": 1e-8}), "tolerance.reltive: extra inputs are not permitted"),
        (but(tolerance={"fields": {"p": 1}}), "tolerance.fields.p"),
        (but(by="arm"), "by: input should be a valid list"),
        (but(where=[]), "where: input should be a valid dictionary"),
        (but(options=None), "options: input should be a valid dictionary"),
        (but(covariates=[{"name": "arm"}]), "covariates[0].kind: field required"),
        (but(covariates=[{"name": "arm", "kind": "factor"}]), "covariates[0].kind"),
        (but(covariates=[{"name": "arm", "kind": "categorical"}]), "'arm' lists no levels"),
        (but(interactions=[["arm"]]), "interactions[0]"),
        (but(interactions=[["arm", "x"]]), "interaction names 'x', which is no covariate"),
        (but(time="days"), "d.csv has no column 'days'"),
        (but(by=["armm"]), "d.csv has no column 'armm'"),
        (but(where={"sex": 1}), "d.csv has no column 'sex'"),
        (but(data="e.csv"), "e.csv cannot be read: No such file"),
        (but(data="../d.csv"), "must be the name of a file beside"),
        (but(data="/etc/passwd"), "must be the name of a file beside"),
        (but(data=".."), "must be the name of a file beside"),
    ],
)
def test_case_of_another_shape_is_refused(tmp_path, case, said):
    with pytest.raises(CaseError, match=re.escape(said)):
        read_cases(write(tmp_path, [case]))


def test_all_faults_come_in_one_run(tmp_path):
    with pytest.raises(CaseError) as refused:
        read_cases(write(tmp_path, [but(time="days"), without("id"), but(id="b", event="died")]))

    assert [fault.code for fault in refused.value.findings] == ["R001", "R007", "R007"]


def test_id_twice_is_refused(tmp_path):
    with pytest.raises(CaseError, match="id 'km' occurs twice"):
        read_cases(write(tmp_path, [CASE, CASE]))


def test_many_faults_are_cut_and_counted(tmp_path):
    with pytest.raises(CaseError, match="30 faults; the first 20 are shown") as refused:
        read_cases(write(tmp_path, [but(id=str(n), time="days") for n in range(30)]))

    assert len(refused.value.findings) == 20


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("", "d.csv is empty"),
        ("time,time,event\n1,1,1\n", "names column 'time' twice"),
        ("time,event\n1,1\n2\n", "d.csv:3: 1 fields; the header has 2"),
        ('time,event\n"1,1\n', "is not a CSV file"),
    ],
)
def test_broken_data_are_refused(tmp_path, csv, said):
    with pytest.raises(CaseError, match=re.escape(said)):
        read_cases(write(tmp_path, [CASE], csv=csv))


@pytest.mark.parametrize("name", ["missing.json", ".", "missing.json.gz"])
def test_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(CaseError, match="cannot be read"):
        read_cases(tmp_path / name)


def test_file_that_claims_to_be_compressed_is_refused(tmp_path):
    path = tmp_path / "cases.json.gz"
    path.write_bytes(b"{}")

    with pytest.raises(CaseError, match="cannot be read: Not a gzipped file"):
        read_cases(path)
