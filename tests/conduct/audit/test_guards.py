"""The database itself refuses what the audit trail could not tell of."""

import sqlite3
from contextlib import closing

import pytest
from conduct_databases import use_database
from django.db import DatabaseError, IntegrityError, connection, transaction

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import service
from adjuvant.conduct.audit.models import Event, Head


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


@pytest.mark.parametrize("statement", REWRITES)
def test_the_trail_refuses_to_be_rewritten(site, now, statement):
    try_something(by=SYSTEM, at=now)

    with pytest.raises(DatabaseError):
        run(statement)


@pytest.mark.parametrize("statement", REWRITES)
def test_even_the_owner_of_the_tables_is_refused(postgres_site, now, statement):
    try_something(by=SYSTEM, at=now)

    use_database(postgres_site)
    with pytest.raises(IntegrityError):
        run(statement)


@pytest.mark.parametrize("table", ["audit_event", "audit_change", "audit_text", "audit_head"])
def test_insert_or_replace_is_refused_whatever_the_pragma(sqlite_site, now, table):
    try_something(by=SYSTEM, at=now)

    with closing(sqlite3.connect(sqlite_site)) as plain, pytest.raises(sqlite3.IntegrityError):
        plain.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")


@pytest.mark.parametrize("table", ["audit_event", "audit_change", "audit_text", "audit_head"])
def test_truncate_is_refused_even_to_the_owner(postgres_site, table):
    use_database(postgres_site)

    with pytest.raises(IntegrityError, match="never truncated"):
        run(f"TRUNCATE {table} CASCADE")
