"""The vault tells one slot at a time, in order, writes every question down, and shows nothing."""

import json
import os
import time

import pytest

from adjuvant.conduct.allocation.vault import Vault
from adjuvant.conduct.allocation.vault_client import ADDRESS, ask, start_vault
from adjuvant.core import StepRefused
from adjuvant.randomisation import Factor, make_list, new_identity, seal, seal_file

SEED = bytes(range(32))
FACTORS = (Factor("stage", ("I-II", "III-IVA")),)


def sealed_by(identity, method="permuted_blocks", **options):
    made = seal_file(
        make_list("T1", method, ratio=(("CTL", 1), ("IMM", 1)), factors=FACTORS, seed=SEED,
                  slots_per_stratum=0 if method == "minimisation" else 24, options=options)
    )  # fmt: skip
    return made, seal(made.to_bytes(), [identity.recipient])


def opened(tmp_path, method="permuted_blocks", **options):
    identity = new_identity("Unblinded statistician")
    made, envelope = sealed_by(identity, method, **options)
    vault = Vault(tmp_path / "vault.log")
    answer = vault.answer({
        "question": "open", "commitment": made.commitment, "envelope": envelope.hex(),
        "secret": identity.secret_text(), "name": identity.name,
    })  # fmt: skip
    assert "ok" in answer, answer
    return vault, made


def tell(vault, made, slot, subject="S01-0001", stratum="I-II"):
    return vault.answer({
        "question": "tell", "commitment": made.commitment, "stratum": stratum, "slot": slot,
        "subject": subject,
    })  # fmt: skip


def test_slots_are_told_as_the_list_has_them(tmp_path):
    vault, made = opened(tmp_path, block_sizes="4,6")

    told = [tell(vault, made, slot)["ok"]["arm"] for slot in range(1, 25)]

    assert tuple(told) == made.sealed.slots["I-II"][:24]


def test_a_slot_beyond_the_next_is_refused(tmp_path):
    vault, made = opened(tmp_path, block_sizes="4,6")
    tell(vault, made, 1)

    answer = tell(vault, made, 3)

    assert answer["refused"][0] == "slot 3 is not told"


def test_the_same_slot_is_told_again_after_an_aborted_transaction(tmp_path):
    vault, made = opened(tmp_path, block_sizes="4,6")

    first = tell(vault, made, 1, "S01-0001")
    second = tell(vault, made, 1, "S01-0002")

    assert first == second


def test_every_question_is_in_the_log_before_it_is_answered_and_no_arm_is(tmp_path):
    vault, made = opened(tmp_path, block_sizes="4,6")

    tell(vault, made, 1)

    lines = [json.loads(line) for line in (tmp_path / "vault.log").read_text().splitlines()]
    assert [(one["question"], one["slot"], one["for"]) for one in lines] == [
        ("open", 0, "Unblinded statistician"), ("tell", 1, "S01-0001")]  # fmt: skip
    assert "IMM" not in (tmp_path / "vault.log").read_text()


def test_a_vault_that_starts_again_knows_how_far_it_had_told(tmp_path):
    vault, made = opened(tmp_path, block_sizes="4,6")
    for slot in (1, 2, 3):
        tell(vault, made, slot)

    again, made_too = opened(tmp_path, block_sizes="4,6")

    assert "refused" in tell(again, made_too, 5)  # another list: its own count begins at 1


def test_a_locked_vault_says_what_to_do(tmp_path):
    answer = tell(
        Vault(tmp_path / "vault.log"), sealed_by(new_identity("X"), block_sizes="4,6")[0], 1
    )

    assert answer["refused"][0] == "randomisation is locked"
    assert "unblinded statistician" in answer["refused"][2]


def test_a_wrong_key_opens_nothing_and_quotes_nothing(tmp_path):
    made, envelope = sealed_by(new_identity("Unblinded statistician"), block_sizes="4,6")
    other = new_identity("Somebody else")

    answer = Vault(tmp_path / "vault.log").answer({
        "question": "open", "commitment": made.commitment, "envelope": envelope.hex(),
        "secret": other.secret_text(), "name": other.name,
    })  # fmt: skip

    assert "not sealed to this key" in answer["refused"][1]
    assert not (tmp_path / "vault.log").exists()


def test_minimisation_is_told_with_everything_that_replays_it(tmp_path):
    vault, made = opened(tmp_path, "minimisation")
    past, told = [], []
    for number in range(1, 9):
        levels = {"stage": "I-II" if number % 3 else "III-IVA"}
        answer = vault.answer({
            "question": "minimise", "commitment": made.commitment, "levels": levels,
            "past": past, "subject": f"S01-{number:04d}",
        })["ok"]  # fmt: skip
        past.append({"levels": levels, "virtual": answer["virtual"], "corrected": None})
        told.append({
            "number": number, "subject": f"S01-{number:04d}", "levels": levels,
            "totals": answer["totals"], "overall": answer["overall"], "drawn": answer["drawn"],
            "virtual": answer["virtual"], "arm": answer["arm"], "commitment": made.commitment,
        })  # fmt: skip

    replay = vault.answer({"question": "verify", "told": told, "corrections": []})["ok"]

    assert (replay["verified"], replay["total"], replay["asked_ahead"]) == (8, 8, 0)


def test_a_look_ahead_shows_in_the_verification(tmp_path):
    vault, made = opened(tmp_path, block_sizes="4,6")
    tell(vault, made, 1, "NOBODY")

    replay = vault.answer({"question": "verify", "told": [], "corrections": []})["ok"]

    assert replay["asked_ahead"] == 1


def test_neither_representation_nor_answers_show_list_or_seed(tmp_path):
    vault, _ = opened(tmp_path, block_sizes="4,6")

    seen = repr(vault) + repr(vault._files) + str(vault.answer({"question": "state"}))

    assert SEED.hex() not in seen
    assert "IMM" not in seen


@pytest.fixture
def process(tmp_path, monkeypatch):
    monkeypatch.setenv(ADDRESS, "")
    process = start_vault(tmp_path / "vault.log")
    yield process
    process.terminate()
    process.wait(10)


def test_the_process_answers_over_its_socket_and_dumps_no_core(process):
    assert ask("state") == {"open": []}
    with open(f"/proc/{process.pid}/limits") as limits:
        core = next(line for line in limits if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_the_socket_is_the_servers_alone(process):
    address = os.environ[ADDRESS]

    assert os.stat(address).st_mode & 0o077 == 0


def test_a_server_without_its_vault_says_so(process):
    process.kill()
    process.wait(10)
    time.sleep(0.05)

    with pytest.raises(StepRefused, match="vault that holds the sealed list does not answer"):
        ask("state")
