"""A progress bar on stderr that nobody sees where nobody watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adjuvant.cli.output import console, say

__all__ = ["moving"]


@contextmanager
def moving(label: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Return what moves the bar: called with how many of `total` are done.

    Where stderr is no terminal the label is printed once; with `quiet` nothing is.
    """
    if quiet or not sys.stderr.isatty():
        if not quiet:
            say(f"{label} ...")
        yield lambda _done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<34}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console(to_stderr=True)) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)
