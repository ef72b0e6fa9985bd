"""T2, T6, T14: one answer to a hundred clicks; no future in any file; one arm in an emergency."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from conduct_enrolled import opened_vault, ready
from conduct_people import browser_of
from conduct_protocol import template
from conduct_trial import open_trial

from adjuvant.core import StepRefused

SINGLE = {"tumour_number": "single", "stage_group": "I-II"}


def allocate(people, subject, now):
    from adjuvant.conduct.allocation.services import randomise

    return randomise(subject, confirmed=SINGLE, by=people["coordinator"], at=now)


def test_a_hundred_requests_for_one_patient_get_one_answer(site, now, tmp_path):
    from django.db import connection

    from adjuvant.conduct.allocation.models import Allocation

    people = open_trial(now)
    with opened_vault(people, now, tmp_path):
        subject = ready(people, now)

        def ask(_):
            try:
                row = allocate(people, subject, now)
                return row.number, row.slot, row.arm
            finally:
                connection.close()

        with ThreadPoolExecutor(10) as pool:
            answers = set(pool.map(ask, range(100)))

    assert len(answers) == 1
    assert Allocation.objects.count() == 1


def test_no_file_of_the_site_holds_a_future_assignment(sqlite_site, now, tmp_path, study):
    """Database, journal, backup, heads, log of the vault, mails: searched for seed and sequence."""
    people = open_trial(now)
    with opened_vault(people, now, tmp_path) as (identity, made):
        for _ in range(2):
            allocate(people, ready(people, now), now)
        with (
            closing(sqlite3.connect(sqlite_site)) as live,
            closing(sqlite3.connect(tmp_path / "backup.sqlite3")) as copy,
        ):
            live.backup(copy)
        arms = made.sealed.slots["single/I-II"]
        secret = [
            made.sealed.seed.hex(), made.nonce.hex(), identity.secret_text(),
            json.dumps(list(arms[2:8])), json.dumps(list(arms[2:8]), separators=(",", ":")),
            "".join(arm[0] for arm in arms[2:20]),
        ]  # fmt: skip
        files = [f for folder in (tmp_path, study) for f in folder.rglob("*") if f.is_file()]
        found = [
            (file.name, text[:20])
            for file in files
            for text in secret
            if text.encode() in file.read_bytes()
        ]
        raw = [f.name for f in files if made.sealed.seed in f.read_bytes()]

    assert len(files) > 5
    assert (found, raw) == ([], [])


def test_the_published_digest_does_not_tell_the_list(sqlite_site, now, tmp_path):
    """Every order of a stratum's first blocks is tried against the digest without the nonce."""
    from hashlib import sha256
    from itertools import product

    from adjuvant.randomisation import list_bytes

    people = open_trial(now)
    with opened_vault(people, now, tmp_path) as (_, made):
        whole = list_bytes(made.sealed)
        stratum = json.dumps(list(made.sealed.slots["single/I-II"][:12]), separators=(",", ":"))
        head = stratum[:-1].encode()
        assert head in whole  # the attacker knows everything but these twelve slots
        tried = 0
        for guess in product(("CTL", "IMM"), repeat=12):
            wanted = json.dumps(list(guess), separators=(",", ":"))[:-1].encode()
            digest = sha256(whole.replace(head, wanted, 1)).hexdigest()
            tried += 1
            assert digest != made.commitment

    assert tried == 4096


def test_pages_for_those_who_enrol_count_no_arms(sqlite_site, now, tmp_path):
    people = open_trial(now)
    with opened_vault(people, now, tmp_path):
        rows = [allocate(people, ready(people, now), now) for _ in range(3)]
        answer = browser_of(people["coordinator"].id).get("/allocation/")
        seen = answer.content.decode()

    assert rows[0].subject.number in seen
    assert not any(arm in seen for arm in ("IMM", "CTL", "Adoptive immunotherapy"))


@pytest.fixture
def masked(sqlite_site, now):
    text = template().replace("blinding: open_label", "blinding: double_blind")
    return open_trial(now, text=text)


def test_a_masked_arm_is_neither_stored_nor_told_and_disclosed_to_the_investigator(
    masked, now, tmp_path
):
    from adjuvant.conduct.allocation.services import disclose

    with opened_vault(masked, now, tmp_path) as (_, made):
        row = allocate(masked, ready(masked, now), now)
        assert row.arm == ""
        assert "IMM" not in row.receipt

        with pytest.raises(StepRefused, match="no reason is given"):
            disclose(row, by=masked["investigator"], at=now)
        arm = disclose(row, by=masked["investigator"], at=now, reason="anaphylaxis")

    assert arm == made.sealed.slots["single/I-II"][0]


def test_an_arm_told_by_telephone_is_not_stored_in_a_masked_trial(masked, now, tmp_path):
    from adjuvant.conduct.allocation.recovery import enter_by_telephone

    with opened_vault(masked, now, tmp_path) as (_, made):
        row = enter_by_telephone(
            ready(masked, now), arm=made.sealed.slots["single/I-II"][0], told_at=now,
            levels=SINGLE, by=masked["unblinded_statistician"], at=now, reason="network down",
        )  # fmt: skip

    assert row.arm == ""
    assert '"arm":""' in row.receipt


def test_nobody_but_a_physician_of_the_site_discloses(masked, now, tmp_path):
    from adjuvant.conduct.allocation.services import disclose
    from adjuvant.conduct.people.permissions import NotPermitted, OtherSite

    with opened_vault(masked, now, tmp_path):
        row = allocate(masked, ready(masked, now), now)
        for who in ("coordinator", "nurse", "data_manager", "trial_statistician", "elsewhere_pi"):
            with pytest.raises((NotPermitted, OtherSite)):
                disclose(row, by=masked[who], at=now, reason="curiosity")
