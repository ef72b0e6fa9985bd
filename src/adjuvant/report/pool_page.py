"""The report of pooled trials: forest, funnel, leave-one-out, cumulative, and who was left out."""

import json
from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import Any

import adjuvant
from adjuvant.analysis.results import plain
from adjuvant.evidence.pool_effects import Pooled
from adjuvant.evidence.pool_trials import LeftOut, TrialEffect
from adjuvant.report import numbers
from adjuvant.report.files import csv_text
from adjuvant.report.page import environment
from adjuvant.report.pool_figures import METHOD_NAMES, POOL_FIGURES, pool_figure, pool_weights
from adjuvant.report.save import figure_bytes, inline_svg
from adjuvant.report.style import BANNERS
from adjuvant.report.write import PAGE, check_place, write_folder

__all__ = ["write_pool_report"]

_CAPTIONS = {
    "forest": "Each trial with its interval, the area of its box its weight; pooled estimates as "
    "diamonds.",
    "funnel": "Effect against its standard error. Small trials that lie to one side speak of "
    "trials that were not published.",
    "leave_one_out": "The estimate without each trial in turn.",
    "cumulative": "The estimate of the trials up to each year.",
}


def write_pool_report(
    pooled: Pooled,
    out: Path,
    *,
    left_out: Sequence[LeftOut] = (),
    one_stage: TrialEffect | None = None,
    replace: bool = False,
) -> Path:
    """Write the report of pooled trials into the folder `out` and return the path of its page.

    The folder holds report.html, figures/ (SVG, PDF, PNG), trials.csv and results.json.
    left_out   rows that did not enter, each with its reason.
    one_stage  the patients of all trials in one model, where there are patients.
    Raises     UsageError where `out` exists and may not be replaced; EnvironmentProblem where it
               cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> from adjuvant.evidence import TrialEffect, pooled
    >>> a = TrialEffect.from_ci("a", "A", 2000, "rfs", 0.59, 0.40, 0.88)
    >>> b = TrialEffect.from_ci("b", "B", 2015, "rfs", 0.63, 0.43, 0.94)
    >>> with TemporaryDirectory() as folder:
    ...     page = write_pool_report(pooled([a, b]), Path(folder) / "pool")
    ...     sorted(p.name for p in page.parent.iterdir())
    ['figures', 'report.html', 'report.json', 'results.json', 'trials.csv']
    """
    check_place(out, replace=replace)
    files: dict[str, bytes] = {}
    views = []
    for kind in POOL_FIGURES:
        if kind == "leave_one_out" and not pooled.influence:
            continue
        drawn = figure_bytes(pool_figure(pooled, kind))
        views.append(
            {"kind": kind, "caption": _CAPTIONS[kind],
             "svg": inline_svg(drawn["svg"], kind, f"{_CAPTIONS[kind]} Numbers are in the tables.")}
        )  # fmt: skip
        files |= {f"figures/{kind}.{form}": data for form, data in drawn.items()}
    page = environment().get_template("pool.html.j2")
    files[PAGE] = page.render(_context(pooled, left_out, one_stage, views)).encode()
    files["trials.csv"] = _table(pooled).encode()
    content = {"schema": "adjuvant/pool/1", **plain(pooled), "left_out": plain(list(left_out)),
               "one_stage": plain(one_stage)}  # fmt: skip
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    files["results.json"] = (text + "\n").encode()
    return write_folder(out, files)


def _context(
    pooled: Pooled,
    left_out: Sequence[LeftOut],
    one_stage: TrialEffect | None,
    views: Sequence[dict[str, str]],
) -> dict[str, Any]:
    measure = {"HR": "hazard ratio", "RR": "risk ratio"}[pooled.trials[0].measure]
    effects = [
        (
            METHOD_NAMES[m],
            numbers.with_limits(e.ratio, *e.ci, numbers.ratio),
            numbers.p_value(e.p_value),
            "" if e.prediction is None else " to ".join(numbers.ratio(v) for v in e.prediction),
            f"{e.tau2:.3f}",
        )
        for m, e in pooled.effects.items()
    ]
    df = len(pooled.trials) - 1
    main = pooled.effects["REML"]
    return {
        "banner": BANNERS["rebuilt"] if pooled.kind == "SYNTHETIC" else "",
        "version": adjuvant.__version__,
        "endpoint": pooled.trials[0].endpoint,
        "measure": measure,
        "trials": pooled.trials,
        "kind": pooled.kind,
        "main": numbers.with_limits(main.ratio, *main.ci, numbers.ratio),
        "effects": effects,
        "q": f"Q {pooled.q:.2f} on {df} df, p {numbers.p_value(pooled.q_p)}; "
        f"I² {100 * pooled.i2:.0f}%",
        "one_stage": "" if one_stage is None else _one_stage_text(one_stage),
        "left_out": left_out,
        "views": views,
        "enough": df >= 2,
    }


def _one_stage_text(effect: TrialEffect) -> str:
    low, high = (exp(effect.log_effect + s * 1.959963984540054 * effect.se) for s in (-1, 1))
    return numbers.with_limits(effect.ratio, low, high, numbers.ratio)


def _table(pooled: Pooled) -> str:
    head = ["kind", "trial_id", "trial", "year", "endpoint", "measure", "log_effect", "se",
            "weight_reml", "residual"]  # fmt: skip
    residual = {i.left_out: i.residual for i in pooled.influence}
    rows = [
        [t.kind, t.trial_id, t.label, t.year, t.endpoint, t.measure, t.log_effect, t.se, w,
         residual.get(t.label)]
        for t, w in zip(pooled.trials, pool_weights(pooled), strict=True)
    ]  # fmt: skip
    return csv_text(head, rows)
