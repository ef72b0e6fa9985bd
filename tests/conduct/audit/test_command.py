"""`adjuvant audit` on a real study folder, as the person who runs the server types it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A new study with a training site that has its tables and its first event."""
    from adjuvant.conduct.secrets import make_secrets

    study = tmp_path_factory.mktemp("studies") / "trial"
    run("new", study, "--template", "adjuvant-cell-therapy")
    make_secrets(study / "site" / "secrets.json", "training")
    done = run("manage", "migrate", "--study", study)
    assert done.returncode == 0, done.stderr
    return study


def run(*words):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ADJUVANT", "DJANGO"))}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "adjuvant", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_verify_and_head_print_what_an_inspector_keeps(folder):
    head = run("audit", "head", "--study", folder)
    verified = run("audit", "verify", "--study", folder)
    answer = json.loads(run("audit", "verify", "--json", "--study", folder).stdout)

    assert head.stdout.startswith("event      1\nhash       "), head.stderr
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "verified: nothing was altered" in verified.stdout
    assert answer["holds"] is True
    assert (answer["head"]["event"], answer["outside_head"]) == (1, 1)


def test_verify_ends_with_1_and_names_each_fault(folder, tmp_path):
    with closing(sqlite3.connect(folder / "site" / "adjuvant.sqlite3")) as raw, raw:
        raw.execute("DROP TRIGGER guard_audit_event_update")
        raw.execute("UPDATE audit_event SET actor_name = 'Somebody Else'")

    done = run("audit", "verify", "--study", folder)

    assert done.returncode == 1
    assert "event 1: edited: event 1 or one of its changes was altered" in done.stdout
    assert "guard_audit_event_update is missing" in done.stdout


def test_a_folder_without_a_site_is_told_so(tmp_path):
    done = run("audit", "verify", "--study", tmp_path)

    assert done.returncode == 4
    assert "Traceback" not in done.stderr
