"""T1-T3: many clients in several server processes; nothing lost, doubled, skipped, out of order."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from conduct_enrolled import opened_vault
from conduct_trial import open_trial

ATTACK = Path(__file__).parents[1] / "allocation_attack.py"
STRATA = [("1", "I"), ("1", "III"), ("2", "II"), ("3", "IVA")]


def levels(count, stage):
    return {
        "tumour_number": "single" if count == "1" else "multiple",
        "stage_group": "I-II" if stage in ("I", "II") else "III-IVA",
    }


def enrolled(people, now, n):
    """Add subjects of four strata; the attacking processes do not ask for their screening."""
    from adjuvant.conduct.subjects.services import add_subject

    made = []
    for i in range(n):
        subject = add_subject(site="S01", by=people["coordinator"], at=now)
        made.append({"number": subject.number, "levels": levels(*STRATA[i % 4])})
    return made


def anchors():
    from django.conf import settings

    return settings.ANCHORS


def start(folder, share, shares, seed, url):
    environment = {**os.environ, "DATABASE_URL": url, "ADJUVANT_ANCHORS": str(anchors()),
                   "DJANGO_SETTINGS_MODULE": "conduct_settings",
                   "PYTHONPATH": str(ATTACK.parents[1])}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, str(ATTACK), str(folder / "plan.json"), str(share), str(shares),
         str(seed)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def attacked(folder, url, subjects, people, *, processes, threads, kills, seed=1):
    """Run the attack and return every told answer."""
    who = people["coordinator"]
    plan = {
        "subjects": subjects, "threads": threads, "aborts": 0.1,
        "by": {"id": who.id, "name": who.name, "organisation": who.organisation},
    }  # fmt: skip
    (folder / "plan.json").write_text(json.dumps(plan))
    told, rng = [], random.Random(seed)
    running = [start(folder, i, processes, seed, url) for i in range(processes)]
    for number in range(kills):
        time.sleep(rng.uniform(1.5, 3))
        victim = number % processes
        running[victim].send_signal(signal.SIGKILL)
        told += answers(running[victim])
        running[victim] = start(folder, victim, processes, seed + number + 1, url)
    for process in running:
        out, err = process.communicate(timeout=1500)
        assert process.returncode == 0, err
        told += [json.loads(line) for line in out.splitlines()]
    return told


def answers(process):
    out, _ = process.communicate(timeout=60)
    return [json.loads(line) for line in out.splitlines() if line.endswith("]")]


def check(told, made, n):
    """Compare what was told with what stands in the database and in the sealed list."""
    from adjuvant.conduct.allocation.models import Allocation
    from adjuvant.conduct.audit.verify import verify_site

    rows = {row.subject.number: row for row in Allocation.objects.select_related("subject")}
    assert len(rows) == n
    for subject, number, stratum, slot, arm in told:
        row = rows[subject]
        assert (row.number, row.stratum, row.slot, row.arm) == (number, stratum, slot, arm)
    slots = defaultdict(list)
    for row in sorted(rows.values(), key=lambda one: one.number):
        slots[row.stratum].append((row.slot, row.arm))
    for stratum, found in slots.items():
        arms = made.sealed.slots[stratum]
        assert found == [(i, arms[i - 1]) for i in range(1, len(found) + 1)]
    assert sorted(row.number for row in rows.values()) == list(range(1, n + 1))
    assert verify_site().holds


def attack(site_url, people, now, tmp_path, *, n, slots, **how):
    with opened_vault(people, now, tmp_path, slots=slots) as (_, made):
        subjects = enrolled(people, now, n)
        told = attacked(tmp_path, site_url, subjects, people, **how)
        check(told, made, n)


@pytest.fixture
def people(site, now):
    return open_trial(now)


@pytest.fixture
def url():
    from django.db import connection

    wanted = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{wanted['NAME']}"
    return f"postgresql://{wanted['USER']}@{wanted['HOST']}:{wanted['PORT']}/{wanted['NAME']}"


def test_two_processes_of_clients_lose_double_and_skip_nothing(people, url, now, tmp_path):
    attack(url, people, now, tmp_path, n=40, slots=40, processes=2, threads=4, kills=0)


def test_a_killed_process_loses_nothing_that_was_told(people, url, now, tmp_path):
    attack(url, people, now, tmp_path, n=60, slots=60, processes=2, threads=4, kills=1)


@pytest.mark.slow
def test_ten_thousand_allocations_by_32_clients(people, url, now, tmp_path):
    """T1: 32 clients in 4 processes, 10% aborts, double clicks, kill -9 of workers."""
    attack(
        url, people, now, tmp_path, n=10_000, slots=2600, processes=4, threads=8,
        kills=6,
    )  # fmt: skip
