"""The database itself refuses what the audit trail could not tell of."""

import pytest
from django.db import IntegrityError, connection, transaction

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import service
from adjuvant.conduct.audit.models import Event, Head


@service("audit.try")
def try_something(*, entry, by, at):
    entry.note("tried", 1)


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_new_site_begins_with_one_event(sqlite_site):
    assert [event.action for event in Event.objects.all()] == ["audit.begin"]
    assert Head.objects.get().seq == 1


def test_a_service_adds_one_link(sqlite_site, now):
    try_something(by=SYSTEM, at=now)

    first, second = Event.objects.order_by("seq")
    assert second.previous_hash == first.hash
    assert Head.objects.get().hash == second.hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor_name = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_change SET field = 'x'",
        "DELETE FROM audit_change",
        "UPDATE audit_text SET new = 'x'",
        "DELETE FROM audit_text",
        "UPDATE audit_head SET seq = seq + 1",
        "UPDATE audit_head SET hash = 'x'",
        "DELETE FROM audit_head",
        "INSERT OR REPLACE INTO audit_head (id, seq, hash) VALUES (1, 1, 'x')",
        "DELETE FROM audit_pending",
        "INSERT INTO audit_never VALUES (1)",
    ],
)
def test_the_trail_refuses_to_be_rewritten(sqlite_site, now, statement):
    try_something(by=SYSTEM, at=now)
    if "pending" in statement:
        statement = "INSERT INTO audit_pending (\"table\", \"row\") VALUES ('a', 'b')"

    with pytest.raises(IntegrityError):
        run(statement)
