"""Tables from Dataset-JSON, SAS transport files and data frames."""

import json
import math
import sys

import jsonschema
import pandas
import pytest
from dataset_trials import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.core import DataError, EnvironmentProblem, InvalidData
from adjuvant.dataset import Table, dataset_json_text, read_table, table_from_frame
from adjuvant.dataset.dataset_json import dataset_json_table

SCHEMAS = SHARED / "standards" / "dataset-json-1.1"
TABLE = Table(
    "t.json",
    {
        "USUBJID": ("01-701-1015", 'Ünal, "x"\n', None),
        "AVAL": (2, 0, None),
        "MONTHS": (2.5, 3, 0.1 + 0.2),
        "ADT": ("2014-01-03", None, "2014-02-01"),
    },
    (1, 2, 3),
    types={"ADT": "date"},
)


def schema(name):
    path = SCHEMAS / name
    if not path.exists():
        pytest.skip("the JSON Schemas of Dataset-JSON lie beside the repository and are absent")
    content = path.read_bytes()
    utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return json.loads(content.decode("utf-16" if utf16 else "utf-8-sig"))


def test_writers_json_validates_against_the_schema_of_the_standard():
    text = dataset_json_text(TABLE, name="SUBJECTS", keys=["USUBJID"])

    jsonschema.Draft201909Validator(schema("dataset.schema.json")).validate(json.loads(text))


def test_writers_ndjson_validates_against_the_schema_of_the_standard():
    first, *rows = dataset_json_text(TABLE, name="SUBJECTS", ndjson=True).splitlines()

    whole = schema("dataset-ndjson-schema.json")
    part = {"$defs": whole["$defs"], "$ref": "#/$defs/DatasetMetadata"}
    jsonschema.Draft201909Validator(part).validate(json.loads(first))
    jsonschema.Draft201909Validator({"$defs": whole["$defs"], "$ref": "#/$defs/RowData"}).validate(
        {"rows": [json.loads(row) for row in rows]}
    )


@pytest.mark.parametrize("ndjson", [False, True])
def test_what_is_written_reads_back_equal_to_the_bit(ndjson):
    text = dataset_json_text(TABLE, name="SUBJECTS", ndjson=ndjson)

    back = dataset_json_table(text.encode(), "t.json", ndjson=ndjson)

    assert back.columns == TABLE.columns
    assert [type(c) for c in back.columns["MONTHS"]] == [float, int, float]
    assert back.types["ADT"] == "date"


CELLS = {
    "text": st.none() | st.text(st.characters(codec="utf-8"), min_size=1),
    "whole": st.none() | st.integers(-(2**62), 2**62),
    "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
}


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(CELLS["text"], CELLS["whole"], CELLS["number"]), min_size=1, max_size=8),
    st.booleans(),
)
def test_any_table_survives_the_round_trip(rows, ndjson):
    columns = dict(zip(("a", "b", "c"), zip(*rows, strict=True), strict=True))
    table = Table("t", columns, tuple(range(1, len(rows) + 1)))

    text = dataset_json_text(table, name="T", ndjson=ndjson)

    assert dataset_json_table(text.encode(), "t", ndjson=ndjson).columns == columns


def test_number_that_is_not_finite_is_not_written():
    with pytest.raises(InvalidData, match="not finite"):
        dataset_json_text(Table("t", {"a": (math.inf,)}, (1,)), name="T")


def json_with(**changes):
    whole = json.loads(dataset_json_text(TABLE, name="T"))
    whole.update(changes)
    return json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


COLUMN = {"itemOID": "IT.A", "name": "A", "label": "A", "dataType": "integer"}


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "D001", "empty"),
        (b"{", "D008", "not JSON"),
        (b"[1, 2]", "D010", "does not begin with an object"),
        (b'{"a": 1, "a": 2}', "D008", "key 'a' stands twice"),
        (b"[" * 100_000, "D008", "not JSON"),
        (b'{"a": NaN}', "D008", "NaN"),
        (b'{"clinicalData": {}}', "D010", "1.0"),
        (json_with(columns=None), "D010", "'columns' is missing"),
        (json_with(datasetJSONVersion="2.0"), "D010", "only 1.1"),
        (json_with(records="3"), "D010", "not a number of rows"),
        (json_with(records=4), "D012", "3 rows where `records` says 4"),
        (json_with(columns=[COLUMN, COLUMN], rows=[[1, 2]], records=1), "D004", "twice"),
        (json_with(columns=[{"name": "A"}], rows=[[1]], records=1), "D010", "lacks itemOID"),
        (json_with(columns=[COLUMN], rows=[["x"]], records=1), "D011", "A is 'x', not integer"),
        (json_with(columns=[COLUMN], rows=[[True]], records=1), "D011", "not integer"),
        (json_with(columns=[COLUMN], rows=[[1.5]], records=1), "D011", "not integer"),
        (json_with(columns=[COLUMN], rows=[[1, 2]], records=1), "D006", "2 values where 1"),
        (json_with(columns=[COLUMN], rows=[7], records=1), "D006", "a int where 1"),
        (json_with(rows=[], records=0), "D001", "no row"),
    ],
)
def test_fault_of_a_dataset_json_file_is_numbered(content, code, words):
    with pytest.raises(DataError) as caught:
        dataset_json_table(content, "t.json")

    assert code in {f.code for f in caught.value.findings}
    assert any(words in f.message for f in caught.value.findings)


