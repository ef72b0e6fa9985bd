"""The Python beside a result is the way to it: it runs, and prints the same doubles."""

import contextlib
import io
import re

import pytest

from adjuvant.analysis.results import Result, Results
from adjuvant.study import Study

STUDY = Study.open("moertel1990")
IDS = [analysis.id for analysis in STUDY.protocol.analyses]
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
# What a script of these types prints is the result itself.
WHOLE = {"baseline_table", "consort", "proportion", "subgroups"}


@pytest.fixture(scope="module")
def results() -> Results:
    return STUDY.analyse()


def _printed(result: Result) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(result.python, result.id, "exec"), {"__name__": "script"})
    return out.getvalue()


def _expected(result: Result) -> list[float]:
    shown = [e for e in result.estimates if not e.measure.endswith(("_reduction", "_longest"))]
    together = [e for e in shown if result.type != "follow_up" or e.arm is None]
    values = [v for e in together for v in (e.value, e.lower, e.upper)]
    if result.type in ("rmst", "cumulative_incidence"):
        values = [e.value for e in together]
    tests = [test.chi_square for test in result.tests]
    return [value for value in (*values, *tests) if value == value]


@pytest.mark.parametrize("id", IDS)
def test_the_python_of_a_result_prints_its_numbers(results: Results, id: str) -> None:
    result = results.result(id)

    text = _printed(result)

    printed = {float(found) for found in NUMBER.findall(text)}
    if result.type in WHOLE:
        assert f"id='{id}'" in text
    for value in _expected(result):
        assert any(value == pytest.approx(p, rel=1e-12) for p in printed), (value, text)
