"""An upgrade is no way round the trail, and guards that were taken out keep the site closed."""

import sqlite3
from contextlib import closing

import pytest
from conduct_databases import use_database
from conduct_ledger.models import Jar
from conduct_ledger.services import change_jar, open_jar
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import Entry, UnauditedWrite
from adjuvant.conduct.audit.guards import guard_faults, remove_guards, serve_refusals
from adjuvant.conduct.audit.migrate import migrate
from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.audit.verify import verify_site
from adjuvant.core import StepRefused


def as_owner(site):
    if str(site).startswith("postgresql"):
        use_database(site)


def as_an_older_version_left_it(now):
    """Undo the newest migration of the tests' app, and write a jar as that version did."""
    remove_guards(connection)
    call_command("migrate", "ledger", "0001", verbosity=0, interactive=False)
    old = MigrationExecutor(connection).loader.project_state(("ledger", "0001_initial")).apps
    with transaction.atomic():
        entry = Entry("ledger.open_jar", SYSTEM, now)
        jar = entry.insert(old.get_model("ledger", "Jar")(code="J1", owner="A. Ward"))
        entry.write()
    return str(jar.pk)


def test_a_site_at_its_version_is_left_alone(site, now):
    as_owner(site)

    migrate()

    assert Event.objects.count() == 1
    assert guard_faults(connection) == []


def test_a_missing_guard_keeps_the_site_closed_until_it_is_repaired(site, now):
    as_owner(site)
    on = "" if connection.vendor == "sqlite" else "ON ledger_jar"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER guard_ledger_jar_delete {on}")

    assert any("guard_ledger_jar_delete" in line for line in serve_refusals(connection))
    with pytest.raises(StepRefused, match="not guarded as it was"):
        migrate()

    migrate(repair=True)

    assert guard_faults(connection) == []
    assert Event.objects.last().items.get(field="guards put back")
    assert verify_site().holds


def test_what_a_migration_changes_is_told_as_one_event(site, now):
    as_owner(site)
    jar = as_an_older_version_left_it(now)

    migrate()

    last = Event.objects.last()
    assert last.action == "audit.migrate"
    told = {(c.row, c.field): c.text.new for c in last.items.filter(table="ledger_jar")}
    assert told == {(jar, "lid"): '"tight"'}
    assert Jar.objects.get(pk=jar).lid == "tight"
    assert verify_site().faults == []


def test_an_upgrade_does_not_launder_a_row_that_was_altered(site, now):
    as_owner(site)
    jar = as_an_older_version_left_it(now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_jar SET owner = 'B. Hill'")

    with pytest.raises(StepRefused, match=f"ledger_jar {jar} owner was altered"):
        migrate()


def test_debts_of_a_rogue_program_close_the_site_until_the_row_is_right_again(sqlite_site, now):
    jar = open_jar("J1", by=SYSTEM, at=now, owner="A. Ward")
    write_with_keys_off(sqlite_site, "B. Hill")
    assert any("written past the audit trail" in line for line in serve_refusals(connection))
    with pytest.raises(UnauditedWrite):
        open_jar("J2", by=SYSTEM, at=now)
    with pytest.raises(StepRefused, match="owner was altered"):
        migrate(repair=True)

    write_with_keys_off(sqlite_site, "A. Ward")
    migrate(repair=True)

    assert serve_refusals(connection) == []
    change_jar(jar, by=SYSTEM, at=now, owner="C. Moor")
    assert verify_site().faults == []


def write_with_keys_off(file, owner):
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE ledger_jar SET owner = ?", [owner])