def test_faulty_cell_of_ndjson_is_named_by_its_line():
    text = dataset_json_text(Table("t", {"A": (1, 2)}, (1, 2)), name="T", ndjson=True)
    with pytest.raises(DataError) as caught:
        dataset_json_table(text.replace("[2]", '["2"]').encode(), "t.ndjson", ndjson=True)

    assert str(caught.value.findings[0].place) == "t.ndjson:3:1"


# SAS transport files


@pytest.fixture
def transport(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    frame = pandas.DataFrame(
        {
            "USUBJID": ["a", "b", ""],
            "AVAL": [0.0, 1.5, None],
            "CNSR": [0.0, 1.0, 2.0],
            "ADT": [pandas.Timestamp("2020-01-02").date(), None, None],
        }
    )
    path = tmp_path / "adtte.xpt"
    pyreadstat.write_xport(
        frame, path, table_name="ADTTE", file_format_version=5, variable_format={"ADT": "DATE9."}
    )
    return path


def test_zeros_of_a_transport_file_are_zeros(transport):
    table = read_table(transport)

    assert table.columns["CNSR"] == (0, 1, 2)
    assert table.columns["AVAL"] == (0.0, 1.5, None)


def test_dates_and_blanks_of_a_transport_file_are_iso_text_and_missing(transport):
    table = read_table(transport)

    assert table.columns["ADT"] == ("2020-01-02", None, None)
    assert table.columns["USUBJID"] == ("a", "b", None)
    assert table.source(1) == "adtte.xpt:2"


def test_damaged_transport_file_is_refused(tmp_path):
    pytest.importorskip("pyreadstat")
    path = tmp_path / "bad.xpt"
    path.write_bytes(b"hello")

    with pytest.raises(DataError, match="not a SAS transport file"):
        read_table(path)


def test_without_pyreadstat_the_message_names_the_extra(transport, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)

    with pytest.raises(EnvironmentProblem, match=r'pip install "adjuvant\[sas\]"'):
        read_table(transport)


# data frames


def test_data_frame_gives_the_cells_of_its_columns():
    frame = pandas.DataFrame(
        {
            "id": ["a", None, "c"],
            "days": pandas.array([1, None, 3], dtype="Int64"),
            "months": [0.5, float("nan"), 2.0],
            "on": pandas.to_datetime(["2020-01-02", None, "2020-01-03"]),
            "dead": [True, False, True],
        }
    )

    table = table_from_frame(frame, "frame")

    assert table.columns == {
        "id": ("a", None, "c"),
        "days": (1, None, 3),
        "months": (0.5, None, 2.0),
        "on": ("2020-01-02", None, "2020-01-03"),
        "dead": ("true", "false", "true"),
    }
    assert table.lines == (1, 2, 3)


def test_data_frame_with_a_column_twice_is_refused():
    frame = pandas.DataFrame([[1, 2]], columns=["id", "id"])

    with pytest.raises(DataError, match="'id' stands twice"):
        table_from_frame(frame)


def test_thing_that_is_no_data_frame_is_refused():
    with pytest.raises(InvalidData, match="give a pandas, polars or pyarrow table"):
        table_from_frame([1, 2, 3])


@pytest.mark.parametrize("name", ["trial.docx", "trial", "nothing.csv"])
def test_file_that_cannot_be_read_is_refused(name):
    with pytest.raises(DataError, match="cannot be read"):
        read_table(name)


def test_folder_is_not_a_table(tmp_path):
    (tmp_path / "x.csv").mkdir()

    with pytest.raises(DataError, match="a folder"):
        read_table(tmp_path / "x.csv")
