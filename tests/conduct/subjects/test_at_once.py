"""Several people at once: numbers without hole or double, one record, one correction."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from conduct_trial import open_trial

from adjuvant.core import StepRefused

CONSENT = {"consent_signed": "yes", "consent_date": "2026-08-20", "consent_version": "1.0"}
TIMES = 12


@pytest.fixture
def people(site, now):
    return open_trial(now)


def at_once(step):
    """Do a step in several threads; return the answers, a refusal in place of its answer."""
    from django.db import connections

    def once(n):
        try:
            return step(n)
        except StepRefused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(TIMES) as threads:
        return list(threads.map(once, range(TIMES)))


def test_subjects_added_at_once_get_each_number_once(people, now):
    from adjuvant.conduct.subjects.services import add_subject

    added = at_once(lambda _n: add_subject(site="S01", by=people["coordinator"], at=now))

    assert sorted(subject.sequence for subject in added) == list(range(1, TIMES + 1))


def test_form_saved_by_many_clicks_is_saved_once_and_corrected_by_one(people, now):
    from adjuvant.conduct.audit.models import Event
    from adjuvant.conduct.subjects.models import Record
    from adjuvant.conduct.subjects.services import add_subject, correct_record, save_record

    by = people["coordinator"]
    number = add_subject(site="S01", by=by, at=now).number
    named = {"subject": number, "visit": "SCR", "form": "consent"}

    saved = at_once(lambda _n: save_record(**named, raw=CONSENT, by=by, at=now))
    record = Record.objects.get()
    corrected = at_once(
        lambda n: correct_record(
            record=record.pk,
            revision=1,
            raw={**CONSENT, "consent_version": f"1.{n + 1}"},
            by=by,
            at=now,
            reason="typing error",
        )
    )

    assert sum(isinstance(answer, StepRefused) for answer in saved) == TIMES - 1
    assert sum(isinstance(answer, StepRefused) for answer in corrected) == TIMES - 1
    record.refresh_from_db()
    assert record.revision == 2
    assert Event.objects.filter(action="subjects.correct_record").count() == 1
    assert Event.objects.filter(action="refused:subjects.correct_record").count() == TIMES - 1
