"""Putting a name and a date to a value that is our choice, in the file itself."""

from datetime import date
from pathlib import Path

from adjuvant.core import InvalidInput
from adjuvant.protocol.files import write_whole
from adjuvant.protocol.reader import draft_of
from adjuvant.protocol.source import Source
from adjuvant.protocol.suggestions import one_of
from adjuvant.protocol.tree import Path as Steps
from adjuvant.protocol.tree import Tree, path_name

__all__ = ["confirm_value", "confirmed_text"]


def confirm_value(file: Path, path: str, *, by: str, on: date) -> None:
    """Write `confirmed: {by, on}` beside the value at `path` of a protocol file.

    Raises    InvalidInput where there is no such value to confirm, or by whom is empty; the file
              is then left as it was.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "protocol.yaml"
    ...     _ = file.write_text("trial: {phase: {value: III, from: our_choice}}")
    ...     confirm_value(file, "trial.phase", by="A. Lead", on=date(2026, 2, 1))
    ...     print(file.read_text())
    trial: {phase: {value: III, from: our_choice, confirmed: {by: 'A. Lead', on: 2026-02-01}}}
    """
    text = file.read_text("utf-8")
    write_whole(file, confirmed_text(text, path, by=by, on=on))


def confirmed_text(text: str, path: str, *, by: str, on: date) -> str:
    """Return the text of a protocol in which the value at `path` is confirmed.

    >>> text = "trial:\\n  phase: {value: III, from: our_choice}\\n"
    >>> print(confirmed_text(text, "trial.phase", by="A. Lead", on=date(2026, 2, 1)))
    trial:
      phase: {value: III, from: our_choice, confirmed: {by: 'A. Lead', on: 2026-02-01}}
    <BLANKLINE>
    """
    if not by.strip() or not by.isprintable():
        raise InvalidInput("nobody is named; write who confirms the value")
    tree = draft_of(Source.from_text(text, "protocol.yaml")).tree
    steps = _open_value(tree, path)
    line, column = tree.origin_ends[steps]
    words = f"confirmed: {{by: '{by.strip().replace(chr(39), chr(39) * 2)}', on: {on.isoformat()}}}"
    rows = text.split("\n")
    row = rows[line - 1]
    key = row[: column - 1].rstrip()
    if key.lstrip() == "from:":
        indent = row[: len(row) - len(row.lstrip())]
        rows.insert(line, f"{indent}{words}")
    else:
        end = column - 1 + len(tree.provenance[steps].origin)
        rows[line - 1] = f"{row[:end]}, {words}{row[end:]}"
    changed = "\n".join(rows)
    after = Tree.of(Source.from_text(changed, "protocol.yaml"))
    if after.data != tree.data or not after.provenance[steps].confirmed:
        raise InvalidInput(
            f"{path} could not be confirmed by machine; write {words} beside 'from:' by hand"
        )
    return changed


def _open_value(tree: Tree, path: str) -> Steps:
    waiting = {
        path_name(tree.data, steps): steps
        for steps, found in tree.provenance.items()
        if found.origin == "our_choice" and not found.confirmed
    }
    if path not in waiting:
        last = path.rpartition(".")[2]
        hint = one_of(path, waiting) if waiting else "none does"
        raise InvalidInput(
            f"{path!r} is no value that waits to be confirmed; {hint}. A value waits once it says "
            f"where it comes from: '{last}: {{value: ..., from: our_choice}}'"
        )
    return waiting[path]
