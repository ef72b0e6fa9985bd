"""`write_report`: a folder with the page, figures, tables and results; whole or not at all."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import adjuvant
from adjuvant.analysis.results import Results
from adjuvant.core import EnvironmentProblem, UsageError
from adjuvant.evidence.comparison import Compared
from adjuvant.evidence.printed import Published
from adjuvant.protocol import read_protocol_text
from adjuvant.protocol.model import Protocol
from adjuvant.report.comparison import comparison_rows
from adjuvant.report.files import table_files
from adjuvant.report.flow import check_flow
from adjuvant.report.page import Page, draw_figures, render_page
from adjuvant.report.views import page_scale

if TYPE_CHECKING:
    from adjuvant.dataset import Snapshot

__all__ = ["PAGE", "check_place", "write_folder", "write_report"]

PAGE = "report.html"
_MANIFEST = "report.json"
_SCHEMA = "adjuvant/report/1"


def write_report(
    results: Results,
    protocol: Protocol,
    out: Path,
    *,
    snapshot: "Snapshot | None" = None,
    published: Path | Published | Sequence[Compared] | None = None,
    replace: bool = False,
    also: Mapping[str, Callable[[Path], object]] | None = None,
) -> Path:
    """Write the report of a trial into the new folder `out` and return the page's path.

    The folder holds report.html (which needs no other file), figures/ as SVG, PDF and PNG,
    tables/ as CSV, results.json, protocol.yaml where a snapshot is given, and report.json with
    the sha256 of each. It appears whole or not at all; the same results give the same bytes.

    snapshot    the analysed snapshot: its protocol text marks what was assumed.
    published   the printed numbers of the trial's report: a file, or already read or compared.
    replace     whether an earlier report in `out` is replaced; nothing else ever is.
    also        name -> function that writes it at the path it is given, inside the same folder.
    Raises      AnalysisError naming the identity of the flow that fails; UsageError where `out`
                exists; EnvironmentProblem where it cannot be written.

    >>> plan = {
    ...     "format": "adjuvant/1",
    ...     "trial": {"id": "T1", "title": "A trial"},
    ...     "arms": [{"id": "A", "label": "Surgery", "role": "no_treatment_control"}],
    ...     "endpoints": [{"id": "OS", "label": "Overall survival", "level": "primary"}],
    ...     "analyses": [{"id": "KM", "type": "kaplan_meier", "set": "ITT", "endpoint": "OS"}],
    ... }
    >>> results = Results("", "", "T1", "A trial", ())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_report(results, Protocol.model_validate(plan), Path(folder) / "report")
    ...     sorted(path.name for path in page.parent.iterdir())
    ['report.html', 'report.json', 'results.json']
    """
    out = Path(out)
    check_place(out, replace=replace)
    return write_folder(out, _files(results, protocol, snapshot, published), also=also)


def write_folder(
    out: Path,
    files: Mapping[str, bytes],
    *,
    page: str = PAGE,
    also: Mapping[str, Callable[[Path], object]] | None = None,
) -> Path:
    """Write files and their manifest as the folder `out`, whole or not at all; return the page.

    Raises      EnvironmentProblem where the place cannot be written; ask `check_place` first.
    """
    try:
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=out.absolute().parent, prefix=f".{out.name}-", ignore_cleanup_errors=True
        ) as beside:
            whole = Path(beside) / "report"
            _write_all(whole, files, also or {}, page)
            _move(whole, out, Path(beside) / "earlier")
    except OSError as reason:
        raise EnvironmentProblem(
            f"{out} cannot be written: {reason.strerror or reason}; choose another folder"
        ) from None
    return out / page


def _files(
    results: Results,
    protocol: Protocol,
    snapshot: "Snapshot | None",
    published: Path | Published | Sequence[Compared] | None,
) -> dict[str, bytes]:
    for r in results.results:
        check_flow(r.flow)
    compared = comparison_rows(published, results, protocol)
    text = snapshot.protocol_text if snapshot is not None else ""
    provenance = read_protocol_text(text, "protocol.yaml").provenance if text else {}
    figures = draw_figures(results, protocol)
    page = Page(results, protocol, figures, compared, provenance, adjuvant.__version__)
    content = json.dumps(results.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
    files = {PAGE: render_page(page).encode(), "results.json": (content + "\n").encode()}
    for drawn in figures:
        for form, data in drawn.files.items():
            files[f"figures/{drawn.stem}.{form}"] = data
    tables = table_files(results, protocol, page_scale(results), compared)
    files |= {f"tables/{name}": table.encode() for name, table in tables.items()}
    if text:
        files["protocol.yaml"] = text.encode()
    return files


def _write_all(
    whole: Path,
    files: Mapping[str, bytes],
    also: Mapping[str, Callable[[Path], object]],
    page: str,
) -> None:
    for name, content in files.items():
        path = whole / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, write in also.items():
        write(whole / name)
    written = sorted(p for p in whole.rglob("*") if p.is_file())
    hashes = {
        p.relative_to(whole).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in written
    }
    manifest = {"schema": _SCHEMA, "page": page, "files": hashes}
    (whole / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def check_place(out: Path, *, replace: bool) -> None:
    """Refuse a place that holds anything but an earlier report that may be replaced."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder for the report")
    names = _earlier_report(out)
    if names is None:
        raise UsageError(f"{out} exists and holds no report; name a new folder for the report")
    foreign = [
        p.relative_to(out).as_posix()
        for p in sorted(out.rglob("*"))
        if p.is_file() and p.relative_to(out).as_posix() not in names
    ]
    if foreign:
        raise UsageError(
            f"{out} holds {foreign[0]}, which no report wrote; move it away or name a new folder"
        )
    if not replace:
        raise UsageError(f"{out} holds an earlier report; replace it (--replace) or name another")


def _earlier_report(out: Path) -> set[str] | None:
    """The files of the report in `out`, None where its manifest is missing or another's."""
    try:
        held = json.loads((out / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(held, dict) or held.get("schema") != _SCHEMA:
        return None
    return {_MANIFEST, *held.get("files", {})}


def _move(whole: Path, out: Path, earlier: Path) -> None:
    """Put the finished folder in place; an earlier report comes back if that fails."""
    if not out.exists():
        os.rename(whole, out)
        return
    os.rename(out, earlier)
    try:
        os.rename(whole, out)
    except OSError:
        os.rename(earlier, out)
        raise
    shutil.rmtree(earlier)
