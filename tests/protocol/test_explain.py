"""What an ethics board, an editor and an amendment get from the file."""

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

import adjuvant.studies
from adjuvant.cli.confirm import confirm
from adjuvant.cli.diff import diff
from adjuvant.cli.explain import explain
from adjuvant.cli.schema import schema
from adjuvant.core import InvalidInput
from adjuvant.protocol import (
    as_html,
    as_text,
    confirmed_text,
    json_schema,
    protocol_diff,
    read_protocol,
    read_protocol_text,
)
from adjuvant.protocol.explain import explain as explained
from adjuvant.protocol.fields import core_value
from adjuvant.protocol.source import Node, Source

STUDIES = Path(adjuvant.studies.__path__[0])
SHIPPED = sorted(STUDIES.rglob("protocol.yaml"))
CELLS = STUDIES / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
TEXT = CELLS.read_text("utf-8")


class Balance(HTMLParser):
    """Counts opened and closed elements."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.parent.name)
def test_every_shipped_protocol_explains_itself_in_text_and_html(path):
    read = read_protocol(path)
    text, page = as_text(explained(read)), as_html(explained(read))
    balance = Balance()
    balance.feed(page)

    assert balance.open == []
    assert read.protocol.trial.title in text
    assert all(arm.label in text for arm in read.protocol.arms)
    assert not re.search(r"https?://|<script|None|\bPart\(", page)


def test_the_schedule_has_one_column_a_visit_and_one_row_an_activity():
    page = as_html(explained(read_protocol(CELLS)))

    row = re.search(r'<th scope="row">CT or MRI of liver and chest</th>(.*?)</tr>', page)
    assert row is not None
    assert re.findall(r"<td[^>]*>(X?)</td>", row[1]) == ["X", "", "", "", "X", "X", "X", "X"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.parent.name)
def test_every_link_of_the_page_leads_to_a_place_of_the_page(path):
    page = as_html(explained(read_protocol(path)))

    asked, there = re.findall(r'href="#([^"]+)"', page), re.findall(r' id="([^"]+)"', page)
    assert set(asked) <= set(there)
    assert len(there) == len(set(there))


def test_the_checklist_leads_from_each_of_its_53_rows_to_the_answer():
    read = read_protocol(CELLS)
    checklist = as_html(explained(read)).partition('<section id="spirit"')[2].partition("</section")

    rows = re.findall(r'<th scope="row">(\d+\w?)</th><td>.*?</td><td>(.*?)</td>', checklist[0])
    assert len(rows) == 53
    assert all(where.startswith('<a href="#') for _, where in rows)
    where = dict(rows)
    assert 'href="#governance.dsmb.charter"' in where["28a"]
    assert 'href="#governance.consent.by"' in where["32a"]
    assert 'href="#endpoints"' in where["16"]


def test_a_row_of_the_checklist_without_an_answer_says_so():
    found = as_text(explained(read_protocol(STUDIES / "takayama2000" / "protocol.yaml")))

    assert re.search(r"^1b +Summary: Structured summary +no value", found, re.M)


def test_a_schedule_of_many_visits_is_split_so_that_it_fits_the_page():
    more = "".join(
        f"  - {{id: X{n}, label: Visit {n}, epoch: follow_up, at: {100 + n} wk, do: [labs]}}\n"
        for n in range(14)
    )
    page = as_html(explained(read_protocol_text(TEXT.replace("visits:\n", f"visits:\n{more}", 1))))

    heads = re.findall(r"<caption>Schedule of activities, part \d of 3.*?</thead>", page)
    assert [head.count('scope="col"') for head in heads] == [11, 11, 3]


def test_explain_writes_a_pdf_with_the_same_links(tmp_path):
    pytest.importorskip("typst", reason="the extra [office] is not installed")
    page = tmp_path / "protocol.pdf"

    ended = CliRunner().invoke(explain, [str(CELLS), "--out", str(page)])

    assert ended.exit_code == 0, ended.output
    assert page.read_bytes().startswith(b"%PDF-")


def test_block_sizes_cannot_reach_the_explained_protocol():
    text = " ".join(as_text(explained(read_protocol(CELLS))).split())

    assert "do not stand in this document" in text
    assert not re.search(r"blocks? of \d", text)


def test_explain_writes_one_page(tmp_path):
    page = tmp_path / "protocol.html"

    ended = CliRunner().invoke(explain, [str(CELLS), "--out", str(page), "--json"])

    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["page"] == str(page)
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def as_written(node: Node) -> object:
    if node.mapping:
        return {entry.key: as_written(entry.node) for entry in node.entries}
    if node.scalar:
        return core_value(node.value)
    return [as_written(item) for item in node.items]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.parent.name)
def test_the_schema_accepts_every_shipped_protocol_as_written(path):
    root = Source.from_text(path.read_text("utf-8"), "x").root
    assert root is not None

    validator = Draft202012Validator(json_schema())

    assert [
        f"{e.json_path}: {e.message[:80]}" for e in validator.iter_errors(as_written(root))
    ] == []


def test_the_schema_refuses_a_misspelt_key_and_a_wrong_choice():
    validator = Draft202012Validator(json_schema())
    small = {
        "format": "adjuvant/1",
        "trial": {"id": "T", "title": "A"},
        "arms": [{"id": "A", "label": "A", "role": "experimental"}],
        "endpoints": [{"id": "OS", "label": "OS", "level": "primary"}],
        "analyses": [{"id": "K", "type": "consort", "set": "ITT"}],
    }

    assert validator.is_valid(small)
    assert not validator.is_valid({**small, "endpionts": []})
    assert not validator.is_valid({**small, "trial": {"id": "T", "title": "A", "status": "new"}})


def test_the_schema_is_printed_as_json():
    ended = CliRunner().invoke(schema, [])

    assert json.loads(ended.stdout)["title"].startswith("adjuvant/1")


@pytest.mark.by_hand
def test_an_amendment_is_said_in_words_with_what_it_touches():
    after = (
        TEXT.replace("do: [labs, imaging, adverse_events, status]}\n  - {id: W24",
                     "do: [labs, imaging, status]}\n  - {id: W24", 1)
        .replace("planned: {value: 300", "planned: {value: 320")
        .replace("levels: [single, multiple]", "levels: [multiple, single]")
        .replace('    - {id: E2, text: HIV or HTLV-1 infection, check: "hiv or htlv1"}\n', "")
    )  # fmt: skip

    changes = protocol_diff(read_protocol(CELLS), read_protocol_text(after))

    assert [(c.path, c.touches) for c in changes] == [
        ("population.planned", ("consent", "forms")),
        ("population.exclusion.E2", ("consent", "forms")),
        ("randomisation.strata.tumour_number.levels", ("list", "analysis")),
        ("visits.W12.do", ("consent", "schedule")),
    ]
    assert changes[0].in_words() == "population planned: 300 becomes 320"
    assert changes[1].in_words() == "population exclusion E2: removed, was HIV or HTLV-1 infection"


def test_another_order_and_a_comment_are_no_amendment(tmp_path):
    rows = TEXT.split("\n")
    at = next(n for n, row in enumerate(rows) if row.startswith("  - {id: CTL"))
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    other = tmp_path / "protocol.yaml"
    other.write_text("\n".join(rows) + "\n# a comment\n", "utf-8")

    ended = CliRunner().invoke(diff, [str(CELLS), str(other)])

    assert ended.exit_code == 0
    assert "The two say the same." in ended.output


def test_diff_ends_with_1_and_names_the_sealed_list(tmp_path):
    other = tmp_path / "protocol.yaml"
    other.write_text(TEXT.replace("allocation: {CTL: 1, IMM: 1}", "allocation: {CTL: 1, IMM: 2}"))

    ended = CliRunner().invoke(diff, [str(CELLS), str(other)])

    assert ended.exit_code == 1
    assert "randomisation allocation IMM: 1 becomes 2" in ended.output
    assert "a new one has to be made and committed" in ended.output


def test_every_placeholder_of_the_template_can_be_confirmed():
    text = TEXT
    waiting = [p for p, f in read_protocol(CELLS).provenance.items() if f.origin == "our_choice"]
    for path in waiting:
        text = confirmed_text(text, path, by="O'Neill", on=date(2026, 2, 1))

    after = read_protocol_text(text)

    assert len(waiting) > 30
    assert all(after.provenance[path].confirmed_by == "O'Neill" for path in waiting)
    assert after.protocol == read_protocol(CELLS).protocol


def test_a_value_written_over_several_lines_is_confirmed_on_its_own_line():
    text = "trial:\n  phase:\n    value: III\n    from: our_choice\n    at: nowhere\n"

    after = confirmed_text(text, "trial.phase", by="A", on=date(2026, 2, 1))

    assert after.split("\n")[4] == "    confirmed: {by: 'A', on: 2026-02-01}"


def test_confirm_changes_the_file_and_refuses_an_unknown_path(tmp_path):
    file = tmp_path / "protocol.yaml"
    file.write_text(TEXT, "utf-8")
    given = ["--by", "A. Lead", "--on", "2026-02-01", "--file", str(file)]

    done = CliRunner().invoke(confirm, ["population.planned", *given])
    again = CliRunner().invoke(confirm, ["population.planed", *given])

    assert done.exit_code == 0
    assert read_protocol(file).provenance["population.planned"].confirmed_on == "2026-02-01"
    assert isinstance(again.exception, InvalidInput)
    assert file.read_text("utf-8").count("confirmed:") == 1
