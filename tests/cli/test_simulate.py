"""`adjuvant simulate` from outside: prints, keeps, resumes, is interrupted with one sentence."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ADJUVANT = [str(Path(sys.executable).parent / "adjuvant")]


def run(folder, *args):
    return subprocess.run(
        [*ADJUVANT, "simulate", *args], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"NO_COLOR": "1"},
    )  # fmt: skip


@pytest.mark.journey
def test_the_table_has_errors_formulas_and_the_python_that_repeats_it(tmp_path):
    done = run(tmp_path, "takayama2000", "--trials", "2e3", "--seed", "4")

    assert done.returncode == 0, done.stderr
    assert "TAKAYAMA2000: 2,000 trials a scenario, seed 4 (± Monte-Carlo error)" in done.stdout
    assert "Study.open('takayama2000').simulate(trials=2000, seed=4)" in done.stdout
    written = json.loads((tmp_path / "simulation" / "simulation.json").read_text("utf-8"))
    again = run(tmp_path, "takayama2000", "--trials", "2000", "--seed", "4", "--json")
    assert json.loads(again.stdout) == written
    reject = written["scenarios"][0]["characteristics"]["reject"]
    assert reject["standard_error"] > 0
    assert written["scenarios"][0]["formula"]["analytic"] == pytest.approx(0.8, abs=0.01)


@pytest.mark.journey
@pytest.mark.skipif(sys.platform == "win32", reason="signals to a group of processes")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interruption_says_one_sentence_and_the_rest_is_run_once(tmp_path, workers):
    base = ("takayama2000", "--scenario", "planned", "--seed", "6", "--workers", workers)
    begun = subprocess.Popen(
        [*ADJUVANT, "simulate", *base, "--trials", "1e9"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    chunks = tmp_path / "simulation" / "chunks"
    wait_for_lines(chunks, 30)

    os.killpg(begun.pid, signal.SIGINT)
    out, err = begun.communicate(timeout=60)

    assert begun.returncode == 130
    assert out == ""
    assert err.strip().splitlines() == [
        "Interrupted: the chunks done are kept in simulation/chunks; "
        "the same command goes on there."
    ]
    (kept,) = chunks.iterdir()
    before = kept.read_text("utf-8").splitlines()
    trials = 1024 * (len(before) - 1) if workers == "1" else 20 * 1024
    resumed = run(tmp_path, *base, "--trials", str(trials), "--json")
    alone = run(tmp_path, *base, "--trials", str(trials), "--json", "--out", "other")
    assert resumed.stdout == alone.stdout
    # One process has chunk after chunk: none of them is run again.
    assert workers == "2" or kept.read_text("utf-8").splitlines() == before


def wait_for_lines(folder, number):
    for _ in range(600):
        time.sleep(0.1)
        files = list(folder.glob("*.jsonl")) if folder.exists() else []
        if files and len(files[0].read_text("utf-8").splitlines()) > number:
            return
    raise AssertionError("no chunk was kept within a minute")


@pytest.mark.journey
def test_afresh_runs_every_chunk_again(tmp_path):
    run(tmp_path, "takayama2000", "--trials", "1024")
    (first, *_) = sorted((tmp_path / "simulation" / "chunks").iterdir())
    first.write_text("not ours\n", "utf-8")

    refused = run(tmp_path, "takayama2000", "--trials", "1024")
    done = run(tmp_path, "takayama2000", "--trials", "1024", "--afresh")

    assert refused.returncode == 3
    assert "is not a file of kept chunks" in refused.stderr
    assert done.returncode == 0


@pytest.mark.journey
def test_one_trial_is_written_and_analysed(tmp_path):
    done = run(tmp_path, "takayama2000", "--one-trial", "7", "--seed", "1", "--out", "seven")
    analysed = subprocess.run(
        [*ADJUVANT, "analyse", "seven", "--json"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    again = run(tmp_path, "takayama2000", "--one-trial", "7", "--seed", "1", "--out", "seven")

    assert "SYNTHETIC patients of trial 7" in done.stdout
    assert json.loads(analysed.stdout)
    assert again.returncode == 3
    assert "exists already" in again.stderr


@pytest.mark.journey
@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("takayama2000", "--trials", "many"), 2, "not a number of trials such as 1e6"),
        (("takayama2000", "--trials", "1.5"), 2, "not a number of trials"),
        (("takayama2000", "--scenario", "x"), 3, "no scenario 'x'; expected one of planned, null"),
        (("takayama2000", "--workers", "2", "--cluster", "tcp://x:1"), 2, "leave one of both out"),
        (("nowhere",), 3, "no file or shipped study 'nowhere'"),
        (("moertel1990",), 3, "a design compares two arms"),
        (
            ("takayama2000", "--one-trial", "1", "--scenario", "null", "--scenario", "planned"),
            2,
            "of one scenario",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(tmp_path, args, code, words):
    done = run(tmp_path, *args)

    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
