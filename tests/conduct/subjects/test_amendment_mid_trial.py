"""Story 9: an amendment in the middle of the trial, through the services, on both databases."""

from datetime import UTC, date, datetime

import pytest
from conduct_protocol import template
from conduct_trial import open_trial, proved

from adjuvant.core import StepRefused

pytestmark = pytest.mark.journey

STARTED = datetime(2026, 2, 10, 3, 0, tzinfo=UTC)
SCREENED = datetime(2026, 8, 30, 3, 0, tzinfo=UTC)
AMENDED = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 9, 20, 3, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 15, 8, 0, tzinfo=UTC)


def version_2():
    """Window of the first infusions wider by two days, one new exclusion, a new consent text."""
    text = template()
    for old, new in (
        ("version: 0.1.0\n  date", "version: 0.2.0\n  date"),
        ("anchor: randomisation, at: 4 wk, window: [-7 d, +7 d]",
         "anchor: randomisation, at: 4 wk, window: [-7 d, +9 d]"),
        ('check: "hiv or htlv1"}',
         'check: "hiv or htlv1"}\n    - {id: E4, text: TACE before surgery, check: "tace"}'),
        ("{id: steroids, label: Systemic corticosteroids, type: yes_no, required: true}",
         "{id: steroids, label: Systemic corticosteroids, type: yes_no, required: true}\n"
         "      - {id: tace, label: TACE before surgery, type: yes_no, required: true}"),
        ('{version: "1.0", date: null, covers: [trial, draw_after_randomisation]}',
         '{version: "1.0", date: null, covers: [trial, draw_after_randomisation]}\n'
         '      - {version: "2.0", date: null, covers: [trial, draw_after_randomisation]}'),
    ):  # fmt: skip
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


CONSENT = {"consent_signed": "yes", "consent_date": "2026-08-30", "consent_version": "1.0"}
ELIGIBLE = {
    "age": "61", "ecog": "1", "child_pugh": "A", "days_since_surgery": "20", "metastasis": "no",
    "hiv": "no", "htlv1": "no", "autoimmune": "no", "steroids": "no",
}  # fmt: skip


@pytest.fixture
def people(site):
    return open_trial(STARTED)


def screened(people, place, who, at, consent=CONSENT):
    from adjuvant.conduct.subjects.services import add_subject, save_record

    subject = add_subject(site=place, by=people[who], at=at)
    save_record(
        subject=subject.number, visit="SCR", form="consent", raw=consent, by=people[who], at=at
    )
    return subject


def amend(people, *, second_site=False):
    from adjuvant.conduct.protocols.services import approve_at_site, load_version

    load_version(text=version_2(), by=people["data_manager"], at=AMENDED)
    approve_at_site(
        site="S01", version="0.2.0", approved_on=date(2026, 9, 1), document="EC 40",
        by=people["pi"], at=AMENDED,
    )  # fmt: skip
    if second_site:
        approve_at_site(
            site="S02", version="0.2.0", approved_on=date(2026, 10, 15), document="EC 77",
            by=people["elsewhere_pi"], at=OCTOBER,
        )  # fmt: skip


def test_each_site_works_under_the_version_that_its_committee_approved(people):
    from adjuvant.conduct.protocols.queries import in_force

    amend(people, second_site=True)

    assert in_force("S01", LATER).version == "0.2.0"
    assert in_force("S02", LATER).version == "0.1.0"
    assert in_force("S02", OCTOBER).version == "0.2.0"
    assert in_force("S01", SCREENED).version == "0.1.0"


def test_every_record_names_its_version_and_keeps_its_own_questions(people):
    from adjuvant.conduct.subjects.services import correct_record, save_record

    one = screened(people, "S01", "coordinator", SCREENED)
    early = save_record(
        subject=one.number, visit="SCR", form="eligibility", raw=ELIGIBLE,
        by=people["coordinator"], at=SCREENED,
    )  # fmt: skip
    amend(people)
    two = screened(people, "S01", "coordinator", LATER)
    with pytest.raises(StepRefused, match="TACE before surgery: an answer is needed"):
        save_record(
            subject=two.number, visit="SCR", form="eligibility", raw=ELIGIBLE,
            by=people["coordinator"], at=LATER,
        )  # fmt: skip
    late = save_record(
        subject=two.number, visit="SCR", form="eligibility", raw={**ELIGIBLE, "tace": "no"},
        by=people["coordinator"], at=LATER,
    )  # fmt: skip
    elsewhere = screened(people, "S02", "elsewhere", LATER)
    other = save_record(
        subject=elsewhere.number, visit="SCR", form="eligibility", raw=ELIGIBLE,
        by=people["elsewhere"], at=LATER,
    )  # fmt: skip

    corrected = correct_record(
        record=early.pk, revision=1, raw={**ELIGIBLE, "age": "62"}, by=people["coordinator"],
        at=LATER, reason="typing error",
    )  # fmt: skip

    assert (early.version, late.version, other.version) == ("0.1.0", "0.2.0", "0.1.0")
    assert corrected.version == "0.1.0"
    assert "tace" not in corrected.values


