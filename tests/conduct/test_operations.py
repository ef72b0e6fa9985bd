"""Operations: backup and restore under load, the move to PostgreSQL, keys, logs, deployment."""

import json
import logging
import os
import subprocess
import sys
import threading
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from conduct_databases import use_database
from conduct_trial import open_trial

from adjuvant.conduct.secrets import make_secrets, read_secrets
from adjuvant.core import EnvironmentProblem, InvalidInput, StepRefused, UsageError
from adjuvant.randomisation import new_identity

SAFE = new_identity("Sponsor's safe")


def screen(people, now, n):
    from adjuvant.conduct.subjects.services import add_subject

    for _ in range(n):
        add_subject(site="S01", by=people["coordinator"], at=now)


def back_up(file):
    from adjuvant.conduct.backup import back_up

    return back_up(file, [SAFE.recipient])


def restored_command(file, study, tmp_path, **environment):
    """Restore by the command line, as the person who runs the server does."""
    key = tmp_path / "safe.key"
    key.write_text(f"{SAFE.name}\n{SAFE.secret_text()}\n")
    # The tests' own settings, for their database has the tables of the tests' own app too.
    known = {k: v for k, v in os.environ.items() if k not in ("ADJUVANT_STUDY", "ADJUVANT_ANCHORS")}
    known["PYTHONPATH"] = str(Path(__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-m", "adjuvant", "restore", str(file), "--identity", str(key),
         "--to", str(study)], capture_output=True, text=True, env={**known, **environment},
        check=False,
    )  # fmt: skip


def test_a_backup_under_load_restores_to_a_chain_that_verifies(sqlite_site, now, tmp_path):
    """T10: the copy is of one instant, whatever is written meanwhile."""
    from django.db import connection

    people = open_trial(now)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            screen(people, now, 1)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = back_up(tmp_path / "site.sealed")
    finally:
        stop.set()
        writer.join(30)
    done = restored_command(tmp_path / "site.sealed", tmp_path / "back", tmp_path)

    assert done.returncode == 0, done.stderr
    assert f"Verified {made.events} audit events" in done.stdout
    assert "Randomisation is closed" in done.stdout


def test_a_backup_holds_nothing_in_clear(sqlite_site, now, tmp_path):
    screen(open_trial(now), now, 2)

    back_up(tmp_path / "site.sealed")

    data = (tmp_path / "site.sealed").read_bytes()
    for secret in (b"S01-0001", b"SQLite format 3", b"signing", b"adjuvant/1"):
        assert secret not in data


def test_a_backup_never_replaces_another_and_leaves_no_part(sqlite_site, now, tmp_path):
    open_trial(now)
    back_up(tmp_path / "site.sealed")

    with pytest.raises(InvalidInput, match="never replaces"):
        back_up(tmp_path / "site.sealed")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        back_up(tmp_path / "nowhere" / "site.sealed")
    assert [f.name for f in tmp_path.glob("*sealed*")] == ["site.sealed"]


def test_a_backup_changed_by_one_byte_or_for_another_key_makes_no_folder(
    sqlite_site, now, tmp_path
):
    from adjuvant.conduct.restore import restore

    open_trial(now)
    back_up(tmp_path / "site.sealed")
    data = bytearray((tmp_path / "site.sealed").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "changed").write_bytes(data)

    with pytest.raises(InvalidInput, match=r"changed since|not an envelope"):
        restore(tmp_path / "changed", SAFE, tmp_path / "back")
    with pytest.raises(InvalidInput, match="not sealed to this key"):
        restore(tmp_path / "site.sealed", new_identity("Other"), tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_postgresql_backup_restores_into_an_empty_database(cluster, postgres_site, now, tmp_path):
    from adjuvant.conduct.audit.verify import verify_site
    from adjuvant.conduct.restore import restore

    screen(open_trial(now), now, 3)
    made = back_up(tmp_path / "site.sealed")
    cluster.run("CREATE DATABASE restored OWNER owner")

    contents = restore(
        tmp_path / "site.sealed", SAFE, tmp_path / "back", cluster.url("restored", "owner")
    )
    use_database(cluster.url("restored", "owner"), anchors=tmp_path / "back" / "site" / "anchors")
    found = verify_site()

    assert (contents["database"], found.events) == ("postgresql", made.events)
    assert found.holds, found.faults


def test_a_site_moves_from_sqlite_to_postgresql_with_its_chain(
    cluster, postgres_template, sqlite_site, now, tmp_path
):
    """Every row, every link; the guards stand on the other side too."""
    from django.conf import settings
    from django.db import DatabaseError, connection, transaction

    from adjuvant.conduct.audit.models import Event
    from adjuvant.conduct.audit.verify import verify_site
    from adjuvant.conduct.move import move_to_postgres

    screen(open_trial(now), now, 3)
    before = verify_site()
    cluster.run("CREATE DATABASE moved OWNER owner")
    use_database(cluster.url("moved", "owner"), anchors=settings.ANCHORS)

    moved = move_to_postgres(sqlite_site)
    after = verify_site()

    number, link = before.head
    assert Event.objects.get(seq=number).hash == link == moved.head
    assert after.events >= before.events  # the move itself is told
    assert after.holds, after.faults
    assert moved.rows["subjects_subject"] == 3
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM subjects_subject")
    with pytest.raises(InvalidInput, match="not empty"):
        move_to_postgres(sqlite_site)


def test_keys_are_read_by_their_owner_alone_and_never_replaced(tmp_path):
    file = tmp_path / "secrets.json"
    made = make_secrets(file, "training")

    assert read_secrets(file) == made
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="holds the keys of a site already"):
        make_secrets(file, "training")
    file.chmod(0o644)
    with pytest.raises(EnvironmentProblem, match="can be read by others"):
        read_secrets(file)


