"""Files that appear whole or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from adjuvant.core import EnvironmentProblem

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write a text file through a neighbour that is renamed, so that nobody sees half of it.

    Raises    EnvironmentProblem when the folder is missing or cannot be written.
    """
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=".new-", delete=False
        ) as aside:
            aside.write(text)
        if path.exists():
            os.chmod(aside.name, path.stat().st_mode & 0o777)
        else:
            os.chmod(aside.name, 0o644)
        os.replace(aside.name, path)
    except OSError as reason:
        raise EnvironmentProblem(
            f"{path} cannot be written: {reason.strerror}; make the folder or name another"
        ) from None
