"""Whatever is done to the trail or beside it, past every guard, verification finds it."""

import itertools
import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
from conduct_databases import copy_sqlite, use_database
from conduct_ledger.services import change_jar, open_jar, weigh
from conduct_tampering import KEYS, attack
from django.db import connection

from adjuvant.conduct.audit.actor import SYSTEM, Actor
from adjuvant.conduct.audit.anchors import write_outside_head
from adjuvant.conduct.audit.entry import service
from adjuvant.conduct.audit.models import Change, Head
from adjuvant.conduct.audit.redaction import redact_text
from adjuvant.conduct.audit.state import verify_state
from adjuvant.conduct.audit.verify import verify_chain, verify_site

WARD = Actor("P0001", "A. Ward", "Site 1", "investigator", "203.0.113.7 browser")


@service("audit.redact")
def redact(change, *, entry, by, at):
    redact_text(entry, change, "new")


def fill(now):
    """Some thirty events, one of them a redaction, with a head outside at the end."""
    for number in range(6):
        jar = open_jar(
            f"J{number}", by=WARD, at=now, owner="A. Ward", grams=Decimal(number),
            values={"haemoglobin": 9.1, "note": "größer"}, photo=b"p", share=0.25,
            filled_on=date(2026, 3, 2), seen_at=now,
        )  # fmt: skip
        change_jar(jar, by=WARD, at=now, full=True, reason="it was full")
        change_jar(jar, by=WARD, at=now, values={"haemoglobin": 10.2, "note": "größer"})
        weigh(jar, Decimal("1.25"), by=WARD, at=now)
    redact(Change.objects.filter(field="values.note").first(), by=SYSTEM, at=now, reason="a name")
    write_outside_head()


class SqliteHand:
    """Raw SQL on the file, with the guards taken out and put back as they were."""

    def __init__(self, file):
        self.raw = sqlite3.connect(file, isolation_level=None)
        self.raw.execute("PRAGMA synchronous = OFF")
        self.raw.execute("BEGIN")
        self.guards = self.raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in self.guards:
            self.raw.execute(f"DROP TRIGGER {name}")

    def __call__(self, statement, *values):
        values = [str(value) if isinstance(value, datetime | date) else value for value in values]
        return self.raw.execute(statement, values).fetchall()

    def columns(self, table):
        return [row[1] for row in self.raw.execute(f"PRAGMA table_info({table})")]

    def close(self):
        for _, statement in self.guards:
            self.raw.execute(statement)
        self.raw.execute("COMMIT")
        self.raw.close()

    json = staticmethod(json.dumps)
    flag = staticmethod(int)

    @staticmethod
    def instant(at):
        return datetime.fromisoformat(at).replace(tzinfo=UTC)


def attack_sqlite(site, folder, count, start):
    """Return the attacks that were not found; one that SQLite itself refuses does not count."""
    unseen, done = [], 0
    for number in itertools.count(start):
        if done == count:
            return unseen
        for old in folder.glob("attacked.sqlite3*"):
            old.unlink()
        file = folder / "attacked.sqlite3"
        copy_sqlite(site, file)
        with closing(SqliteHand(file)) as hand:
            try:
                what = attack(hand, number)
            except sqlite3.IntegrityError:
                continue
        done += 1
        use_database(f"sqlite://{file}")
        if not faults():
            unseen.append(what)


class PostgresHand:
    """Raw SQL as superuser, with every trigger switched off for this session."""

    def __init__(self, raw):
        self.raw = raw
        raw.execute("SET session_replication_role = replica")

    def __call__(self, statement, *values):
        cursor = self.raw.execute(statement.replace("?", "%s"), values or None)
        return cursor.fetchall() if cursor.description else []

    def columns(self, table):
        return [
            row[0]
            for row in self.raw.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                "ORDER BY ordinal_position",
                [table],
            )
        ]

    json = staticmethod(json.dumps)
    flag = staticmethod(bool)

    @staticmethod
    def instant(at):
        return at


def attack_postgres(cluster, site, count, start):
    """Return the attacks that were not found; the tables are put back after each.

    One that PostgreSQL refuses even to its superuser (a type, a length, a key) does not count.
    """
    unseen, done = [], 0
    with psycopg.connect(cluster.url(site.rpartition("/")[2]), autocommit=True) as raw:
        hand = PostgresHand(raw)
        for table in KEYS:
            raw.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        for number in itertools.count(start):
            if done == count:
                break
            try:
                what = attack(hand, number)
            except psycopg.errors.Error:
                continue
            done += 1
            if not faults():
                unseen.append(what)
            for table in KEYS:
                raw.execute(f"DELETE FROM {table}")
                raw.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    assert not faults()
    return unseen


def faults():
    """What is found in the chain and beside it, whatever the guards look like."""
    return [*verify_chain().faults, *verify_state(connection)]


def test_forty_attacks_on_the_file_are_found(sqlite_site, now, tmp_path):
    fill(now)
    assert attack_sqlite(sqlite_site, tmp_path, 40, 0) == []


def test_forty_attacks_on_postgres_are_found(cluster, postgres_site, now):
    fill(now)
    assert attack_postgres(cluster, postgres_site, 40, 0) == []


@pytest.mark.slow
def test_a_thousand_attacks_on_the_file_are_found(sqlite_site, now, tmp_path):
    fill(now)

    unseen = attack_sqlite(sqlite_site, tmp_path, 1000, 1000)

    print(f"SQLite: {1000 - len(unseen)} of 1000 attacks found")
    assert unseen == []


@pytest.mark.slow
def test_a_thousand_attacks_on_postgres_are_found(cluster, postgres_site, now):
    fill(now)

    unseen = attack_postgres(cluster, postgres_site, 1000, 1000)

    print(f"PostgreSQL: {1000 - len(unseen)} of 1000 attacks found")
    assert unseen == []


def test_an_older_copy_put_in_place_is_found_by_the_head_outside(sqlite_site, now, tmp_path):
    open_jar("J1", by=WARD, at=now)
    copy_sqlite(sqlite_site, tmp_path / "older.sqlite3")
    open_jar("J2", by=WARD, at=now)
    write_outside_head("allocation")

    use_database(f"sqlite://{tmp_path / 'older.sqlite3'}")

    assert [fault.kind for fault in verify_site().faults] == ["behind_outside_head"]
    assert Head.objects.get().seq == 2


def test_a_chain_that_goes_on_differently_after_an_older_copy_is_found(sqlite_site, now, tmp_path):
    copy_sqlite(sqlite_site, tmp_path / "older.sqlite3")
    open_jar("J1", by=WARD, at=now)
    write_outside_head("allocation")

    use_database(f"sqlite://{tmp_path / 'older.sqlite3'}")
    open_jar("J9", by=WARD, at=now)
    open_jar("J8", by=WARD, at=now)

    assert [fault.kind for fault in verify_site().faults] == ["rewritten"]