def test_a_training_site_never_becomes_production(tmp_path):
    from adjuvant.conduct.server import _keys

    make_secrets(tmp_path / "site" / "secrets.json", "production")
    (tmp_path / "protocol.yaml").write_text("")

    with pytest.raises(StepRefused, match="it was made for production"):
        _keys(tmp_path, "training")


def test_the_log_names_the_page_and_no_subject(sqlite_site, now, caplog):
    from conduct_people import client

    from adjuvant.conduct.logs import JsonLines

    with caplog.at_level(logging.INFO, logger="adjuvant.request"):
        client().get("/subjects/S01-0001-9/")

    (record,) = [r for r in caplog.records if r.name == "adjuvant.request"]
    line = json.loads(JsonLines().format(record))
    assert (line["page"], line["method"]) == ("subjects:subject", "GET")
    assert "S01-0001" not in json.dumps(line)


def test_an_error_is_logged_by_its_place_without_its_words():
    from adjuvant.conduct.logs import JsonLines

    try:
        raise ValueError("Mrs Smith, born 1950")
    except ValueError:
        record = logging.LogRecord("django.request", 40, "x.py", 1, "%s", ("Mrs Smith",),
                                   sys.exc_info())  # fmt: skip

    line = JsonLines().format(record)

    assert "Smith" not in line
    assert json.loads(line)["error"] == "ValueError"


def test_health_says_whether_the_guards_stand(sqlite_site, now):
    from conduct_people import client

    answer = client().get("/health/")

    assert answer.json() == {"mode": "training", "database": "answers", "guards": "stand"}


def test_every_answer_carries_the_headers(sqlite_site, now):
    """T15: no inline script or style, no framing, no keeping."""
    from conduct_people import client

    answer = client().get("/account/login/")

    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = answer.content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page


DEPLOY = Path(str(files("adjuvant.conduct") / "deploy"))


def test_compose_file_names_two_services_and_no_password():
    content = yaml.safe_load((DEPLOY / "compose.yaml").read_text())

    assert set(content["services"]) == {"site", "database"}
    assert content["services"]["site"]["read_only"] is True
    assert content["services"]["site"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert "POSTGRES_PASSWORD" not in content["services"]["database"]["environment"]


def test_dockerfile_ends_as_a_user_without_rights():
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    commands = [line.split()[0] for line in lines if line and line[0].isupper()]

    assert commands[0] == "FROM"
    assert ":latest" not in lines[1]
    assert commands.index("USER") > commands.index("RUN")
    assert set(commands) <= {"FROM", "RUN", "USER", "WORKDIR", "EXPOSE", "HEALTHCHECK",
                             "ENTRYPOINT", "CMD"}  # fmt: skip


def test_systemd_units_have_their_sections():
    for name in ("adjuvant.service", "adjuvant-backup.service"):
        text = (DEPLOY / name).read_text()
        assert "[Unit]" in text
        assert "[Service]" in text
        assert "User=adjuvant" in text
    assert "LimitCORE=0" in (DEPLOY / "adjuvant.service").read_text()
