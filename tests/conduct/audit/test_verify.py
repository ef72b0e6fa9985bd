"""Verification finds what was done to the trail, and finds nothing where nothing was done."""

from datetime import date
from decimal import Decimal

import pytest
from conduct_databases import use_database
from conduct_ledger.models import Jar, Weighing
from conduct_ledger.services import change_jar, open_jar, weigh
from django.db import connection

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.anchors import outside_head, write_outside_head
from adjuvant.conduct.audit.guards import install_guards, remove_guards
from adjuvant.conduct.audit.verify import verify_site


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
