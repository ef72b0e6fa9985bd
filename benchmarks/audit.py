"""How long does the verification of a long audit trail take, beside SHA-256 alone?

Run: python benchmarks/audit.py [--events 100000]
Fills a site on SQLite with events of three changes each, as its services would write them, verifies
the chain (on two cores), and hashes as many texts of the same length with nothing around it: the
floor. The ratio is of processor times, since the wall clock lies on a busy machine.
"""

import argparse
import hashlib
import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

CHANGES = 3
COLUMNS = {
    "audit_event": "seq, at, action, site, subject, actor_id, actor_name, actor_role, "
    "actor_organisation, source, protocol_version, software_version, meaning, previous_hash, "
    "changes, hash",
    "audit_change": 'id, position, "table", "row", field, old_commitment, new_commitment, seq',
    "audit_text": "change_id, new, new_salt",
}


def prepare(folder: Path) -> Path:
    """Make a training site whose database has its tables and its first event."""
    from adjuvant.conduct.secrets import make_secrets

    make_secrets(folder / "site" / "secrets.json", "training")
    os.environ |= {"ADJUVANT_STUDY": str(folder)}
    os.environ["DJANGO_SETTINGS_MODULE"] = "adjuvant.conduct.settings"
    import django

    django.setup()
    from adjuvant.conduct.audit.migrate import migrate

    migrate()
    return folder / "site" / "adjuvant.sqlite3"


def fill(file: Path, events: int) -> None:
    """Append events as `append_link` does, but in one transaction and past the guards."""
    from adjuvant.conduct.audit.signing import sign_head

    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        guards = raw.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in guards:
            raw.execute(f"DROP TRIGGER {name}")
        seq, link = raw.execute("SELECT seq, hash FROM audit_head").fetchone()
        first = raw.execute("SELECT max(id) + 1 FROM audit_change").fetchone()[0]
        for batch in batches(seq, link, first, events):
            for table, columns in COLUMNS.items():
                marks = ", ".join("?" * len(columns.split(",")))
                statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
                raw.executemany(statement, batch[table])
            seq, link = batch["head"]
        head = (seq, link, sign_head(seq, link))
        raw.execute("UPDATE audit_head SET seq = ?, hash = ?, signature = ?", head)
        for _, statement in guards:
            raw.execute(statement)
        raw.commit()


def batches(seq: int, link: str, change: int, events: int, size: int = 20_000) -> Iterator[dict]:
    """Yield the rows of the three tables, in the order of their columns."""
    from adjuvant.conduct.audit.chain import FIELDS, commitment, event_hash

    at = datetime(2026, 1, 1, tzinfo=UTC)
    batch: dict = {table: [] for table in COLUMNS}
    for number in range(events):
        seq, at = seq + 1, at + timedelta(seconds=7)
        items = []
        for place in range(CHANGES):
            text, salt = f'"value {number} of item {place}"', secrets.token_hex(16)
            kept = (
                "subjects_record",
                str(number),
                f"values.item_{place}",
                "",
                commitment(text, salt),
            )
            items.append(kept)
            batch["audit_change"].append((change, place, *kept, seq))
            batch["audit_text"].append((change, text, salt))
            change += 1
        told = (seq, at, "subjects.save_record", "S01", "S01-001", "P0001", "A. Ward", "nurse",
                "Site 1", "203.0.113.7 browser", "1.0", "0.1.0", "", link)  # fmt: skip
        link = event_hash(dict(zip(FIELDS, told, strict=True)), items)
        kept_at = at.strftime("%Y-%m-%d %H:%M:%S")
        batch["audit_event"].append((seq, kept_at, *told[2:], CHANGES, link))
        if len(batch["audit_event"]) == size or number == events - 1:
            yield batch | {"head": (seq, link)}
            batch = {table: [] for table in COLUMNS}


def processor() -> float:
    """Return the processor seconds of this process and of those that it started and that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def floor(events: int) -> float:
    """Return the seconds that SHA-256 takes for as many texts of the same length."""
    short, long = b"x" * 45, b"x" * (320 + 130 * CHANGES)
    start = time.process_time()
    for _ in range(events):
        hashlib.sha256(long).hexdigest()
        for _ in range(CHANGES):
            hashlib.sha256(short).hexdigest()
    return time.process_time() - start


def main() -> None:
    """Print the seconds, the ratio to the floor, and what a million events would take."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=100_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="adjuvant-bench-") as name:
        file = prepare(Path(name))
        fill(file, events)
        from adjuvant.conduct.audit.verify import verify_chain

        start, worked = time.perf_counter(), processor()
        found = verify_chain()
        seconds, worked = time.perf_counter() - start, processor() - worked
    assert found.holds, found.faults[:3]
    lowest = floor(events)
    print(f"{found.events} events with {CHANGES} changes each verified in {seconds:.1f} s")
    print(
        f"processor time {worked:.1f} s, SHA-256 alone {lowest:.2f} s: ratio {worked / lowest:.1f}"
    )
    million = worked / events * 1e6
    print(f"a million events: {million:.0f} s of processor time (goal: 60)")


if __name__ == "__main__":
    main()
