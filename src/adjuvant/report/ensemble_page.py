"""The report of an ensemble: the printed page, SYNTHETIC sets that meet it, what is left open."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import adjuvant
from adjuvant.analysis.ensemble import EnsembleResults, MemberBand
from adjuvant.analysis.results import plain
from adjuvant.evidence.finding import EvidenceCheck
from adjuvant.evidence.held_out import HeldOut
from adjuvant.evidence.printed import Published
from adjuvant.evidence.rebuilt_trial import RebuiltTrial
from adjuvant.evidence.reconstruct_ensemble import Reconstruction
from adjuvant.evidence.reconstruct_files import reconstruction_summary, write_reconstruction
from adjuvant.evidence.unprinted import Unprinted
from adjuvant.report import numbers
from adjuvant.report.ensemble_figure import ensemble_figure
from adjuvant.report.files import csv_text
from adjuvant.report.page import environment
from adjuvant.report.save import figure_bytes, inline_svg
from adjuvant.report.style import BANNERS
from adjuvant.report.words import upper_first
from adjuvant.report.write import PAGE, check_place, write_folder

__all__ = [
    "CopyCheck",
    "EnsembleReport",
    "PrintedRow",
    "SilentRow",
    "band_text",
    "printed_rows",
    "quantity_text",
    "silent_rows",
    "write_ensemble_report",
]

_RESULT_NAMES = {
    "survival": "Event-free",
    "median": "Median",
    "hazard_ratio": "Hazard ratio",
    "hazard_reduction": "Hazard reduced by",
    "risk": "Proportion with the event",
    "risk_difference": "Difference in proportion",
    "risk_ratio": "Ratio of proportions",
    "rmst": "Restricted mean",
    "rmst_difference": "Difference in restricted mean",
    "p": "p",
}
_SHARES = ("survival", "risk", "risk_difference", "hazard_reduction")


@dataclass(frozen=True)
class CopyCheck:
    """One text that states the trial's numbers, and what arithmetic says of it."""

    title: str
    check: EvidenceCheck
    printed: Mapping[str, str] = field(default_factory=dict)  # id of a number -> as printed


@dataclass(frozen=True)
class EnsembleReport:
    """All that the page of an ensemble is made of.

    checks    the study's own numbers first, then copies of them.
    silent    quantities that were not used; held: each printed number predicted from the others.
    """

    trial: RebuiltTrial
    published: Published
    results: EnsembleResults
    checks: Sequence[CopyCheck]
    silent: Sequence[Unprinted]
    held: Sequence[HeldOut] = ()


def write_ensemble_report(report: EnsembleReport, out: Path, *, replace: bool = False) -> Path:
    """Write the report of an ensemble into the folder `out` and return the path of its page.

    The folder holds report.html, figures/ (SVG, PDF, PNG), tables/ (CSV), results.json, and
    rebuilt/ with the sets themselves; everything in it says SYNTHETIC. It appears whole or not at
    all.
    Raises    UsageError where `out` exists and may not be replaced; EnvironmentProblem where it
              cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from adjuvant import Study
    >>> from adjuvant.analysis.ensemble import run_plan_on_members
    >>> from adjuvant.evidence import check_published, read_published
    >>> study = Study.open("takayama2000")
    >>> page, trial = read_published(study.published), study.rebuild(members=1)
    >>> results = run_plan_on_members(trial.protocol, trial.snapshots())
    >>> checks = [CopyCheck("The published numbers", check_published(page))]
    >>> report = EnsembleReport(trial, page, results, checks, ())
    >>> with TemporaryDirectory() as folder:
    ...     out = write_ensemble_report(report, Path(folder) / "report").parent
    ...     sorted(p.name for p in out.iterdir())
    ['figures', 'rebuilt', 'report.html', 'report.json', 'results.json', 'tables']
    """
    check_place(out, replace=replace)
    rebuilt, published = report.trial.rebuilt, report.published
    figure = figure_bytes(ensemble_figure(rebuilt, published))
    summary = reconstruction_summary(rebuilt, published.case)
    svg = inline_svg(figure["svg"], "f1", _alt(rebuilt, published))
    context = _context(report, svg)
    page = environment().get_template("ensemble.html.j2").render(context)
    content = {**report.results.to_dict(), "reconstruction": summary,
               "not_printed": [plain(u) for u in report.silent],
               "held_out": [plain(h) for h in report.held]}  # fmt: skip
    text = json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False)
    files = {PAGE: page.encode(), "results.json": (text + "\n").encode()}
    files |= {f"figures/ensemble_SYNTHETIC.{form}": data for form, data in figure.items()}
    files |= {f"tables/{n}": t.encode() for n, t in _tables(report, summary).items()}
    members: Mapping[str, Callable[[Path], object]] = {
        "rebuilt": lambda path: write_reconstruction(rebuilt, path, case=published.case)
    }
    return write_folder(out, files, also=members)


