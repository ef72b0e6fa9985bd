"""Case report forms come out of the protocol, for the drawer and for the reviewer."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import adjuvant.studies
from adjuvant.cli.forms import forms
from adjuvant.core import InvalidInput
from adjuvant.protocol import annotated_forms, as_text, as_typst, blank_forms, read_protocol
from adjuvant.protocol.document import Document

STUDIES = Path(adjuvant.studies.__path__[0])
CELLS = STUDIES / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
PROTOCOL = read_protocol(CELLS).protocol


def test_the_blank_forms_ask_every_item_once():
    text = as_text(blank_forms(PROTOCOL))

    for form in PROTOCOL.forms:
        assert form.label.upper() in text
    assert text.count("Consent signed by patient") == 1
    assert "☐ no recurrence" in text
    assert "When the network is down".upper() in text


def test_a_condition_is_said_in_the_words_of_the_form():
    text = " ".join(as_text(blank_forms(PROTOCOL)).split())

    assert 'only if "Finding" is recurrence' in text
    assert "finding ==" not in text


def test_the_annotated_forms_name_item_limit_and_cdisc_variable():
    text = as_text(annotated_forms(PROTOCOL))

    row = next(line for line in text.split("\n") if line.startswith("haemoglobin "))
    assert "number in g/dL" in row
    assert "LB.LBORRES" in row


@pytest.mark.journey
def test_forms_are_written_as_html_and_as_the_same_pdf_twice(tmp_path):
    pytest.importorskip("typst")

    first = CliRunner().invoke(forms, [str(CELLS), "--out", str(tmp_path / "a"), "--json"])
    CliRunner().invoke(forms, [str(CELLS), "--out", str(tmp_path / "b")])

    written = [Path(path) for path in json.loads(first.stdout)["files"]]
    assert [path.name for path in written] == ["forms-blank.html", "forms-blank.pdf"]
    content = written[1].read_bytes()
    assert content.startswith(b"%PDF")
    assert content == (tmp_path / "b" / "forms-blank.pdf").read_bytes()


def test_a_protocol_without_forms_says_what_to_add(tmp_path):
    ended = CliRunner().invoke(forms, ["moertel1990", "--out", str(tmp_path / "a")])

    assert isinstance(ended.exception, InvalidInput)
    assert not (tmp_path / "a").exists()


def test_no_sign_of_a_protocol_acts_in_the_pdf_language():
    document = Document('#import "x" \\ "', "$x$ #panic()")
    document.section("#s", "s").say('"); #panic("')

    text = as_typst(document)

    assert '#par("\\"); #panic(\\"")' in text
    assert '#strong("#import \\"x\\" \\\\ \\"")' in text
