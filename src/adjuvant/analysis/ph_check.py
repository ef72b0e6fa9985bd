"""Whether the hazard ratio of the plan is constant over the follow-up, and MaxCombo beside it."""

import math

from adjuvant.analysis.covariates import covariates
from adjuvant.analysis.hypothesis_tests import arms_tested
from adjuvant.analysis.line import Line
from adjuvant.analysis.python_lines import survival_script
from adjuvant.analysis.results import Estimate, Result, Test
from adjuvant.analysis.sources import cite
from adjuvant.analysis.words import counted, named
from adjuvant.core import InvalidInput, TimeToEvent
from adjuvant.survival import cox, max_combo, proportional_hazards_test
from adjuvant.survival.cox_tests import ProportionalHazards

__all__ = ["ph_check_line"]

_NAME = "proportional hazards test"


def ph_check_line(line: Line) -> Result:
    """Return the score test of proportional hazards, over all terms and then term by term.

    With `max_combo: true` the largest Fleming-Harrington statistic of two arms stands beside it:
    the test of their curves that keeps its power where hazards are not proportional.
    """
    a = line.analysis
    everybody = line.data(strata=line.strata)
    data, columns, left_out = covariates(line.snapshot, line.protocol, everybody, a.covariates)
    fit = cox(data, columns, ties=a.ties)
    tests = list(_tests(line, proportional_hazards_test(fit, "km")))
    estimates: list[Estimate] = []
    if a.max_combo:
        test, estimate = _max_combo(line, data)
        tests.append(test)
        estimates.append(estimate)
    notes = [
        f"{counted(count, 'patient')} without a value of {name}: not in the model."
        for name, count in left_out.items()
        if count
    ]
    by = f", stratified by {', '.join(line.strata_words)}" if line.strata_words else ""
    given = f", adjusted for {', '.join(line.covariate_words)}" if a.covariates else ""
    combo = "; MaxCombo test of the curves" if a.max_combo else ""
    return line.result(
        n=data.n,
        data=data,
        method="Score test of proportional hazards in the Cox regression of "
        f"{arms_tested(line, data)}{by}{given}{combo}",
        convention="term x (1 - Kaplan-Meier of all patients) added to the model, "
        f"{'Efron' if a.ties == 'efron' else 'Breslow'} ties (R survival's cox.zph, transform km)"
        + ("; MaxCombo of (0,0), (0,1), (1,0), (1,1), exact p" if a.max_combo else ""),
        estimates=tuple(estimates),
        tests=tuple(tests),
        notes=(*notes, *line.stand_ins()),
        sources=cite("grambsch", "cox", a.ties, *(["karrison"] if a.max_combo else [])),
        python=_script(line),
    )


def _tests(line: Line, found: ProportionalHazards) -> tuple[Test, ...]:
    """Return the test over all terms, and each term's own where there are several."""
    whole = found.global_test
    names = line.strata_names
    first = Test(_NAME, whole.chi_square, whole.df, whole.p_value, names)
    if len(found.terms) == 1:
        return (first,)
    each = (
        Test(f"{_NAME}, term {t.term}", t.chi_square, t.df, t.p_value, names) for t in found.terms
    )
    return (first, *each)


def _max_combo(line: Line, data: TimeToEvent) -> tuple[Test, Estimate]:
    if len(data.arm_labels) != 2:
        raise InvalidInput(
            f"analysis {line.analysis.id}: MaxCombo compares two arms, here are "
            f"{len(data.arm_labels)}; name two in `arms`, or delete `max_combo`"
        )
    found = max_combo(data)
    control, arm = data.arm_labels
    # The best of four normal statistics has a law of its own: no chi-square, no degrees of freedom.
    test = Test("MaxCombo test", math.nan, 0, found.p_two_sided, line.strata_names)
    name = named("max_combo_z", arm, versus=control)
    estimate = Estimate(
        name, "max_combo_z", found.max_abs_z, p=found.p_two_sided, arm=arm, versus=control
    )
    return test, estimate


def _script(line: Line) -> str:
    a = line.analysis
    body, given = [], [f'ties="{a.ties}"']
    if a.covariates:
        names = ", ".join(f'"{name}"' for name in a.covariates)
        body += [
            "from adjuvant.analysis import covariates",
            f"data, columns, left_out = covariates(study.snapshot(), study.protocol, data, "
            f"[{names}])",
        ]
        given.insert(0, "columns")
    body += [
        f'found = proportional_hazards_test(cox(data, {", ".join(given)}), "km")',
        "print(found.global_test.chi_square, found.global_test.df, found.global_test.p_value)",
        "print([(t.term, t.chi_square, t.df, t.p_value) for t in found.terms])",
    ]
    uses = ["cox", "proportional_hazards_test"]
    if a.max_combo:
        uses.append("max_combo")
        body += ["best = max_combo(data)", "print(best.max_abs_z, best.p_two_sided)"]
    return survival_script(line, uses, body, strata=line.strata)
