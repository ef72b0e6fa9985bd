"""T12: from the protocol file to a running site in < 60 s, by the commands that a unit types."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.journey


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status
    except HTTPError as refused:
        return refused.code
    except (URLError, OSError):
        return 0


def environment():
    ours = {key: value for key, value in os.environ.items()
            if not key.startswith(("ADJUVANT_", "DATABASE_", "DJANGO_"))}  # fmt: skip
    return ours | {"PYTHONUNBUFFERED": "1"}


def test_protocol_file_becomes_a_running_site_within_60_seconds(tmp_path):
    started, port = time.perf_counter(), free_port()
    run = [sys.executable, "-m", "adjuvant"]
    subprocess.run(
        [*run, "new", "trial", "--template", "adjuvant-cell-therapy"],
        cwd=tmp_path, env=environment(), check=True, capture_output=True,
    )  # fmt: skip
    said = tmp_path / "said.txt"
    with said.open("wb") as out:
        served = subprocess.Popen(
            [*run, "serve", "--training", "--no-open", "--workers", "1", "--port", str(port)],
            cwd=tmp_path / "trial", env=environment(), stdout=out, stderr=out,
        )  # fmt: skip
    try:
        while not (status := answers(f"http://127.0.0.1:{port}/account/login/")):
            assert served.poll() is None, said.read_text()
            assert time.perf_counter() - started < 120, said.read_text()
            time.sleep(0.2)
        seconds = time.perf_counter() - started
    finally:
        served.send_signal(signal.SIGTERM)
        served.wait(timeout=30)

    print(f"\nprotocol file to running site: {seconds:.1f} s")
    assert status == 200
    assert seconds < 60
    assert len(re.findall(r"/people/training/\S+/", said.read_text())) >= 8
