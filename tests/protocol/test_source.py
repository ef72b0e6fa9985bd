"""Bytes that are no protocol are refused with a place, never with a traceback."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adjuvant.studies
from adjuvant.core import ProtocolError
from adjuvant.protocol import (
    CODES,
    as_html,
    blank_forms,
    check_protocol,
    check_text,
    read_protocol,
    read_protocol_text,
)
from adjuvant.protocol.check import check_bytes
from adjuvant.protocol.explain import explain
from adjuvant.protocol.source import MAX_BYTES, Source

BASE = (Path(__file__).parent / "base.yaml").read_bytes()
STUDIES = Path(adjuvant.studies.__path__[0])
CELLS = (STUDIES / "templates" / "adjuvant-cell-therapy" / "protocol.yaml").read_bytes()


def places(text: str | bytes) -> list[str]:
    found = check_text(text) if isinstance(text, str) else check_bytes(text, "a.yaml")
    return [f"{f.place.line}:{f.place.column} {f.code}" for f in found]


def test_a_byte_that_is_not_utf8_is_named_with_its_place():
    assert places(b"format: adjuvant/1\ntrial: {title: caf\xe9}\n") == ["2:19 P001"]


def test_a_hundred_thousand_brackets_are_refused_and_do_not_crash():
    assert places("a: " + "[" * 100_000) == ["1:104 P005"]
    assert places("a: " + "{b: " * 100_000)[0].endswith("P005")


def test_a_file_beyond_the_limit_is_not_parsed():
    assert places("a" * (MAX_BYTES + 1)) == ["P004"] or places("a" * (MAX_BYTES + 1)) == [
        "0:0 P004"
    ]


def test_an_alias_that_repeats_itself_is_refused():
    assert "1:4 P009" in places("a: &x [*x]")


def test_a_byte_order_mark_and_windows_line_ends_change_nothing():
    windows = b"\xef\xbb\xbf" + BASE.replace(b"\n", b"\r\n")

    assert places(windows) == []


def test_two_broken_parts_are_both_reported_and_the_rest_is_read():
    text = "format: adjuvant/1\ntrial: {id: A\narms: [}\nendpoints:\n  - {id: OS, levl: primary}\n"

    found = places(text)

    assert [p for p in found if p.endswith("P006")] == ["2:8 P006", "3:8 P006"]
    assert "5:14 P011" in found


def test_a_file_that_does_not_exist_is_a_refusal_with_its_name(tmp_path):
    with pytest.raises(ProtocolError, match=r"none\.yaml cannot be opened"):
        check_protocol(tmp_path / "none.yaml")
    with pytest.raises(ProtocolError, match="cannot be opened"):
        read_protocol(tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "~", "- a\n- b\n", "word", "12", "---\n"])
def test_a_file_that_is_no_mapping_of_parts_says_how_to_begin(text):
    found = check_text(text)

    assert {f.code for f in found} <= {"P010", "P013"}
    assert "adjuvant/1" in found[0].hint or found[0].code == "P013"


@pytest.mark.property
@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_ever_give_anything_but_findings(content):
    found = check_bytes(content, "fuzz.yaml")

    assert found
    assert all(f.code in CODES for f in found)


@pytest.mark.property
@given(st.text(alphabet="abc:-[]{}#&*!|>'\"%@`,? \n\t~", max_size=80))
@settings(max_examples=100, deadline=None)
def test_no_punctuation_ever_gives_anything_but_findings(text):
    assert check_text(text)


@pytest.mark.property
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_mutated_protocol_gives_findings_inside_the_file(data):
    content = bytearray(data.draw(st.sampled_from([BASE, CELLS])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        cut = data.draw(st.integers(0, 12))
        content[at : at + cut] = data.draw(st.binary(max_size=6))

    found = check_bytes(bytes(content), "fuzz.yaml")

    lines = len(Source.from_bytes(bytes(content), "x").lines)
    assert all(0 <= f.place.line <= lines + 1 for f in found)


VALUES = [
    "~",
    "''",
    "0",
    "-1",
    "99999999999999999999",
    "1e308",
    "-1e308",
    "x",
    "[]",
    "{}",
    "true",
    "a b",
    "[x]",
    "{a: b}",
    "0.5",
    "IMM",
    "all\n",
    "death",
    "14 d",
    "-3 y",
    "0 d",
    "99999999 y",
    "1 h",
    "1992-12",
    "0001",
    "'1 + x'",
    "a and",
    "\"x == 'y'\"",
    "randomise",
]


@pytest.mark.property
@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_protocol_with_any_values_exchanged_gives_findings_and_no_traceback(data):
    """Values that are lawful by themselves must not surprise a rule, nor the explanation."""
    text = data.draw(st.sampled_from([BASE, CELLS])).decode("utf-8")
    rows = text.split("\n")
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(1, len(rows) - 1))
        places = [hit.span(1) for hit in re.finditer(r": ([^,{}\[\]]+)(?=[,}]|$)", rows[at])]
        if places:
            begin, end = data.draw(st.sampled_from(places))
            rows[at] = rows[at][:begin] + data.draw(st.sampled_from(VALUES)) + rows[at][end:]

    try:
        read = read_protocol_text("\n".join(rows))
    except ProtocolError:
        return
    assert "<h1>" in as_html(explain(read))
    assert "<h1>" in as_html(blank_forms(read.protocol))
