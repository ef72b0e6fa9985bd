"""A real site, served by `adjuvant serve` in a process of its own, for tests that need one."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

LINK = re.compile(r"^  (\S.*?)\s{2,}(http\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Served:
    """A site that answers: its folder, its address, a one-time link for each person."""

    study: Path
    url: str
    links: dict[str, str]
    process: subprocess.Popen


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def own_environment() -> dict[str, str]:
    """Return the environment without what the tests of `conduct` set for their own process."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("ADJUVANT_", "DJANGO_"))}


@contextmanager
def served(study: Path, program: tuple[str, ...] = ("-m", "adjuvant"), **environment: str):
    """Serve a study folder for training until the block ends."""
    port = free_port()
    log = study.parent / f"{study.name}.log"
    command = [sys.executable, *program, "serve", str(study), "--training", "--no-open",
               "--port", str(port)]  # fmt: skip
    known = own_environment()
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**known, **environment}, start_new_session=True
        )
    try:
        wait_for(f"http://localhost:{port}/health/", process, log)
        yield Served(
            study, f"http://localhost:{port}/", dict(LINK.findall(log.read_text())), process
        )
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(30)


def wait_for(url: str, process, log: Path, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the site ended with {process.returncode}: {log.read_text()}")
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError(f"the site does not answer: {log.read_text()}")


def new_study(folder: Path, name: str = "hcc-adjuvant") -> Path:
    """Make a study folder as a newcomer does."""
    subprocess.run(
        [sys.executable, "-m", "adjuvant", "new", name, "--template", "adjuvant-cell-therapy"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / name


def prove(page) -> int:
    """Answer the page that asks who one is, on a training site; return the clicks it took."""
    if "/prove/" not in page.url:
        return 0
    code = re.search(r"\b(\d{4})\b", page.inner_text("main")).group(1)
    page.fill("main input:not([type=hidden])", code)
    page.click("main form button.primary")
    return 1
