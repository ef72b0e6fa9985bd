"""A form as it is drawn."""

from adjuvant.conduct.protocols.answers import check_answers
from adjuvant.conduct.protocols.questions import (
    newly_asked,
    notice_digest,
    questions,
    raw_from,
)
from adjuvant.protocol.model import Form, Item

FORM = Form(
    id="f", label="F",
    items=(
        Item(id="finding", label="Finding", type="choice", choices={"N": "none", "R": "found"},
             required=True),
        Item(id="where", label="Where", type="choices", choices={"A": "a", "B": "b"},
             ask_if="finding == 'R'"),
        Item(id="hb", label="Hb", type="number", unit="g/dL", range=("9", "18"), not_done=True),
        Item(id="name", label="Name", type="text", identifying=True),
        Item(id="twice", label="Twice", type="number", unit="g/dL", calculated="hb + hb"),
        Item(id="on", label="On", type="date"),
    ),
)  # fmt: skip


def draw(raw, said=None):
    return {q.item.id: q for q in questions(FORM, raw, check_answers(FORM, raw), said=said)}


def test_empty_form_asks_without_complaining():
    drawn = draw({}, said=())

    assert list(drawn) == ["finding", "hb", "name", "twice", "on"]
    assert all(q.error == "" for q in drawn.values())
    assert drawn["finding"].required
    assert drawn["finding"].leads


def test_every_control_fits_its_type():
    drawn = draw({"finding": "R", "hb": "12.5"})

    assert {name: q.control for name, q in drawn.items()} == {
        "finding": "radio", "where": "checkbox", "hb": "input", "name": "at_site",
        "twice": "calculated", "on": "input",
    }  # fmt: skip
    assert drawn["hb"].mode == "decimal"
    assert drawn["hb"].unit == "g/dL"
    assert drawn["hb"].hint == "Usually 9 to 18 g/dL"
    assert drawn["twice"].typed == "25 g/dL"


def test_error_is_shown_without_the_label_and_named_for_a_reader_of_the_screen():
    question = draw({"hb": "x"})["hb"]

    assert question.error == '"x" is not a number; write it like 12.5.'
    assert question.described_by == "i-hb-hint i-hb-error"
    assert question.typed == "x"


def test_date_is_typed_as_text_for_a_picker_shows_it_in_the_order_of_the_browsers_country():
    question = draw({"on": "2026-02-31"})["on"]

    assert (question.mode, question.typed) == ("numeric", "2026-02-31")
    assert question.hint == "Year-month-day, like 2026-03-02 or 20260302"


def test_only_what_the_browser_sent_for_items_is_read():
    sent = [("where", ["A", "B"]), ("hb.not_done", ["on"]), ("_step", ["save"]), ("x", ["1"])]

    assert raw_from(FORM, sent) == {"where": ["A", "B"], "hb.not_done": "on"}


def test_question_that_follows_from_an_answer_is_shown_before_it_is_saved():
    checked = check_answers(FORM, {"finding": "R"})

    assert newly_asked(FORM, checked, ["finding", "hb", "on"]) == ("where",)
    assert newly_asked(FORM, checked, ["finding", "where", "hb", "on"]) == ()


def test_other_warnings_than_those_that_were_seen_are_shown_first():
    one, other = (notice_digest(check_answers(FORM, {"hb": hb})) for hb in ("8", "7"))

    assert one != other
    assert notice_digest(check_answers(FORM, {"hb": "12"})) == ""
