"""Files outside the database that only ever grow: each line is on the disk before the call ends."""

import os
from pathlib import Path

__all__ = ["append_line"]


def append_line(file: Path, line: str) -> None:
    """Add a line in one write, so that two processes never mix theirs, and flush it to the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = not file.exists()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        os.write(handle, line.encode("utf-8") + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        _flush_folder(file.parent)


def _flush_folder(folder: Path) -> None:
    """Flush the folder, so that a file just made in it is there after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
