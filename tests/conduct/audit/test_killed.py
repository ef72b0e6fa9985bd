"""What was acknowledged is there after a kill -9, of the writing process and of the server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conduct_databases import leave_database, use_database
from conduct_ledger.models import Jar
from conduct_postgres import start_cluster, why_no_postgres

from adjuvant.conduct.audit.verify import verify_site

WRITER = """
import os, sys
sys.path.insert(0, sys.argv[2])
import django
django.setup()
from datetime import datetime, timezone
from pathlib import Path
from conduct_databases import leave_database, use_database
use_database(sys.argv[1], anchors=Path(sys.argv[3]))
from adjuvant.conduct.audit.actor import SYSTEM
from conduct_ledger.services import open_jar
for number in range(10_000):
    code = f"{os.getpid()}-{number}"
    open_jar(code, by=SYSTEM, at=datetime.now(timezone.utc), owner="A. Ward")
    print(code, flush=True)
"""


def start_writer(url, anchors):
    tests = Path(__file__).parents[2]
    command = [sys.executable, "-c", WRITER, url, str(tests), str(anchors)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def told_before_the_kill(writer, seconds):
    """Let it write, kill it without a word, and return what it had acknowledged."""
    first = writer.stdout.readline()
    time.sleep(seconds)
    writer.send_signal(signal.SIGKILL)
    rest = writer.stdout.read()
    writer.wait()
    writer.stdout.close()
    return [line for line in (first + rest).split("\n")[:-1] if line]


def kill_writers(url, anchors, times):
    acknowledged = []
    for number in range(times):
        acknowledged += told_before_the_kill(start_writer(url, anchors), 0.15 + 0.07 * number)
    assert acknowledged
    assert set(acknowledged) <= set(Jar.objects.values_list("code", flat=True))
    assert verify_site().faults == []
    return len(acknowledged)


def test_a_writer_killed_on_sqlite_loses_nothing_acknowledged(sqlite_site):
    kill_writers(f"sqlite://{sqlite_site}", sqlite_site.parent / "anchors", 2)


@pytest.mark.slow
def test_twenty_writers_killed_on_sqlite_lose_nothing_acknowledged(sqlite_site):
    count = kill_writers(f"sqlite://{sqlite_site}", sqlite_site.parent / "anchors", 20)
    print(f"SQLite: 20 writers killed, {count} acknowledged writes, none lost, chain verifies")


@pytest.mark.slow
def test_twenty_writers_killed_on_postgres_lose_nothing_acknowledged(postgres_site, tmp_path):
    count = kill_writers(postgres_site, tmp_path / "anchors", 20)
    print(f"PostgreSQL: 20 writers killed, {count} acknowledged writes, none lost, chain verifies")


@pytest.mark.slow
def test_a_killed_postgres_server_loses_nothing_acknowledged(tmp_path):
    """A server of its own, since it is killed: its postmaster and every backend at once."""
    from adjuvant.conduct.audit.migrate import migrate

    if why_no_postgres():
        pytest.skip(why_no_postgres())
    with start_cluster(fsync=True) as cluster:
        cluster.run("CREATE ROLE owner LOGIN", "CREATE ROLE server LOGIN")
        cluster.run("CREATE DATABASE site OWNER owner")
        os.environ["DATABASE_SERVER_ROLE"] = "server"
        use_database(cluster.url("site", "owner"), anchors=tmp_path / "anchors")
        migrate()
        leave_database()
        acknowledged = []
        for number in range(5):
            writer = start_writer(cluster.url("site", "server"), tmp_path / "anchors")
            first = writer.stdout.readline()
            time.sleep(0.3 + 0.2 * number)
            cluster.kill()
            acknowledged += (first + writer.stdout.read()).split("\n")[:-1]
            writer.wait()
            writer.stdout.close()
            cluster.start()
        use_database(cluster.url("site", "server"), anchors=tmp_path / "anchors")
        assert set(acknowledged) <= set(Jar.objects.values_list("code", flat=True))
        assert verify_site().faults == []
        leave_database()
    print(f"PostgreSQL killed 5 times, {len(acknowledged)} acknowledged writes, none lost")
