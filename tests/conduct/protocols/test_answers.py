"""The form engine: what is typed is read, refused, warned about or cleared as the file says."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjuvant.conduct.protocols.answers import check_answers, controls, raw_of
from adjuvant.conduct.protocols.typed import as_text
from adjuvant.protocol import read_protocol_text
from adjuvant.protocol.model import Form, Item

TODAY = date(2026, 9, 1)
FINDING = {"NEG": "no recurrence", "POS": "recurrence"}


def form_of(*items, **more):
    return Form(id="f", label="Form", items=tuple(Item(**item) for item in items), **more)


def number(**more):
    return {"id": "hb", "label": "Haemoglobin", "type": "number", "unit": "g/dL", **more}


def one(item, typed, **more):
    return check_answers(form_of(item), {item["id"]: typed, **more}, today=TODAY)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12.5", 12.5),
        ("12,5", 12.5),
        (" 12 ", 12),
        ("12.0", 12),
        (".5", 0.5),
        ("0,125", 0.125),
        ("-3", -3),
        ("\u22123", -3),
        ("１２．５", 12.5),
        ("5e9", 5_000_000_000),
    ],
)
def test_number_is_read_however_a_person_types_it(typed, value):
    checked = one(number(), typed)

    assert checked.values == {"hb": value}
    assert type(checked.values["hb"]) is type(value)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("heavy", 'Haemoglobin: "heavy" is not a number; write it like 12.5.'),
        ("12.5 g", 'Haemoglobin: "12.5 g" is not a number; write it like 12.5.'),
        ("nan", 'Haemoglobin: "nan" is not a number; write it like 12.5.'),
        ("inf", 'Haemoglobin: "inf" is not a number; write it like 12.5.'),
        ("1_0", 'Haemoglobin: "1_0" is not a number; write it like 12.5.'),
        ("٣", 'Haemoglobin: "٣" is not a number; write it like 12.5.'),
        ("1,500", 'Haemoglobin: "1,500" can be read in two ways; write it without commas, '
                  "like 1500 or 1.5."),
        ("1,234.5", 'Haemoglobin: "1,234.5" can be read in two ways; write it without commas, '
                    "like 1500 or 1.5."),
        ("1234567890.1234567", 'Haemoglobin: "1234567890.1234567" is too long to be kept exactly; '
                               "write at most 15 digits."),
        ("1e300", 'Haemoglobin: "1e300" is too long to be kept exactly; write at most 15 digits.'),
    ],
)  # fmt: skip
def test_text_that_is_no_clear_number_is_refused_never_guessed(typed, sentence):
    checked = one(number(), typed)

    assert checked.refusals == {"hb": sentence}
    assert checked.values == {}


def test_value_outside_its_range_is_kept_with_a_warning():
    item = number(range=("9 g/dL", "18 g/dL"), limit=("3 g/dL", "25 g/dL"))

    checked = one(item, "8.5")

    assert checked.values == {"hb": 8.5}
    assert checked.warnings == {
        "hb": "Haemoglobin: 8.5 g/dL is outside the usual 9 to 18 g/dL; check it in the source."
    }
    assert checked.complete


def test_value_outside_its_limit_is_refused():
    item = number(range=("9 g/dL", "18 g/dL"), limit=("3 g/dL", "25 g/dL"), not_done=True)

    checked = one(item, "85")

    assert checked.refusals == {
        "hb": "Haemoglobin: 85 g/dL is outside 3 to 25 g/dL, which cannot be; correct it, "
        'or mark it "not done".'
    }
    assert checked.values == {}
    assert checked.warnings == {}


@pytest.mark.parametrize("typed", ["3", "25"])
def test_limits_themselves_are_allowed(typed):
    assert one(number(limit=("3", "25")), typed).complete


def test_whole_number_with_decimals_is_refused():
    item = {"id": "age", "label": "Age", "type": "whole_number", "unit": "years"}

    assert one(item, "61.5").refusals == {
        "age": 'Age: "61.5" is not a whole number; write it without decimals.'
    }


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("date", "2026-03-02", "2026-03-02"),
        ("date", "２０２６-03-02", "2026-03-02"),
        ("date", "20260302", "2026-03-02"),
        ("date", "2026/3/2", "2026-03-02"),
        ("date", "2026.03.02", "2026-03-02"),
        ("partial_date", "202603", "2026-03"),
        ("time", "0930", "09:30"),
        ("partial_date", "2026-03", "2026-03"),
        ("partial_date", "2026", "2026"),
        ("time", "9:05", "09:05"),
        ("yes_no", "yes", "yes"),
        ("text", "  fine\r\nreally ", "fine\nreally"),
        ("file", "a" * 64, "a" * 64),
    ],
)
def test_every_type_reads_its_text(kind, typed, value):
    assert one({"id": "x", "label": "X", "type": kind}, typed).values == {"x": value}


@pytest.mark.parametrize(
    ("kind", "typed", "words"),
    [
        ("date", "2026-02-30", "is not a day of the calendar; write year-month-day"),
        ("date", "2026-03", "is not a day of the calendar"),
        ("date", "02032026", "is not a day of the calendar"),
        ("time", "930", "is not a time of day"),
        ("date", "02/03/2026", "is not a day of the calendar"),
        ("date", "0202-03-02", "lies before 1900; correct the year."),
        ("partial_date", "2026-13", "leave out what is unknown"),
        ("time", "25:00", "is not a time of day; write it like 09:30"),
        ("yes_no", "maybe", "is none of the answers; choose one of: yes, no."),
        ("text", "a\x00b", "holds an invisible control character"),
        ("text", "a" * 2001, "has 2001 characters; shorten it to 2000."),
        ("file", "../../etc/passwd", "the file did not arrive; attach it again."),
    ],
)
def test_every_type_refuses_with_one_sentence_that_says_what_to_do(kind, typed, words):
    checked = one({"id": "x", "label": "X", "type": kind}, typed)

    assert words in checked.refusals["x"]
    assert checked.refusals["x"].startswith("X: ")


def test_date_in_the_future_is_warned_about():
    item = {"id": "d", "label": "Date of sample", "type": "date"}

    assert one(item, "2026-09-02").warnings == {
        "d": "Date of sample: 2026-09-02 lies in the future; check it."
    }
    assert one(item, "2026-09-01").warnings == {}


def test_choice_is_one_of_its_stored_values_and_named_by_its_words():
    item = {"id": "finding", "label": "Finding", "type": "choice", "choices": FINDING}

    assert one(item, "POS").values == {"finding": "POS"}
    assert one(item, "recurrence").refusals == {
        "finding": 'Finding: "recurrence" is none of the answers; choose one of: '
        "no recurrence, recurrence."
    }


def test_choices_keep_the_order_of_the_file_and_no_double():
    item = {"id": "hep", "label": "Hepatitis", "type": "choices", "choices": {"B": "B", "C": "C"}}

    assert one(item, ["C", "B", "C"]).values == {"hep": ["B", "C"]}
    assert one(item, "B").values == {"hep": ["B"]}
    assert one({**item, "required": True}, []).refusals == {
        "hep": "Hepatitis: an answer is needed; fill it in."
    }


def test_two_answers_to_a_question_of_one_are_refused():
    item = {"id": "finding", "label": "Finding", "type": "choice", "choices": FINDING}

    assert one(item, ["NEG", "POS"]).refusals == {"finding": "Finding: has 2 answers; give one."}


def test_missing_required_item_is_refused_and_not_done_is_offered_where_allowed():
    item = number(required=True, not_done=True)

    assert check_answers(form_of(item), {}).refusals == {
        "hb": 'Haemoglobin: an answer is needed; fill it in, or mark it "not done" and say why.'
    }


@pytest.mark.parametrize(
    ("more", "raw", "problem"),
    [
        ({"not_done": True}, {"hb.not_done": "on"}, 'it is marked "not done"; say why'),
        ({"not_done": True}, {"hb.not_done": "on", "hb.reason": "x", "hb": "12"}, "keep one"),
        ({}, {"hb.not_done": "on", "hb.reason": "x"}, "the protocol does not let it be left out"),
    ],
)
def test_not_done_needs_a_reason_no_value_and_the_protocols_leave(more, raw, problem):
    checked = check_answers(form_of(number(**more)), raw)

    assert problem in checked.refusals["hb"]
    assert checked.not_done == {}


def test_not_done_with_its_reason_answers_a_required_item():
    item = number(required=True, not_done=True)

    checked = check_answers(form_of(item), {"hb.not_done": "on", "hb.reason": "vein not found"})

    assert checked.complete
    assert checked.not_done == {"hb": "vein not found"}


IMAGING = form_of(
    {"id": "finding", "label": "Finding", "type": "choice", "choices": FINDING, "required": True},
    {"id": "where", "label": "Where", "type": "text", "ask_if": "finding == 'POS'",
     "required_if": "finding == 'POS'"},
    {"id": "size", "label": "Size", "type": "number", "unit": "mm", "ask_if": "where == 'liver'"},
)  # fmt: skip


def test_item_that_is_not_asked_is_cleared_with_a_notice_and_not_kept():
    checked = check_answers(IMAGING, {"finding": "NEG", "where": "liver"})

    assert checked.values == {"finding": "NEG"}
    assert checked.cleared == {
        "where": "Where: it is not asked with these answers; what stood there (liver) is not kept."
    }
    assert checked.complete


def test_item_that_depends_on_one_that_is_not_asked_is_not_asked_either():
    checked = check_answers(IMAGING, {"finding": "NEG", "where": "liver", "size": "12"})

    assert checked.asked == ("finding",)
    assert set(checked.cleared) == {"where", "size"}


def test_item_that_is_asked_is_required_as_its_rule_says():
    checked = check_answers(IMAGING, {"finding": "POS"})

    assert checked.asked == ("finding", "where")
    assert checked.required == {"finding", "where"}
    assert checked.refusals == {"where": "Where: an answer is needed; fill it in."}


def test_what_was_typed_below_an_unreadable_answer_stays_open():
    checked = check_answers(IMAGING, {"finding": "POSS", "where": "liver"})

    assert "where" in checked.asked
    assert checked.cleared == {}
    assert set(checked.refusals) == {"finding"}


def test_answer_of_another_form_decides_and_a_missing_one_is_unknown():
    form = form_of(
        {"id": "preg", "label": "Pregnant", "type": "yes_no", "ask_if": "sex == 'F'",
         "required": True},
    )  # fmt: skip

    assert check_answers(form, {}, {"sex": "F"}).required == {"preg"}
    assert check_answers(form, {}, {"sex": "M"}).asked == ()
    assert check_answers(form, {}).asked == ()


BMI = form_of(
    {"id": "kg", "label": "Weight", "type": "number", "unit": "kg"},
    {"id": "m", "label": "Height", "type": "number", "unit": "m"},
    {"id": "bmi", "label": "BMI", "type": "number", "unit": "kg/m2", "calculated": "kg / (m * m)",
     "range": ("16", "40"), "limit": ("8", "90")},
)  # fmt: skip


def test_calculated_item_follows_its_formula_and_ignores_what_is_sent_for_it():
    checked = check_answers(BMI, {"kg": "80", "m": "2", "bmi": "1"})

    assert checked.values["bmi"] == 20


def test_calculated_item_is_missing_while_a_part_is_missing():
    assert "bmi" not in check_answers(BMI, {"kg": "80"}).values


def test_calculated_item_is_held_to_its_range_and_limit():
    assert "outside the usual 16 to 40 kg/m2" in check_answers(
        BMI, {"kg": "200", "m": "2"}
    ).warnings["bmi"]  # fmt: skip
    assert "which cannot be; correct it." in check_answers(
        BMI, {"kg": "80", "m": "0.2"}
    ).refusals["bmi"]  # fmt: skip


def test_division_by_zero_is_said_and_does_not_stop_the_form():
    checked = check_answers(BMI, {"kg": "80", "m": "0"})

    assert checked.complete
    assert "could not be calculated" in checked.warnings["bmi"]


def test_rule_that_has_no_answer_is_a_warning_not_a_fault():
    form = form_of(
        {"id": "grade", "label": "Grade", "type": "choice", "choices": {"1": "mild"}},
        {"id": "x", "label": "X", "type": "text", "ask_if": "grade >= 3"},
    )

    checked = check_answers(form, {"grade": "1"})

    assert "its condition (grade >= 3) has no answer here" in checked.warnings["x"]


def test_date_of_which_a_part_is_unknown_is_unknown_to_a_rule():
    form = form_of(
        {"id": "death", "label": "Death", "type": "partial_date"},
        {"id": "late", "label": "Late", "type": "yes_no", "calculated": "death >= '2026-03-02'"},
    )

    assert check_answers(form, {"death": "2026-03-05"}).values["late"] == "yes"
    assert "late" not in check_answers(form, {"death": "2026-03"}).values


def test_item_that_identifies_the_patient_is_never_kept():
    item = {"id": "name", "label": "Name", "type": "text", "identifying": True, "required": True}

    assert check_answers(form_of(item), {}).complete
    checked = one(item, "A. Patient")
    assert checked.values == {}
    assert checked.at_site == ("name",)
    assert "it identifies the patient and is not kept here" in checked.refusals["name"]


def test_answer_to_no_question_is_refused():
    assert one(number(), "12", ghost="1").refusals == {
        "ghost": "ghost is not a question of the form Form; leave it out."
    }


def test_controls_are_the_items_that_others_depend_on():
    assert controls(IMAGING) == {"finding", "where"}
    assert controls(BMI) == {"kg", "m"}


@pytest.fixture(scope="module")
def shipped():
    from importlib.resources import files

    file = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    return read_protocol_text(file.read_text("utf-8")).protocol


def test_every_form_of_the_template_opens_empty(shipped):
    for form in shipped.forms:
        checked = check_answers(form, {})

        assert set(checked.refusals) == set(checked.required)


TYPED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "12", "12,5", "1e3", "POS", "NEG", "liver", "yes", "2026-03-02", "-1"]),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
)
MIXED = form_of(
    number(range=("9", "18"), limit=("3", "25"), not_done=True, required=True),
    {"id": "finding", "label": "Finding", "type": "choice", "choices": FINDING, "required": True},
    {"id": "where", "label": "Where", "type": "text", "ask_if": "finding == 'POS'",
     "required_if": "hb > 10"},
    {"id": "size", "label": "Size", "type": "number", "unit": "mm", "ask_if": "where == 'liver'"},
    {"id": "twice", "label": "Twice", "type": "number", "unit": "g/dL", "calculated": "2 * hb"},
    {"id": "seen", "label": "Seen", "type": "partial_date"},
    {"id": "at", "label": "At", "type": "time", "not_done": True},
)  # fmt: skip
NAMES = [item.id for item in MIXED.items]
RAW = st.dictionaries(
    st.sampled_from([*NAMES, "hb.not_done", "hb.reason", "at.not_done", "at.reason"]), TYPED
)


@pytest.mark.property
@settings(max_examples=200, deadline=None)
@given(RAW)
def test_no_text_breaks_the_form_and_nothing_is_kept_and_refused_at_once(raw):
    checked = check_answers(MIXED, raw, today=TODAY)

    assert not checked.values.keys() & checked.refusals.keys()
    assert not checked.values.keys() & checked.not_done.keys()
    assert checked.values.keys() <= set(checked.asked)
    assert checked.required <= checked.values.keys() | checked.not_done.keys() | set(
        checked.refusals
    )
    for name, sentence in [*checked.refusals.items(), *checked.warnings.items()]:
        label = next(item.label for item in MIXED.items if item.id == name)
        assert sentence.startswith(f"{label}: ")
        assert sentence.endswith(".")
        assert "\n" not in sentence
    if "hb" in checked.values:
        assert 3 <= checked.values["hb"] <= 25
        assert checked.values["twice"] == pytest.approx(2 * checked.values["hb"])


@pytest.mark.property
@settings(max_examples=200, deadline=None)
@given(RAW)
def test_saved_form_opened_again_says_the_same(raw):
    first = check_answers(MIXED, raw)
    if not first.complete:
        return

    again = check_answers(MIXED, raw_of(first.values, first.not_done))

    assert (again.values, again.not_done) == (first.values, first.not_done)
    assert again.refusals == again.cleared == {}


@pytest.mark.property
@settings(max_examples=50, deadline=None)
@given(RAW, st.randoms(use_true_random=False))
def test_order_of_the_questions_does_not_matter(raw, rng):
    items = list(MIXED.items)
    rng.shuffle(items)
    shuffled = Form(id="f", label="Form", items=tuple(items))

    one_way, other = check_answers(MIXED, raw), check_answers(shuffled, raw)

    assert one_way.values == other.values
    assert one_way.refusals == other.refusals
    assert set(one_way.asked) == set(other.asked)


@pytest.mark.property
@settings(max_examples=200, deadline=None)
@given(st.floats(min_value=-1e17, max_value=1e17, allow_nan=False))
def test_number_written_and_read_is_the_same_number(value):
    value = float(f"{value:.12g}")
    value = int(value) if value == int(value) else value

    checked = one(number(), as_text(value))

    if checked.complete:
        assert checked.values.get("hb") == value
    else:
        assert "too long" in checked.refusals["hb"]
