"""Verification finds what was done to the trail, and finds nothing where nothing was done."""

import json
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from conduct_databases import copy_sqlite, use_database
from conduct_ledger.models import Jar, Weighing
from conduct_ledger.services import change_jar, open_jar, weigh
from django.db import connection, transaction

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.anchors import (
    outside_head,
    outside_heads,
    start_hourly_heads,
    write_outside_head,
)
from adjuvant.conduct.audit.guards import install_guards, remove_guards, serve_refusals
from adjuvant.conduct.audit.restored import accept_restore
from adjuvant.conduct.audit.verify import verify_chain, verify_site
from adjuvant.core import InvalidInput, StepRefused


def fill(now):
    """Seven events on two jars, with every kind of value."""
    jar = open_jar("J1", by=SYSTEM, at=now, owner="A. Ward", grams=Decimal("1.5"), share=1e16,
                   values={"haemoglobin": 9.1, "größe": "1,80 m"}, photo=b"picture",
                   filled_on=date(2026, 3, 2), seen_at=now)  # fmt: skip
    change_jar(jar, by=SYSTEM, at=now, values=jar.values | {"haemoglobin": 10.2}, reason="typo")
    change_jar(jar, by=SYSTEM, at=now, full=True, share=0.5)
    weigh(jar, Decimal(3), by=SYSTEM, at=now)
    open_jar("J2", by=SYSTEM, at=now)
    return jar


def behind_the_guards(site, statement):
    """Do what only the owner of the tables can: take the guards out, write, put them back."""
    if str(site).startswith("postgresql"):
        use_database(site)
    remove_guards(connection)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    install_guards(connection)


def test_an_untouched_site_verifies(site, now):
    fill(now)

    found = verify_site()

    assert found.faults == []
    assert found.events == 6
    assert found.outside == 1


def test_the_head_outside_is_the_newest_link(site, now):
    fill(now)

    written = write_outside_head()

    assert outside_head() == written
    assert verify_site().head == (6, written.hash)


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        ("UPDATE ledger_jar SET owner = 'B. Hill' WHERE code = 'J1'", "state", "owner"),
        ("UPDATE ledger_jar SET grams = 15 WHERE code = 'J1'", "state", "grams"),
        ("DELETE FROM ledger_weighing", "missing", "ledger_weighing 1 is gone"),
        ("UPDATE ledger_weighing SET id = 9", "unaudited", "ledger_weighing 9"),
    ],
)
def test_a_row_edited_behind_the_guards_is_found(site, now, statement, kind, words):
    fill(now)

    behind_the_guards(site, statement)

    found = verify_site()
    assert any(fault.kind == kind and words in fault.what for fault in found.faults), found.faults


def test_rounded_decimals_and_large_floats_are_told_as_they_are_kept(site, now):
    jar = fill(now)

    kept = Jar.objects.get(pk=jar.pk)

    assert kept.grams == Decimal("1.500")
    assert Weighing.objects.get().grams == 3
    assert not verify_site().faults


def test_a_restore_that_lost_events_is_accepted_once_with_a_reason(sqlite_site, now, tmp_path):
    fill(now)
    copy_sqlite(sqlite_site, tmp_path / "backup.sqlite3")
    open_jar("J3", by=SYSTEM, at=now)
    write_outside_head("allocation")
    use_database(f"sqlite://{tmp_path / 'backup.sqlite3'}")
    open_jar("J4", by=SYSTEM, at=now)
    open_jar("J5", by=SYSTEM, at=now)
    assert [fault.kind for fault in verify_site().faults] == ["rewritten"]

    with pytest.raises(StepRefused, match="no reason"):
        accept_restore(by=SYSTEM, at=now, reason="")
    lost = accept_restore(by=SYSTEM, at=now, reason="the disk failed")

    assert lost == 6  # events 2 to 7 stand after the last head that both share, the first
    assert verify_site().faults == []
    open_jar("J6", by=SYSTEM, at=now)
    assert verify_site().faults == []
    with pytest.raises(StepRefused, match="nothing to do"):
        accept_restore(by=SYSTEM, at=now, reason="again")


def test_an_hourly_head_is_written_once_for_each_newest_event(sqlite_site, now):
    fill(now)

    stop = start_hourly_heads(every=0.05)
    time.sleep(0.6)
    stop.set()
    time.sleep(0.2)

    hourly = [head for head in dict.fromkeys(outside_heads()) if head.why == "hourly"]
    assert [head.seq for head in hourly] == [6]


def test_a_forged_head_outside_is_found(site, now, tmp_path):
    fill(now)
    written = write_outside_head()
    forged = asdict(written) | {"seq": 3}
    with (tmp_path / "anchors" / "heads.jsonl").open("a") as file:
        file.write(json.dumps(forged) + "\nrubbish\n")

    assert {fault.kind for fault in verify_site().faults} == {"outside"}


def test_no_head_is_written_outside_before_the_commit(site, now):
    with transaction.atomic(), pytest.raises(InvalidInput, match="after the commit"):
        write_outside_head()


def test_the_server_refuses_a_clock_before_the_last_event(site, now):
    open_jar("J1", by=SYSTEM, at=datetime(2090, 1, 1, tzinfo=UTC))

    assert any("set the clock" in line for line in serve_refusals(connection))


def test_the_server_is_not_refused_where_all_is_well(site):
    assert serve_refusals(connection) == []


def test_the_server_refuses_the_role_that_owns_the_tables(postgres_site):
    use_database(postgres_site)

    assert any("owns tables" in line for line in serve_refusals(connection))


def test_the_server_refuses_a_superuser(postgres_site):
    use_database(postgres_site.replace("owner@", "postgres@"))

    assert any("switch guards off" in line for line in serve_refusals(connection))


def test_the_server_refuses_wrong_pragmas(sqlite_site):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("PRAGMA synchronous = NORMAL")

    found = " ".join(serve_refusals(connection))

    assert "PRAGMA foreign_keys is 0, not 1" in found
    assert "PRAGMA synchronous is 1, not 2" in found


def test_other_processes_find_what_one_finds(site, now, monkeypatch):
    fill(now)
    assert verify_chain().faults == []

    monkeypatch.setattr("adjuvant.conduct.audit.verify.PARALLEL", 1)
    together = verify_chain()
    behind_the_guards(site, "UPDATE audit_event SET subject = 'J9' WHERE seq = 4")

    assert (together.events, together.faults) == (6, [])
    assert [(fault.kind, fault.seq) for fault in verify_chain().faults] == [("edited", 4)]
