"""The test that the plan names for a comparison of arms: log-rank, stratified, Wald, LRT."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import survival_script
from adjuvant.analysis.results import Result, Test
from adjuvant.analysis.sources import cite
from adjuvant.core import InvalidInput, NotEstimable, TimeToEvent
from adjuvant.survival import CoxFit, TestResult, cox, log_rank

__all__ = ["arms_tested", "log_rank_line", "log_rank_test", "model_test"]


def log_rank_line(line: Line) -> Result:
    """Return the log-rank test of the line, stratified where the line says so."""
    data = line.data(strata=line.strata)
    test = log_rank_test(line, data)
    body = ["found = log_rank(data)", "print(found.chi_square, found.df, found.p_value)"]
    return line.result(
        n=data.n,
        data=data,
        method=f"{test.name[0].upper()}{test.name[1:]} of {arms_tested(line, data)}",
        convention="hypergeometric variance, two-sided p (R survival's survdiff)",
        tests=(test,),
        notes=line.stand_ins(),
        sources=cite("mantel"),
        python=survival_script(line, ["log_rank"], body, strata=line.strata),
    )


def log_rank_test(line: Line, data: TimeToEvent) -> Test:
    """Return the log-rank test of `data`, within strata where the data carry them."""
    found = log_rank(data)
    names = line.strata_names if data.stratum is not None else ()
    by = f" (within strata of {', '.join(line.strata_words)})" if names else ""
    name = f"stratified log-rank test{by}" if data.stratum is not None else "log-rank test"
    return Test(name, found.chi_square, found.df, found.p_value, names)


def model_test(
    line: Line, data: TimeToEvent, columns: Mapping[str, Any], fit: CoxFit
) -> tuple[Test, str]:
    """Return the test that the line names for its Cox model, and the Python that repeats it.

    Without `test` in the line it is the Wald test of the arm's terms.
    """
    kind = line.analysis.test or "wald"
    if kind == "log_rank":
        return log_rank_test(line, data.without_strata()), "log_rank(data.without_strata())"
    if kind == "stratified_log_rank":
        if data.stratum is None:
            raise InvalidInput(
                f"analysis {line.analysis.id}: a stratified log-rank test needs strata; "
                "add `strata: as_randomised`"
            )
        return log_rank_test(line, data), "log_rank(data)"
    if kind == "likelihood_ratio":
        return _named("likelihood-ratio test", _likelihood_ratio(data, columns, fit, line)), ""
    return _named("Wald test", _wald(fit)), "" if columns else "fit.wald"


def arms_tested(line: Line, data: TimeToEvent) -> str:
    """Return the arms compared in words: `A against B`, or `A, B and C`."""
    labels = [line.label(arm) for arm in data.arm_labels]
    if len(labels) == 2:
        return f"{labels[1]} against {labels[0]}"
    return f"{', '.join(labels[:-1])} and {labels[-1]}"


def _named(name: str, found: TestResult) -> Test:
    return Test(name, found.chi_square, found.df, found.p_value)


def _wald(fit: CoxFit) -> TestResult:
    """Return the Wald test that all arms share one hazard, given the other terms."""
    arm = [i for i, term in enumerate(fit.terms) if term.startswith("arm=") and ":" not in term]
    if fit.infinite[arm].any():
        raise NotEstimable("the Wald test has no answer: a hazard ratio has no finite estimate")
    coef, variance = fit.coef[arm], fit.variance[np.ix_(arm, arm)]
    return TestResult.of(float(coef @ np.linalg.solve(variance, coef)), len(arm))


def _likelihood_ratio(
    data: TimeToEvent, columns: Mapping[str, Any], fit: CoxFit, line: Line
) -> TestResult:
    """Return the likelihood-ratio test of the arm's terms, given the other terms."""
    if not columns:
        return fit.lrt
    others = [pair for pair in line.analysis.interactions if "arm" not in pair]
    without = cox(data.without_arms(), columns, interactions=others, ties=line.analysis.ties)
    gain = 2 * (fit.log_likelihood[1] - without.log_likelihood[1])
    return TestResult.of(max(gain, 0.0), len(fit.terms) - len(without.terms))