def _context(report: EnsembleReport, svg: str) -> dict[str, Any]:
    rebuilt, published, protocol = report.trial.rebuilt, report.published, report.trial.protocol
    labels: dict[str, str] = {a: upper_first(p.label) for a, p in published.arms.items()}
    return {
        "banner": BANNERS["rebuilt"],
        "version": adjuvant.__version__,
        "trial": protocol.trial,
        "endpoint": published.endpoints[rebuilt.targets.endpoint].label,
        "sources": published.sources,
        "members": len(rebuilt.members),
        "complete": rebuilt.complete,
        "checks": report.checks,
        "numbers": printed_rows(report),
        "bands": [_band_row(b, report, labels) for b in report.results.bands],
        "left_out": _grouped(report.trial.left_out),
        "silent": silent_rows(report),
        "held": [_held(h) for h in report.held],
        "refused": rebuilt.refused,
        "scales": _scales(rebuilt),
        "seed": rebuilt.seed,
        "svg": svg,
        "protocol_hash": report.results.central.protocol,
        "methods": report.results.central.results,
        "arms": [(a, labels.get(a, a), c.n, c.events) for a, c in rebuilt.targets.arms.items()],
    }


@dataclass(frozen=True)
class PrintedRow:
    """One printed number of the table, as text; `mark` is met, not met, or met by some."""

    what: str
    printed: str
    span: str
    met: str
    mark: str
    about: bool


def printed_rows(report: EnsembleReport) -> tuple[PrintedRow, ...]:
    """Return the table of every printed number and the sets that meet it.

    >>> PrintedRow("Hazard ratio", "0.59", "0.585 to 0.595", "2 of 2", "met", False).mark
    'met'
    """
    summary = reconstruction_summary(report.trial.rebuilt, report.published.case)
    return tuple(_number(n, report) for n in summary["numbers"])


def _number(n: Mapping[str, Any], report: EnsembleReport) -> PrintedRow:
    members = len(report.trial.rebuilt.members)
    met = round(n["met_by"] * members)
    what = n["what"]
    for arm, part in report.published.arms.items():
        what = what.replace(f"arm {arm}", part.label)
    what = re.sub(r"day (\d+)", lambda m: numbers.length_words(float(m[1]), "day"), what)
    size = what.startswith("size of z, ")
    if size:
        what = f"{what.removeprefix('size of z, ')}: p, as the size of z"
    share = what.startswith(("event-free", "lower limit", "upper limit"))
    return PrintedRow(
        upper_first(what),
        n["as_printed"] or report.published.number(n["number"]).as_printed,
        _span(n, share=share),
        f"{met} of {members}",
        "met" if met == members else "not met" if met == 0 else "met by some",
        n["about"],
    )


def _span(n: Mapping[str, Any], *, share: bool) -> str:
    low, high = n["low"], n["high"]
    if high is None:
        return f"at least {low:.4g}"
    if share:
        return f"{100 * low:.4g}% to {100 * high:.4g}%"
    return f"{low:.4g} to {high:.4g}"


def _band_row(b: MemberBand, report: EnsembleReport, labels: Mapping[str, str]) -> dict[str, Any]:
    arms = {a.id: a.label for a in report.trial.protocol.arms}
    name = _RESULT_NAMES.get(b.measure, b.measure.replace("_", " "))
    if b.measure == "p":
        name = f"p, {b.term}"
    if b.at is not None:
        name += f" at {numbers.length_words(b.at, b.unit or 'day')}"
    compared = b.measure in ("hazard_ratio", "hazard_reduction", "risk_difference", "risk_ratio")
    arm = arms.get(b.arm or "", "")
    others = [label for id, label in arms.items() if id != b.arm]
    whose = f"{arm} v {others[0]}" if compared and others else arm
    return {
        "result": b.result,
        "name": name,
        "arm": whose,
        "middle": _shown(b, b.middle),
        "band": _joined(_shown(b, b.low), _shown(b, b.high)),
        "pooled": "" if b.pooled is None else numbers.with_limits(*b.pooled, numbers.ratio),
    }


def _shown(b: MemberBand, value: float) -> str:
    if b.measure == "p":
        return numbers.p_value(value)
    if b.measure in _SHARES:
        return numbers.signed(100 * value, 1) + "%"
    if b.unit == "day":
        return numbers.NOT_REACHED if value in (float("inf"),) else f"{value:,.0f} days"
    return numbers.ratio(value)


