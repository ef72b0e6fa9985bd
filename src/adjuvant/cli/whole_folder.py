"""A folder that appears whole or not at all, whatever ends the work on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from adjuvant.core import EnvironmentProblem, InvalidInput

__all__ = ["whole_folder"]


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield a folder to fill; it becomes `target` when the block ends without an error.

    Raises    InvalidInput where target exists or its parent does not; EnvironmentProblem where
              the parent cannot be written.
    """
    if target.exists() or target.is_symlink():
        raise InvalidInput(f"{target} exists already and was left alone; choose another name")
    parent = target.absolute().parent
    if not parent.is_dir():
        raise InvalidInput(f"the folder {target.parent} does not exist; make it first")
    try:
        with TemporaryDirectory(dir=parent, prefix=".new-", ignore_cleanup_errors=True) as aside:
            filling = Path(aside) / target.name
            filling.mkdir()
            yield filling
            filling.rename(target)
    except OSError as reason:
        raise EnvironmentProblem(
            f"{target} cannot be written: {reason.strerror or reason}; choose another folder"
        ) from None
