"""The delegation log: who may sign what for whom, and which roles are never one person's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from adjuvant.conduct.audit.actor import SYSTEM, Actor
from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.people.models import Delegation, Person
from adjuvant.conduct.people.permissions import (
    NotPermitted,
    OtherSite,
    carries,
    held_by,
    may,
    require,
)
from adjuvant.conduct.people.proof import ProofNeeded
from adjuvant.conduct.people.services import (
    appoint,
    delegate,
    end_delegation,
    invite_person,
    record_site_document,
)
from adjuvant.conduct.people.study_rules import NOT_AT_ONCE
from adjuvant.core import StepRefused


def now():
    return datetime.now(UTC)


def invited(people, name="New Person", email="new@example.org", **more):
    made = invite_person(
        name=name, organisation="Unit", email=email, by=people["data_manager"], at=now(), **more
    )
    return made.person.number


def signed(people, number, role, **more):
    pi = people["principal_investigator", "S01"]
    return delegate(person=number, site="S01", role=role, by=pi, at=now(), **more)


def appointed(people, number, role, **more):
    return appoint(person=number, role=role, by=people["data_manager"], at=now(), **more)


def test_delegation_is_the_permission_once_the_training_is_on_file(people):
    number = invited(people)
    before = may(number, "subjects.add_subject", "S01")
    signed(people, number, "coordinator")
    untrained = may(number, "subjects.add_subject", "S01")

    record_site_document(
        site="S01", kind="training", dated=now().date() - timedelta(days=1), title="GCP course",
        person=number, by=people["data_manager"], at=now(),
    )  # fmt: skip

    assert not before
    assert not untrained
    assert may(number, "subjects.add_subject", "S01")
    assert not may(number, "subjects.add_subject", "S02")
    assert not may(number, "subjects.add_subject", None)


def test_only_the_principal_investigator_of_the_site_signs_its_log(people):
    number = invited(people)
    others = [k for k in people if k != ("principal_investigator", "S01")]

    for key in others:
        with pytest.raises((NotPermitted, OtherSite)):
            delegate(person=number, site="S01", role="nurse", by=people[key], at=now())

    assert not Delegation.objects.filter(person__number=number).exists()
    assert Event.objects.filter(action="refused:people.delegate").count() == len(others)


def test_signature_without_a_fresh_proof_is_refused(people):
    number = invited(people)
    pi = people["principal_investigator", "S01"]

    for proved in (None, now() - timedelta(minutes=6), now() + timedelta(minutes=1)):
        with pytest.raises(ProofNeeded):
            delegate(
                person=number, site="S01", role="nurse", by=replace(pi, proved_at=proved), at=now()
            )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("trial_statistician", "unblinded_statistician"),
        ("unblinded_statistician", "trial_statistician"),
        ("lab", "release_authority"),
        ("release_authority", "lab"),
    ],
)
def test_two_roles_are_never_one_person(people, first, second):
    number = invited(people)
    appointed(people, number, first)

    with pytest.raises(StepRefused, match="never one person"):
        appointed(people, number, second)


def test_statistician_stays_barred_after_the_first_role_ended(people):
    """What was seen by arm cannot be unseen."""
    number = invited(people)
    line = appointed(people, number, "unblinded_statistician")
    end_delegation(line=line.pk, by=people["data_manager"], at=now(), reason="left")

    with pytest.raises(StepRefused, match="is or was unblinded statistician"):
        appointed(people, number, "trial_statistician")


def test_statistician_is_barred_for_the_future_as_for_today(people):
    number = invited(people)
    appointed(people, number, "trial_statistician", since=now().date() + timedelta(days=300))

    with pytest.raises(StepRefused, match="never one person"):
        appointed(people, number, "unblinded_statistician")


def test_technologist_may_become_release_authority_after_the_first_role_ended(people):
    number = invited(people)
    line = appointed(people, number, "lab")
    today = now().date()
    end_delegation(line=line.pk, last_day=today, by=people["data_manager"], at=now(), reason="x")

    with pytest.raises(StepRefused, match="never one person"):
        appointed(people, number, "release_authority")
    later = appointed(people, number, "release_authority", since=today + timedelta(days=1))

    assert later.starts_on == today + timedelta(days=1)


@pytest.mark.parametrize(
    "name", ["Training unblinded statistician", "STATISTICIAN, unblinded Training"]
)
def test_second_entry_for_the_same_human_under_another_e_mail_is_refused(people, name):
    number = invited(people, name=name, email="other@example.org")

    with pytest.raises(StepRefused, match="never one person"):
        appointed(people, number, "trial_statistician")


@pytest.mark.parametrize(
    "email",
    ["Unblinded-Statistician@training.INVALID", "unblinded-statistician+b@training.invalid"],
)
def test_second_entry_for_the_same_mailbox_is_refused(people, email):
    with pytest.raises(StepRefused, match=r"belongs to P0\d+ already"):
        invited(people, name="Somebody Else", email=email)


@pytest.mark.parametrize("role", ["investigator", "nurse", "coordinator"])
def test_who_keeps_the_list_never_enrols(people, role):
    number = people["unblinded_statistician"].id

    with pytest.raises(StepRefused, match=r"never one person|physician"):
        signed(people, number, role)


def test_pairs_of_the_protocol_bind_like_those_of_every_trial(people, monkeypatch):
    from adjuvant.conduct.people import services
    from adjuvant.conduct.people.study_rules import rules_now

    pair = frozenset(("monitor", "coordinator"))
    rules = replace(rules_now(), not_at_once=NOT_AT_ONCE | {pair})
    monkeypatch.setattr(services, "rules_now", lambda: rules)

    with pytest.raises(StepRefused, match="never one person"):
        signed(people, people["monitor"].id, "coordinator")


def test_physician_tasks_and_roles_need_a_physician(people):
    number = invited(people)

    with pytest.raises(StepRefused, match="signs as a physician"):
        signed(people, number, "investigator")
    with pytest.raises(StepRefused, match="signs as a physician"):
        appointed(people, number, "principal_investigator", site="S01")


def test_site_has_one_principal_investigator_at_a_time(people):
    number = invited(people, physician=True)

    with pytest.raises(StepRefused, match="is principal investigator there"):
        appointed(people, number, "principal_investigator", site="S01")


def test_nobody_gives_themselves_a_role(people):
    with pytest.raises(StepRefused, match="nobody signs their own"):
        appointed(people, people["data_manager"].id, "auditor")


def test_delegation_does_not_reach_back(people):
    number = invited(people)

    with pytest.raises(StepRefused, match="does not reach back"):
        signed(people, number, "nurse", since=now().date() - timedelta(days=2))


def test_line_that_is_revoked_permits_nothing_from_that_instant(people):
    number = people["coordinator", "S01"].id
    line = Delegation.objects.get(person__number=number)
    before = may(number, "subjects.add_subject", "S01")

    end_delegation(
        line=line.pk, by=people["principal_investigator", "S01"], at=now(), reason="left"
    )

    assert before
    assert not may(number, "subjects.add_subject", "S01")


def test_end_needs_a_reason(people):
    line = Delegation.objects.get(person__number=people["coordinator", "S01"].id)

    with pytest.raises(StepRefused, match="no reason"):
        end_delegation(line=line.pk, by=people["principal_investigator", "S01"], at=now())


def test_other_site_is_answered_as_if_it_were_not_there(people):
    with pytest.raises(OtherSite):
        require(people["coordinator", "S01"], "allocation.seal", site="S02")
    with pytest.raises(OtherSite):
        require(people["coordinator", "S01"], "allocation.seal", site="S77")
    with pytest.raises(NotPermitted):
        require(people["coordinator", "S01"], "allocation.seal", site="S01")


def test_monitor_of_one_site_stays_there(people):
    number = invited(people)
    appointed(people, number, "monitor", site="S01")

    assert may(number, "subjects.view", "S01")
    assert may(number, "audit.view", "S01")
    assert not may(number, "subjects.view", "S02")
    assert not may(number, "audit.view", None)
    assert may(people["monitor"].id, "audit.view", None)


def test_permission_of_one_line_is_not_widened_by_another(people):
    """A laboratory of the whole trial whose head also leads S01 sees the trail of S01 alone."""
    number = invited(people, physician=True)
    appointed(people, number, "lab")
    line = Delegation.objects.get(role="principal_investigator", site__code="S01")
    end_delegation(line=line.pk, by=people["data_manager"], at=now(), reason="moved")
    appointed(
        people, number, "principal_investigator", site="S01", since=now().date() + timedelta(days=2)
    )
    tomorrow = held_by(number, now() + timedelta(days=3))

    assert {held.role for held in tomorrow} == {"lab", "principal_investigator"}
    assert any(carries(held, "audit.view", "S01") for held in tomorrow)
    assert not any(carries(held, "audit.view", "S02") for held in tomorrow)
    assert not any(carries(held, "audit.view", None) for held in tomorrow)


def test_everybody_of_a_site_reads_the_protocol_of_the_trial(people):
    assert may(people["nurse", "S01"].id, "protocols.view", None)


def test_role_of_the_actor_is_the_one_of_the_permission(people):
    actor = require(people["monitor"], "subjects.view", site="S02")

    assert actor.role == "monitor"


def test_command_line_does_what_it_is_for_and_no_more(people):
    assert require(SYSTEM, "people.invite_person") is SYSTEM
    for action in ("people.appoint", "people.delegate", "subjects.save_record", "allocation.seal"):
        with pytest.raises(NotPermitted):
            require(SYSTEM, action)


def test_stranger_with_a_made_up_number_may_nothing(people):
    stranger = Actor("P9999", "X", "Y", role="data_manager", proved_at=now())

    with pytest.raises(NotPermitted):
        appoint(person=people["monitor"].id, role="auditor", by=stranger, at=now())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_delegation SET role = 'data_manager'",
        "UPDATE people_delegation SET ends_on = NULL, revoked_at = NULL, ended_by = 'x'",
        "DELETE FROM people_delegation",
        "DELETE FROM people_person",
        "UPDATE people_person SET physician = 1, name = 'x'",
        "DELETE FROM people_siteactivation",
        "UPDATE people_siteactivation SET active = 1, since = '2020-01-01'",
    ],
)
def test_database_refuses_what_goes_past_the_services(people, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_person_without_a_line_may_nothing(people):
    number = invited(people)

    assert Person.objects.get(number=number).user is None
    assert not may(number, "people.view", "S01")
