"""Twelve ways to write a guarded row: each leaves an event, or is refused, on both databases."""

import json
import sqlite3
from contextlib import closing

import psycopg
import pytest
from conduct_ledger.models import Jar, Weighing
from conduct_ledger.services import change_jar, open_jar, weigh
from django.core import serializers
from django.db import DatabaseError, connection, transaction

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import Entry
from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.audit.verify import verify_site


def save(jar):
    jar.owner = "x"
    jar.save()


def create(jar):
    Jar.objects.create(code="J9")


def bulk_create(jar):
    Jar.objects.bulk_create([Jar(code="J8"), Jar(code="J9")])


def bulk_update(jar):
    jar.owner = "x"
    Jar.objects.bulk_update([jar], ["owner"])


def update(jar):
    Jar.objects.update(owner="x")


def upsert(jar):
    Jar.objects.bulk_create(
        [Jar(code="J1", owner="x")],
        update_conflicts=True, unique_fields=["code"], update_fields=["owner"],
    )  # fmt: skip


def raw_sql(jar):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_jar SET owner = 'x'")


def delete(jar):
    Weighing.objects.all().delete()


def raw_delete(jar):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_weighing")


def load_a_fixture(jar):
    row = {"model": "ledger.jar", "pk": jar.pk, "fields": {"code": "J1", "owner": "x"}}
    for found in serializers.deserialize("json", json.dumps([row])):
        found.save()


def in_a_transaction_with_another_event(jar):
    """An event that tells of another row does not pay for this one."""
    with transaction.atomic():
        entry = Entry("ledger.open_jar", SYSTEM, Event.objects.last().at)
        entry.insert(Jar(code="J7"))
        Jar.objects.filter(pk=jar.pk).update(owner="x")
        entry.write()


def another_program(jar):
    """A job beside the server, with a connection of its own and foreign keys on."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(found["NAME"])) as raw, raw:
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute("UPDATE ledger_jar SET owner = 'x'")
    else:
        place = {"dbname": found["NAME"], "user": "owner", "host": found["HOST"]}
        with closing(psycopg.connect(port=found["PORT"], **place)) as raw:
            raw.execute("UPDATE ledger_jar SET owner = 'x'")
            raw.commit()


WAYS = [
    save, create, bulk_create, bulk_update, update, upsert, raw_sql, delete, raw_delete,
    load_a_fixture, in_a_transaction_with_another_event, another_program,
]  # fmt: skip


def test_each_of_twelve_writes_past_the_services_is_refused(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now, owner="A. Ward")
    weigh(jar, 3, by=SYSTEM, at=now)
    events = Event.objects.count()

    for way in WAYS:
        fresh = Jar.objects.get(pk=jar.pk)
        with pytest.raises((DatabaseError, sqlite3.Error, psycopg.Error, RuntimeError)):
            way(fresh)

    assert Jar.objects.get().owner == "A. Ward"
    assert Weighing.objects.count() == 1
    assert Event.objects.count() == events
    assert verify_site().faults == []


def test_a_program_without_foreign_keys_is_found_by_what_it_owes(sqlite_site, now):
    open_jar("J1", by=SYSTEM, at=now)

    with closing(sqlite3.connect(sqlite_site)) as raw, raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE ledger_jar SET owner = 'x'")

    kinds = {fault.kind for fault in verify_site().faults}
    assert kinds == {"state", "unaudited", "guard"}


def test_services_leave_one_event_each_and_the_state_is_what_they_tell(site, now):
    jar = open_jar("J1", by=SYSTEM, at=now)
    for number in range(5):
        change_jar(jar, by=SYSTEM, at=now, owner=f"owner {number}")
        weigh(jar, number, by=SYSTEM, at=now)

    assert Event.objects.count() == 12
    assert verify_site().faults == []
