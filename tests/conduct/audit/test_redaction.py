"""A wrongly typed name can be taken out, everywhere, and the chain still verifies."""

import pytest
from conduct_databases import copy_sqlite, use_database
from conduct_ledger.models import Jar
from conduct_ledger.services import change_jar, open_jar

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.entry import service
from adjuvant.conduct.audit.models import Change, Text
from adjuvant.conduct.audit.redaction import MARK, complete_log, redact_again, redact_text
from adjuvant.conduct.audit.verify import verify_site
from adjuvant.core import StepRefused

NAME = "Wilhelmina Example-Patient"


@service("audit.redact")
def redact(change, side, *, entry, by, at):
    return redact_text(entry, change, side)


def typed_twice(now):
    """The name is typed, stands through another change, and is corrected: new once, old once."""
    jar = open_jar("J1", by=SYSTEM, at=now, owner=NAME, values={"note": NAME})
    change_jar(jar, by=SYSTEM, at=now, owner="P0001", reason="a name was typed")
    return jar, Change.objects.get(field="owner", text__new=f'"{NAME}"')


def test_every_equal_text_of_the_item_goes_and_the_chain_verifies(site, now):
    jar, change = typed_twice(now)

    gone = redact(change, "new", by=SYSTEM, at=now, reason="an identity was typed")

    assert gone == 2
    found = verify_site()
    assert found.faults == []
    assert [(text.seq, text.by) for text in found.redactions] == [(2, 4), (3, 4)]
    assert Jar.objects.get(pk=jar.pk).owner == "P0001"


def test_the_value_in_the_row_is_marked_too(site, now):
    jar, _ = typed_twice(now)

    redact(Change.objects.get(field="values.note"), "new", by=SYSTEM, at=now, reason="identity")

    assert Jar.objects.get(pk=jar.pk).values == {"note": MARK}
    assert verify_site().faults == []
    assert not Text.objects.filter(new__contains=NAME, change__field="values.note").exists()


def test_no_byte_of_the_text_is_left_in_the_files(sqlite_site, now):
    _, change = typed_twice(now)
    redact(change, "new", by=SYSTEM, at=now, reason="identity")
    redact(Change.objects.get(field="values.note"), "new", by=SYSTEM, at=now, reason="identity")

    for file in sqlite_site.parent.rglob("*"):
        assert file.is_dir() or NAME.encode() not in file.read_bytes(), file


def test_a_text_cannot_be_redacted_twice(site, now):
    _, change = typed_twice(now)
    redact(change, "new", by=SYSTEM, at=now, reason="identity")

    change.text.refresh_from_db()
    with pytest.raises(StepRefused, match="no text any more"):
        redact(change, "new", by=SYSTEM, at=now, reason="identity")


def test_a_restored_backup_is_redacted_again(sqlite_site, now, tmp_path):
    jar, change = typed_twice(now)
    copy_sqlite(sqlite_site, tmp_path / "backup.sqlite3")
    redact(change, "new", by=SYSTEM, at=now, reason="identity")
    redact(Change.objects.get(field="values.note"), "new", by=SYSTEM, at=now, reason="identity")

    use_database(f"sqlite://{tmp_path / 'backup.sqlite3'}")
    again = redact_again()

    assert again == 3
    assert not Text.objects.filter(new__contains=NAME).exists()
    assert Jar.objects.get(pk=jar.pk).values == {"note": MARK}
    assert verify_site().faults == []
    assert redact_again() == 0


def test_a_redaction_missing_from_the_log_outside_is_written_there(site, now, tmp_path):
    _, change = typed_twice(now)
    redact(change, "new", by=SYSTEM, at=now, reason="identity")
    log = tmp_path / "anchors" / "redactions.jsonl"
    assert len(log.read_text().splitlines()) == 2
    assert NAME not in log.read_text()

    log.unlink()

    assert complete_log() == 2