def _joined(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def quantity_text(kind: str, value: float) -> str:
    """Return one value of an unprinted quantity as text.

    >>> quantity_text("percent", 0.853), quantity_text("days", 293.2), quantity_text("ratio", 0.42)
    ('85%', '293 days', '0.42')
    """
    if kind == "percent":
        return f"{100 * value:.0f}%"
    if kind == "points":
        return f"{numbers.signed(100 * value, 0)} points"
    if kind == "days":
        return numbers.NOT_REACHED if value == float("inf") else f"{numbers.signed(value, 0)} days"
    return numbers.p_value(value) if kind == "p" else numbers.ratio(value)


def band_text(u: Unprinted) -> tuple[str, str]:
    """Return the middle and the band of an unprinted quantity as text; dashes without a band.

    >>> from adjuvant.evidence.unprinted import Band
    >>> band_text(Unprinted("a", "ratio", Band(0.2, 0.4, 0.7)))
    ('0.40', '0.20 to 0.70')
    """
    if u.band is None:
        return "\N{EN DASH}", "\N{EN DASH}"
    low, middle, high = (quantity_text(u.kind, v) for v in (u.band.low, u.band.middle, u.band.high))
    return middle, _joined(low, high)


@dataclass(frozen=True)
class SilentRow:
    """One quantity that did not build the sets, as text."""

    name: str
    middle: str
    band: str
    printed: str
    remark: str


def silent_rows(report: EnsembleReport) -> tuple[SilentRow, ...]:
    """Return the table of what was not required of the sets.

    >>> SilentRow("Median", "9 days", "8 days to 10 days", "not printed", "").band
    '8 days to 10 days'
    """
    labels: dict[str, str] = {a: p.label for a, p in report.published.arms.items()}
    return tuple(_silent(u, labels) for u in report.silent)


def _silent(u: Unprinted, labels: Mapping[str, str]) -> SilentRow:
    middle, band = band_text(u)
    agreeing = "" if u.agreeing is None else f"{100 * u.agreeing:.0f}% of the sets round to it"
    remark = "; ".join(t for t in (u.remark, agreeing) if t)
    name = upper_first(_named(u.name, labels))
    return SilentRow(name, middle, band, u.printed or "not printed", remark)


def _named(name: str, labels: Mapping[str, str]) -> str:
    """Return the name with the arms' labels: `T`, `T less C` and `T against C` at its end."""
    head, comma, tail = name.rpartition(", ")
    words = [labels.get(w, w) for w in tail.split(" ")]
    if not comma:
        before, colon, after = name.rpartition(": ")
        words = [labels.get(w, w) for w in after.split(" ")]
        return f"{before}{colon}{' '.join(words)}"
    return f"{head}{comma}{' '.join(words)}"


def _held(h: HeldOut) -> dict[str, Any]:
    low, middle, high = (f"{v:.3g}" for v in (h.band.low, h.band.middle, h.band.high))
    return {"printed": h.as_printed, "without": h.without, "middle": middle,
            "band": _joined(low, high), "inside": h.inside}  # fmt: skip


def _scales(rebuilt: Reconstruction) -> list[tuple[str, int]]:
    found = {s: sum(m.scale == s for m in rebuilt.members) for s in rebuilt.scales}
    return [(s, n) for s, n in found.items() if n]


def _grouped(left: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each reason once, with the analyses that it keeps out."""
    found: dict[str, list[str]] = {}
    for id, why in left.items():
        found.setdefault(why, []).append(id)
    return [(", ".join(ids), upper_first(why)) for why, ids in found.items()]


def _tables(report: EnsembleReport, summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the tables as CSV; the first column of every row says SYNTHETIC."""
    bands = [
        ["SYNTHETIC", b.result, b.term, b.measure, b.arm, b.at, b.unit, b.low, b.middle, b.high,
         b.members]
        for b in report.results.bands
    ]  # fmt: skip
    printed = [
        ["SYNTHETIC", n["number"], n["what"], n["as_printed"], n["low"], n["high"], n["met_by"]]
        for n in summary["numbers"]
    ]
    silent = [
        ["SYNTHETIC", u.name, u.kind, *((u.band.low, u.band.middle, u.band.high) if u.band else
         (None,) * 3), u.printed, u.remark, u.agreeing]
        for u in report.silent
    ]  # fmt: skip
    files = {
        "plan_bands.csv": csv_text(
            ["kind", "result", "term", "measure", "arm", "at", "unit", "low", "middle", "high",
             "members"], bands),
        "printed_numbers.csv": csv_text(
            ["kind", "number", "what", "as_printed", "low", "high", "share_of_sets"], printed),
        "not_printed.csv": csv_text(
            ["kind", "quantity", "unit", "low", "middle", "high", "printed", "remark",
             "share_agreeing"], silent),
    }  # fmt: skip
    if report.held:
        files["held_out.csv"] = csv_text(
            ["kind", "number", "as_printed", "without", "low", "middle", "high", "inside"],
            [["SYNTHETIC", h.number, h.as_printed, h.without, h.band.low, h.band.middle,
              h.band.high, h.inside] for h in report.held],
        )  # fmt: skip
    return files


def _alt(rebuilt: Reconstruction, published: Published) -> str:
    endpoint = published.endpoints[rebuilt.targets.endpoint].label
    return (
        f"SYNTHETIC. Bands of Kaplan-Meier curves of {endpoint} over {len(rebuilt.members)} sets "
        "rebuilt from printed numbers, with the printed percentages and their limits as points; "
        "the numbers are in the tables of this page."
    )
