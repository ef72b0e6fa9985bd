"""`adjuvant design`: from a protocol or from options; the report, and its Python, which runs."""

import io
import json
from contextlib import redirect_stdout
from dataclasses import replace

import pytest
from click.testing import CliRunner

from adjuvant.cli.design import check, design
from adjuvant.core import InvalidInput, UsageError
from adjuvant.design import design_from_numbers, planned_power, under_hazard_ratio
from adjuvant.report import design_python, power_curve

ISSUE = ["--n", "150", "--control-median", "24", "--hr", "1@0-6,0.55@6-", "--accrual", "48",
         "--looks", "54,81,107", "--spending", "OBF"]  # fmt: skip
W1 = ["--n", "300", "--events", "200", "--control-median", "12", "--hr", "0.7", "--accrual", "24"]


def run(*args: str):
    done = CliRunner().invoke(design, list(args))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("design") / "out"
    run(*ISSUE, "--trials", "3000", "--out", str(out))
    return out


@pytest.mark.published
def test_w1_is_told_with_both_formulas_beside_the_simulation():
    """Schoenfeld 0.7130, simulated 0.7100 +- 0.0007 (lrstat, 400,000 trials)."""
    told = json.loads(run(*W1, "--trials", "200000", "--json").stdout)
    numbers = {one["name"]: one for one in told["numbers"]}

    assert numbers["power, Schoenfeld"]["formula"] == pytest.approx(0.71298, abs=5e-5)
    power = numbers["power"]["simulated"]
    assert abs(power["value"] - 0.7100) < 3 * (power["standard_error"] ** 2 + 0.0007**2) ** 0.5
    assert numbers["level"]["formula"] == pytest.approx(0.025, abs=1e-9)


@pytest.mark.journey
def test_the_issues_example_prints_bounds_dates_checks_and_the_warning():
    text = run(*ISSUE, "--trials", "2000").output

    for word in ("2.9470", "2.3464", "2.0160", "simulated", "± error", "delayed_effect", "86.2%"):
        assert word in text


@pytest.mark.journey
def test_the_report_holds_page_figures_numbers_and_protocol_text(report):
    page = (report / "design.html").read_text("utf-8")

    names = {p.relative_to(report).as_posix() for p in report.rglob("*") if p.is_file()}
    assert {"design.html", "design.json", "design.yaml", "report.json"} <= names
    assert {f"figures/{stem}.svg" for stem in ("boundary", "power", "accrual")} <= names
    assert "hazard_ratio_from: {0 mo: 1, 6 mo: 0.55}" in page
    assert page.count("<figure") == 3
    assert "http" not in page.replace("http://www.w3.org", "")


@pytest.mark.journey
def test_the_python_of_the_report_runs_and_gives_the_same_power(report):
    told = json.loads((report / "design.json").read_text("utf-8"))
    page = (report / "design.html").read_text("utf-8")
    code = page.split("<h2>Python</h2>")[1].split("<code>")[1].split("</code>")[0]
    code = code.replace("&#39;", "'").replace("&gt;", ">")

    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "report", "exec"), {})

    subjects, events, power = out.getvalue().split()
    assert (int(subjects), int(events)) == (told["subjects"], told["events"])
    formula = next(n["formula"] for n in told["numbers"] if n["name"] == "power")
    assert float(power) == round(formula, 4)


@pytest.mark.journey
def test_the_python_of_a_protocols_design_runs():
    code = design_python("takayama2000")

    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "report", "exec"), {})

    assert out.getvalue().split()[1] == "103"


@pytest.mark.journey
def test_an_earlier_report_is_replaced_only_when_told(report):
    with pytest.raises(UsageError, match="--replace"):
        run(*ISSUE, "--trials", "1000", "--out", str(report))


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        ([], UsageError, "name a protocol, or give the numbers"),
        (["takayama2000", "--n", "150"], UsageError, "a protocol says this itself"),
        ([*W1, "--scenario", "late"], UsageError, "--scenario is for a protocol"),
        (["takayama2000", "--scenario", "late"], InvalidInput, "there is no scenario 'late'"),
        ([*ISSUE, "--events", "200"], InvalidInput, "give one"),
        ([*W1, "--margin", "0"], InvalidInput, "expected a number above 0"),
        (["--n", "300"], InvalidInput, "--control-median, or --control-survival"),
        ([*W1[:-2], "--dropout", "0.1"], InvalidInput, "(--accrual-per-month)"),
        (["moertel1990"], InvalidInput, "a design compares two arms"),
    ],
)
def test_each_wrong_call_has_one_clear_error(args, error, words):
    with pytest.raises(error) as refused:
        run(*args)

    assert words in str(refused.value)


@pytest.mark.by_hand
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--accrual", "4 years"], "is not a length of time"),
        (["--looks", "a,b"], "is not a list of numbers"),
        (["--power", "80"], "80"),
        (["--n", "many"], "many"),
        (["--sided", "3"], "3"),
    ],
)
def test_an_option_that_cannot_be_read_names_itself(args, words):
    done = CliRunner().invoke(design, args)

    assert done.exit_code == 2
    assert args[0] in done.output
    assert words in done.output


@pytest.mark.by_hand
def test_lengths_may_carry_their_unit():
    one = json.loads(run(*W1, "--trials", "100", "--json").stdout)
    years = [a if a != "24" else "2 y" for a in W1]

    other = json.loads(run(*years, "--trials", "100", "--json").stdout)

    assert one == other


@pytest.mark.property
def test_the_power_curve_passes_through_the_planned_power():
    made = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.7,
                               accrual=24)  # fmt: skip

    curve = power_curve(made, (0.6, 0.7, 0.8))

    assert curve.power[1] == pytest.approx(planned_power(made).reject)
    assert curve.power[0] > curve.power[1] > curve.power[2]


@pytest.mark.reference
def test_delayed_effect_power_agrees_with_simulation_for_each_test():
    """The formula is the limit for many events: here within 0.02 of 20,000 trials."""
    for options in (
        {"test": "modestly_weighted", "delay": 6},
        {"test": "fleming_harrington", "gamma": 1},
        {"test": "max_combo"},
    ):
        made = design_from_numbers(
            subjects=400, events=280, control_median=12, hazard_ratio="1@0-4,0.6@4-", accrual=24,
            **options,
        )  # fmt: skip
        found = check(made, 4000, 1)

        assert abs(found.power.difference) < 0.02 + 3 * found.power.simulated.standard_error, (
            options
        )


@pytest.mark.reference
def test_non_inferiority_keeps_its_level_at_the_margin():
    made = design_from_numbers(subjects=300, events=200, control_median=12, hazard_ratio=0.9,
                               accrual=24, margin=1.3)  # fmt: skip
    at_margin = replace(made, patients=under_hazard_ratio(made.patients, 1.3))

    found = check(at_margin, 4000, 1)

    assert abs(found.power.simulated.value - 0.025) < 3 * found.power.simulated.standard_error
    assert found.power.formula == pytest.approx(0.025, abs=2e-3)
