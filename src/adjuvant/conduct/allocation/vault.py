"""The vault: a process that holds the opened list in memory and tells one slot at a time.

    python -m adjuvant.conduct.allocation.vault SOCKET LOG

It starts locked. The unblinded statistician opens it with her key; neither key nor list is ever
written. It tells slot n of a stratum only when slots 1 to n-1 were told before, and writes every
question to its log, outside the database, before it answers: who looks one slot ahead leaves a
line there, and nobody can look further. The process cannot be traced or dumped by others (Linux).

Each line of a conversation is one JSON object. Questions: state, open, tell, minimise,
verify, disclose.
"""

import ctypes
import json
import os
import resource
import socketserver
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adjuvant.core import AdjuvantError, StepRefused
from adjuvant.randomisation import (
    Correction,
    Identity,
    Past,
    SealedFile,
    ToldMinimised,
    ToldSlot,
    made_again,
    minimise,
    next_slot,
    open_envelope,
    read_sealed_file,
    verify_allocations,
)

__all__ = ["Vault", "main"]

_LOCKED = StepRefused(
    "randomisation is locked",
    "the list is sealed and the vault has not been opened since the server started",
    "ask the unblinded statistician to open it (page Randomisation)",
)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _SIGTERM = 1, 4, 15


class Vault:
    """The opened lists by commitment, and how far each stratum has been told."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._files: dict[str, SealedFile] = {}
        self._asked: dict[tuple[str, str], int] = {}
        for line in log.read_text("utf-8").splitlines() if log.exists() else []:
            entry = json.loads(line)
            if entry["question"] in ("tell", "minimise"):
                key = (entry["commitment"], entry["stratum"])
                self._asked[key] = max(self._asked.get(key, 0), entry["slot"])

    def __repr__(self) -> str:
        return f"Vault({len(self._files)} lists opened)"

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one question; a refusal is an answer too."""
        kinds = {
            "state": self._state,
            "open": self._open,
            "tell": self._tell,
            "minimise": self._minimise,
            "verify": self._verify,
            "disclose": self._disclose,
        }
        try:
            with self._lock:
                return {"ok": kinds[question["question"]](question)}
        except StepRefused as refusal:
            return {"refused": [refusal.what, refusal.why, refusal.remedy]}
        except AdjuvantError as fault:
            return {
                "refused": ["randomisation did not answer", str(fault), "tell the statistician"]
            }
        except (KeyError, TypeError, ValueError) as fault:
            # The kind alone: the words could quote the list.
            return {"refused": ["the vault did not understand", type(fault).__name__, "report it"]}

    def _state(self, _question: dict[str, Any]) -> dict[str, Any]:
        return {"open": sorted(self._files)}

    def _open(self, question: dict[str, Any]) -> dict[str, Any]:
        """Open an envelope with a private key; the list must be the one that was committed to."""
        identity = Identity.parse(question["secret"], question["name"])
        data = open_envelope(bytes.fromhex(question["envelope"]), identity)
        found = read_sealed_file(data, question["commitment"])
        if found.sealed.seed is not None and not made_again(found.sealed):
            raise StepRefused(
                "the list is not opened",
                "its seed gives another list",
                "look for an intact copy of the sealed file",
            )
        self._write("open", question, question["name"])
        self._files[found.commitment] = found
        return {"method": found.sealed.method}

    def _file(self, commitment: str) -> SealedFile:
        found = self._files.get(commitment)
        if found is None:
            raise _LOCKED
        return found

    def _tell(self, question: dict[str, Any]) -> dict[str, Any]:
        """Tell a slot: one told before, or the next one."""
        sealed = self._file(question["commitment"]).sealed
        slot = int(question["slot"])
        self._in_turn(question, slot)
        _, arm = next_slot(sealed, question["stratum"], slot - 1)
        return {"arm": arm}

    def _minimise(self, question: dict[str, Any]) -> dict[str, Any]:
        """Tell the next allocation by minimisation, with all that replays it."""
        file = self._file(question["commitment"])
        past = [Past(p["levels"], p["virtual"], p["corrected"]) for p in question["past"]]
        self._in_turn({**question, "stratum": "minimisation"}, len(past) + 1)
        assert file.sealed.seed is not None
        made = minimise(file.sealed.minimisation, file.sealed.seed, past, question["levels"])
        return {
            "arm": made.arm,
            "virtual": made.virtual,
            "totals": made.totals,
            "overall": made.overall,
            "scores": [str(score) for score in made.scores],
            "drawn": made.drawn,
        }

    def _in_turn(self, question: dict[str, Any], slot: int) -> None:
        """Refuse a slot beyond the next; write the question down before it is answered."""
        key = (question["commitment"], question["stratum"])
        asked = self._asked.get(key, 0)
        if not 1 <= slot <= asked + 1:
            raise StepRefused(
                f"slot {slot} is not told", "the slots before it were not told", "report this"
            )
        self._write("tell", {**question, "slot": slot}, question["subject"])
        self._asked[key] = max(asked, slot)

    def _disclose(self, question: dict[str, Any]) -> dict[str, Any]:
        """Tell the arm of a slot that was told before; it is written down first."""
        sealed = self._file(question["commitment"]).sealed
        slot = int(question["slot"])
        if slot > self._asked.get((question["commitment"], question["stratum"]), 0):
            raise StepRefused("no arm is disclosed", "this slot was not told", "report this")
        self._write("disclose", question, question["subject"])
        if question["state"]:
            return {"arm": sealed.minimisation.virtual[question["state"]["virtual"]]}
        return {"arm": next_slot(sealed, question["stratum"], slot - 1)[1]}

    def _verify(self, question: dict[str, Any]) -> dict[str, Any]:
        """Replay every allocation inside the vault: the list itself does not leave it."""
        told = [_told(row) for row in question["told"]]
        missing = {one.commitment for one in told} - set(self._files)
        if missing:
            raise _LOCKED
        corrections = [Correction(**row) for row in question["corrections"]]
        lists = {digest: file.sealed for digest, file in self._files.items()}
        replay = verify_allocations(lists, told, corrections)
        counts: dict[tuple[str, str], int] = {}
        for one in told:
            stratum = one.stratum if isinstance(one, ToldSlot) else "minimisation"
            counts[one.commitment, stratum] = counts.get((one.commitment, stratum), 0) + 1
        ahead = sum(asked > counts.get(key, 0) for key, asked in self._asked.items())
        return {
            "verified": replay.verified,
            "total": replay.total,
            "faults": replay.faults,
            "asked_ahead": ahead,
        }

    def _write(self, kind: str, question: dict[str, Any], whom: str) -> None:
        """Append a line to the log and see it on the disk."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "question": kind,
            "commitment": question["commitment"],
            "stratum": question.get("stratum", ""),
            "slot": question.get("slot", 0),
            "for": whom,
        }
        with self._log.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
            out.flush()
            os.fsync(out.fileno())


def _told(row: dict[str, Any]) -> ToldSlot | ToldMinimised:
    if "slot" in row:
        return ToldSlot(**row)
    totals = tuple(tuple(part) for part in row["totals"])
    return ToldMinimised(**{**row, "totals": totals, "overall": tuple(row["overall"])})


class _Conversation(socketserver.StreamRequestHandler):
    """One client; a line is a question, a line is its answer."""

    def handle(self) -> None:
        """Answer until the client leaves."""
        for line in self.rfile:
            try:
                question = json.loads(line)
            except ValueError:
                return
            answer = self.server.vault.answer(question)  # type: ignore[attr-defined]
            self.wfile.write(json.dumps(answer).encode("ascii") + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, socket: Path, vault: Vault) -> None:
        self.vault = vault
        super().__init__(str(socket), _Conversation)


def _closed_to_others() -> None:
    """No core file, no tracing by others of this account, and an end with the parent."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        library.prctl(_PR_SET_PDEATHSIG, _SIGTERM, 0, 0, 0)


def main(socket: Path, log: Path) -> None:
    """Serve until the parent ends."""
    _closed_to_others()
    log.parent.mkdir(parents=True, exist_ok=True)
    previous = os.umask(0o177)
    with _Server(socket, Vault(log)) as server:
        os.umask(previous)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
