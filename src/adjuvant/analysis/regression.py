"""Cox regression of the plan: each arm's hazard ratio to the control, with the plan's test."""

from collections.abc import Mapping

from adjuvant.analysis.covariates import covariates
from adjuvant.analysis.hypothesis_tests import arms_tested, model_test
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import survival_script
from adjuvant.analysis.results import Estimate, Result, Test
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import counted, named, percent
from adjuvant.core import NotEstimable, TimeToEvent
from adjuvant.survival import CoxFit, cox

__all__ = ["cox_line", "few_events_note", "hazard_ratios"]

_EVENTS_PER_TERM = 10


def cox_line(line: Line) -> Result:
    """Return the hazard ratios of the line, its test, and the reduction where it asks for one."""
    a = line.analysis
    everybody = line.data(strata=line.strata)
    data, columns, left_out = covariates(line.snapshot, line.protocol, everybody, a.covariates)
    fit = cox(data, columns, interactions=a.interactions, ties=a.ties, level=a.level)
    notes = [*_missing_note(left_out), *_competing_note(line), *few_events_note(fit)]
    notes += line.stand_ins()
    notes += _interaction_note(line)
    notes += [f"Why unstratified: {a.why_unstratified}"] if a.why_unstratified else []
    estimates = hazard_ratios(fit, line.comparisons(data))
    if not fit.converged:
        unknown = [term for term, lost in zip(fit.terms, fit.infinite, strict=True) if lost]
        notes.append(
            f"No finite estimate for {', '.join(unknown)}: an arm or level has no event, or the "
            "events are perfectly separated; no hazard ratio is given for it."
        )
    tests: tuple[Test, ...] = ()
    test_python = ""
    try:
        test, test_python = model_test(line, data, columns, fit)
        tests = (test,)
    except NotEstimable as reason:
        notes.append(str(reason))
    if a.report == "risk_reduction":
        estimates += [_reduction(e) for e in estimates if e.arm is not None]
    return line.result(
        n=data.n,
        data=data,
        method=_method(line, data, tests),
        convention=f"{'Efron' if a.ties == 'efron' else 'Breslow'} ties, {percent(a.level)} Wald "
        "limits on the log scale (R survival's coxph)",
        estimates=tuple(estimates),
        tests=tests,
        notes=notes,
        sources=cite("cox", a.ties, *(["mantel"] if "log_rank" in (a.test or "") else [])),
        python=_script(line, test_python),
    )


def hazard_ratios(fit: CoxFit, comparisons: tuple[tuple[str, str], ...]) -> list[Estimate]:
    """Return the hazard ratios of a fit: each arm against the control, then the covariates.

    A term without a finite estimate has none here; the line says so in a note.
    """
    against = {f"arm={arm}": (arm, control) for control, arm in comparisons}
    estimates = []
    for i, term in enumerate(fit.terms):
        if fit.infinite[i]:
            continue
        arm, versus = against.get(term, (None, None))
        estimates.append(
            Estimate(
                named("hazard_ratio", arm or term, versus=versus),
                "hazard_ratio",
                float(fit.hazard_ratio[i]),
                float(fit.hr_ci[i, 0]),
                float(fit.hr_ci[i, 1]),
                p=float(fit.p_values[i]),
                std_error=float(fit.se[i]),
                arm=arm,
                versus=versus,
            )
        )
    return estimates


def few_events_note(fit: CoxFit) -> list[str]:
    """Warn where a model has fewer than ten events a term."""
    if fit.events >= _EVENTS_PER_TERM * len(fit.terms):
        return []
    few = f"{counted(fit.events, 'event')} for {counted(len(fit.terms), 'term')}"
    return [f"Only {few}: the limits are approximate, and chance can look like an effect."]


def _reduction(e: Estimate) -> Estimate:
    """Return one minus a hazard ratio: the reduction of the hazard, never of the risk."""
    return Estimate(
        named("hazard_reduction", e.arm, versus=e.versus),
        "hazard_reduction",
        1 - e.value,
        1 - e.upper,
        1 - e.lower,
        p=e.p,
        arm=e.arm,
        versus=e.versus,
    )


def _method(line: Line, data: TimeToEvent, tests: tuple[Test, ...]) -> str:
    strata = line.strata_words
    by = f", stratified by {', '.join(strata)}" if strata else ""
    adjusted = line.covariate_words
    given = f", adjusted for {', '.join(adjusted)}" if adjusted else ""
    tested = f"; p of the comparison by the {tests[0].name}" if tests else ""
    return f"Cox regression of {arms_tested(line, data)}{by}{given}{tested}"


def _competing_note(line: Line) -> list[str]:
    competing = line.endpoint.competing
    if not competing:
        return []
    return [
        f"Competing events ({', '.join(competing)}) are censored: the hazard ratio is "
        "cause-specific."
    ]


def _interaction_note(line: Line) -> list[str]:
    crossed = [name for pair in line.analysis.interactions if "arm" in pair for name in pair]
    others = [name for name in crossed if name != "arm"]
    if not others:
        return []
    return [
        f"The arm interacts with {', '.join(others)}: its hazard ratio is that at the first level "
        "of each, or at 0 of a number."
    ]


def _missing_note(left_out: Mapping[str, int]) -> list[str]:
    return [
        f"{counted(count, 'patient')} without a value of {name}: not in the model."
        for name, count in left_out.items()
        if count
    ]


def _script(line: Line, test_python: str) -> str:
    a = line.analysis
    given = [f'ties="{a.ties}"', f"level={a.level}"]
    body = []
    if a.covariates:
        names = ", ".join(f'"{name}"' for name in a.covariates)
        body += [
            "from adjuvant.analysis import covariates",
            f"data, columns, left_out = covariates(study.snapshot(), study.protocol, data, "
            f"[{names}])",
        ]
        given.insert(0, "columns")
    if a.interactions:
        given.append(f"interactions={list(a.interactions)}")
    body += [
        f"fit = cox(data, {', '.join(given)})",
        "print(fit.terms, fit.hazard_ratio.tolist(), fit.hr_ci.tolist())",
    ]
    uses = ["cox"]
    if test_python:
        body.append(f"print({test_python})")
        uses += ["log_rank"] if "log_rank" in test_python else []
    return survival_script(line, uses, body, strata=line.strata)
