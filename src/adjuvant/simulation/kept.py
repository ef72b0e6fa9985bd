"""Chunks kept in a file, one line each, so that an interrupted run goes on where it stopped."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from adjuvant.core import InvalidInput
from adjuvant.simulation.chunks import ChunkSums, quantities
from adjuvant.simulation.scenario import Scenario, canonical

__all__ = ["KeptChunks"]

_SCHEMA = "adjuvant/simulation-chunks/1"


class KeptChunks:
    """The chunks of one scenario and seed in a file; without a file nothing is kept.

    The first line says whose chunks they are; every other line is one chunk, in full digits. A
    line that was cut off, as when the machine stopped while writing, is left out and run again.
    """

    def __init__(self, scenario: Scenario, seed: int, path: str | Path | None) -> None:
        self._path = None if path is None else Path(path)
        self._head = {
            "schema": _SCHEMA,
            "scenario": canonical(scenario),
            "seed": seed,
            # Another version may draw otherwise: its chunks are never mixed with these.
            "version": version("adjuvant"),
            "quantities": list(quantities(len(scenario.looks))),
        }
        self._chunks: dict[int, ChunkSums] = {}
        if self._path is not None:
            self._read(self._path)

    def get(self, chunk: int, trials: int) -> ChunkSums | None:
        """Return a chunk if it is kept with so many trials."""
        found = self._chunks.get(chunk)
        return found if found is not None and found.trials == trials else None

    def add(self, chunks: dict[int, ChunkSums]) -> None:
        """Keep chunks."""
        if self._path is None:
            return
        lines = "".join(
            json.dumps(
                {
                    "chunk": chunk,
                    "trials": sums.trials,
                    "n": sums.n.tolist(),
                    "mean": sums.mean.tolist(),
                    "squares": sums.squares.tolist(),
                }
            )
            + "\n"
            for chunk, sums in chunks.items()
        )
        with self._path.open("a", encoding="utf-8") as file:
            file.write(lines)

    def _read(self, path: Path) -> None:
        text = path.read_text("utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if not whole:
            path.write_text(json.dumps(self._head) + "\n", "utf-8")
            return
        head, *lines = whole.splitlines()
        if _parsed(path, head) != self._head:
            raise InvalidInput(
                f"{path} keeps chunks of another scenario, seed or version; name another file, "
                "or delete it"
            )
        if whole != text:
            path.write_text(whole, "utf-8")
        for line in lines:
            part = _parsed(path, line)
            numbers = (np.array(part[name]) for name in ("n", "mean", "squares"))
            self._chunks[part["chunk"]] = ChunkSums(part["trials"], *numbers)


def _parsed(path: Path, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        raise InvalidInput(f"{path} is not a file of kept chunks; name another file") from None