def test_active_patients_are_due_for_consent_again_and_those_seen_since_are_overdue(people):
    from adjuvant.conduct.subjects.consent_due import consent_due
    from adjuvant.conduct.subjects.services import save_record

    waits = screened(people, "S01", "coordinator", SCREENED)
    seen = screened(people, "S01", "coordinator", SCREENED)
    again = screened(people, "S01", "coordinator", SCREENED)
    other = screened(people, "S02", "elsewhere", SCREENED)
    assert consent_due("S01", SCREENED) == []
    amend(people)
    vitals = {"weight": "61"}
    save_record(
        subject=seen.number, visit="SCR", form="vitals", raw=vitals, by=people["nurse"], at=LATER
    )
    new = {**CONSENT, "consent_version": "2.0", "consent_date": "2026-09-10"}
    correct = {"subject": again.number, "visit": "SCR", "form": "consent"}
    from adjuvant.conduct.subjects.models import Record
    from adjuvant.conduct.subjects.services import correct_record

    record = Record.objects.get(subject=again, form="consent")
    correct_record(
        record=record.pk, revision=1, raw=new, by=people["coordinator"], at=LATER,
        reason=f"new consent of {correct['subject']}",
    )  # fmt: skip

    due = consent_due("S01", LATER)

    assert [(d.subject.number, d.overdue) for d in due] == [
        (seen.number, True), (waits.number, False),
    ]  # fmt: skip
    assert (due[1].consented, due[1].needed, due[1].days) == ("1.0", "2.0", 19)
    assert consent_due("S02", LATER) == []
    assert other.number not in {d.subject.number for d in due}


def test_the_diff_reads_in_words(people):
    from adjuvant.conduct.protocols.models import ProtocolVersion
    from adjuvant.conduct.protocols.queries import diff_in_words

    amend(people)
    words = diff_in_words(*ProtocolVersion.objects.order_by("position"))

    assert "population exclusion E4: new, TACE before surgery" in words
    assert "infusions INF1 window: [-7 d, +7 d] becomes [-7 d, +9 d]" in words
    assert "forms eligibility items tace: new, TACE before surgery" in words
    assert len(words) == 4


def test_amendment_of_the_ratio_needs_a_list_sealed_anew(people):
    from adjuvant.conduct.protocols.models import ListCommitment, ProtocolVersion
    from adjuvant.conduct.protocols.services import load_version, sign_sealed_list

    digits = "cd" * 32
    text = version_2().replace("{CTL: 1, IMM: 1}\n  method", "{CTL: 1, IMM: 2}\n  method")
    sealed = text.replace("file_commitment: null", f"file_commitment: {digits}")
    keeper = people["unblinded_statistician"]
    for refused in (text, sealed):
        with pytest.raises(StepRefused, match="no new list was sealed for it"):
            load_version(text=refused, by=people["data_manager"], at=AMENDED)

    sign_sealed_list(commitment=digits, by=proved(keeper, AMENDED), at=AMENDED)
    load_version(text=sealed, by=people["data_manager"], at=AMENDED)

    assert ListCommitment.objects.get().signed_by == keeper.id
    assert ProtocolVersion.objects.get(version="0.2.0").list_commitment == digits


def test_no_table_changes_its_shape_and_the_amendment_is_in_force_within_30_seconds(people):
    """T12: an amendment in < 30 s with a printed diff and no migration."""
    from time import perf_counter

    from django.db import connection

    from adjuvant.conduct.protocols.models import ProtocolVersion
    from adjuvant.conduct.protocols.queries import diff_in_words, in_force
    from adjuvant.conduct.subjects.services import save_record

    def shape():
        with connection.cursor() as cursor:
            names = connection.introspection.table_names(cursor)
            return {n: len(connection.introspection.get_table_description(cursor, n))
                    for n in names}  # fmt: skip

    before, started = shape(), perf_counter()
    amend(people)
    words = diff_in_words(*ProtocolVersion.objects.order_by("position"))
    seconds = perf_counter() - started
    two = screened(people, "S01", "coordinator", LATER)
    raw = {**ELIGIBLE, "tace": "no"}
    kept = save_record(
        subject=two.number, visit="SCR", form="eligibility", raw=raw, by=people["coordinator"],
        at=LATER,
    )  # fmt: skip

    print(f"\namendment in force in {seconds:.2f} s:", *words, sep="\n- ")
    assert seconds < 30
    assert shape() == before
    assert in_force("S01", LATER).version == kept.version == "0.2.0"
    assert kept.values["tace"] == "no"
