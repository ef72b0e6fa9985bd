"""The database itself refuses what the audit trail could not tell of."""

import sqlite3
from contextlib import closing

import pytest
from conduct_databases import use_database
from conduct_ledger.models import Jar
from conduct_ledger.services import change_jar, open_jar, weigh, write_past_the_entry
from django.db import DatabaseError, IntegrityError, connection, transaction

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import Entry, UnauditedWrite, service
from adjuvant.conduct.audit.models import Event, Head
from adjuvant.conduct.audit.verify import verify_site
from adjuvant.core import StepRefused


@service("audit.try")
def try_something(*, entry, by, at):
    entry.note("tried", 1)


def run(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_new_site_begins_with_one_event(site):
    assert [event.action for event in Event.objects.all()] == ["audit.begin"]
    assert Head.objects.get().seq == 1


def test_a_service_adds_one_link(site, now):
    try_something(by=SYSTEM, at=now)

    first, second = Event.objects.order_by("seq")
    assert second.previous_hash == first.hash
    assert Head.objects.get().hash == second.hash


TRAIL = ["audit_event", "audit_change", "audit_text", "audit_head"]
REWRITES = [
    "UPDATE audit_event SET actor_name = 'x'",
    "DELETE FROM audit_event",
    "UPDATE audit_change SET field = 'x'",
    "DELETE FROM audit_change",
    "UPDATE audit_text SET new = 'x'",
    "DELETE FROM audit_text",
    "UPDATE audit_head SET seq = seq + 1",
    "UPDATE audit_head SET hash = 'x'",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head (id, seq, hash) VALUES (2, 1, 'x')",
    "INSERT INTO audit_pending (\"table\", \"row\") VALUES ('a', 'b')",
    "INSERT INTO audit_never VALUES (1)",
]


def test_the_trail_refuses_to_be_rewritten(site, now):
    try_something(by=SYSTEM, at=now)

    for statement in REWRITES:
        with pytest.raises(DatabaseError):
            run(statement)


def test_even_the_owner_of_the_tables_is_refused(postgres_site, now):
    try_something(by=SYSTEM, at=now)

    use_database(postgres_site)
    for statement in [*REWRITES, *(f"TRUNCATE {table} CASCADE" for table in TRAIL)]:
        with pytest.raises(IntegrityError):
            run(statement)


WRITES = [
    "INSERT INTO ledger_weighing (jar_id, grams) SELECT id, 2 FROM ledger_jar",
    "UPDATE ledger_jar SET owner = 'x'",
    "UPDATE ledger_jar SET code = 'x'",
    "DELETE FROM ledger_jar",
    "UPDATE ledger_weighing SET grams = 4",
    "DELETE FROM ledger_weighing",
]


def test_a_guarded_row_is_not_written_without_an_event(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now)
    weigh(jar, 3, by=SYSTEM, at=now)

    for statement in WRITES:
        with pytest.raises(DatabaseError):
            run(statement)

    assert verify_site().holds


def test_a_service_that_writes_past_its_entry_is_refused_by_name(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now)

    with pytest.raises(UnauditedWrite, match=f"ledger_jar {jar.pk}"):
        write_past_the_entry(jar, by=SYSTEM, at=now)

    assert verify_site().holds


def test_a_write_after_the_event_in_the_same_transaction_is_refused(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now)

    def write_twice():
        entry = Entry("ledger.change_jar", SYSTEM, now)
        entry.change(jar, owner="A. Ward")
        entry.write()
        Jar.objects.filter(pk=jar.pk).update(owner="B. Hill")

    with pytest.raises(DatabaseError), transaction.atomic():
        write_twice()

    assert Jar.objects.get().owner == ""


def test_a_frozen_column_stays(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now)

    with pytest.raises(IntegrityError, match="never changes"):
        change_jar(jar, by=SYSTEM, at=now, code="J2")


def test_a_refusal_is_undone_and_written_down(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now)

    with pytest.raises(StepRefused):
        change_jar(jar, by=SYSTEM, at=now, owner="nobody")

    last = Event.objects.last()
    assert last.action == "refused:ledger.change_jar"
    assert "keeps its owner" in last.items.get(field="refusal").text.new


def test_a_service_inside_a_transaction_is_refused(site, now):
    with pytest.raises(RuntimeError), transaction.atomic():
        open_jar("J1", by=SYSTEM, at=now)


def test_equal_values_leave_no_item(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now, values={"b": 1, "a": 2})

    change_jar(jar, by=SYSTEM, at=now, values={"a": 2, "b": 1})

    assert Event.objects.last().changes == 0


def test_insert_or_replace_is_refused_whatever_the_pragma(sqlite_site, now):
    weigh(open_jar("J1", by=SYSTEM, at=now), 3, by=SYSTEM, at=now)

    with closing(sqlite3.connect(sqlite_site)) as plain:
        for table in [*TRAIL, "ledger_jar", "ledger_weighing"]:
            with pytest.raises(sqlite3.IntegrityError):
                plain.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
        with pytest.raises(sqlite3.IntegrityError):  # another key, the same unique code
            plain.execute(
                "INSERT OR REPLACE INTO ledger_jar (id, code, owner, full, [values]) "
                "VALUES (9, 'J1', 'x', 0, '{}')"
            )
