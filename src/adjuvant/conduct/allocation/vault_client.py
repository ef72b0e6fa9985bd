"""How the server asks the vault: one question, one answer, over a local socket."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from adjuvant.core import EnvironmentProblem, StepRefused

__all__ = ["ADDRESS", "ask", "start_vault"]

ADDRESS = "ADJUVANT_VAULT"  # environment variable: the socket of this server's vault


def ask(question: str, **facts: Any) -> Mapping[str, Any]:
    """Return the vault's answer.

    Raises StepRefused with the vault's own words, or where there is no vault to ask.
    """
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(20)
            line.connect(os.environ.get(ADDRESS, ""))
            line.sendall(json.dumps({"question": question, **facts}).encode("ascii") + b"\n")
            answer = json.loads(line.makefile("rb").readline() or b"{}")
    except OSError:
        raise StepRefused(
            "randomisation is locked",
            "the vault that holds the sealed list does not answer",
            "restart the server; then the unblinded statistician opens the vault",
        ) from None
    if "ok" not in answer:
        raise StepRefused(*answer.get("refused", ("randomisation is locked", "no answer", "retry")))
    return dict(answer["ok"])


def start_vault(log: Path) -> "subprocess.Popen[bytes]":
    """Start a vault beside this server and name its socket to the processes that follow.

    Raises EnvironmentProblem where it does not start.
    """
    address = Path(mkdtemp(prefix="adjuvant-vault-")) / "socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "adjuvant.conduct.allocation.vault", address, log]
    )
    os.environ[ADDRESS] = str(address)
    for _ in range(200):
        if address.exists():
            return process
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise EnvironmentProblem("the vault of the sealed list did not start; see the messages above")
