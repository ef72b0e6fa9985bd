"""A small trial whose protocol and rows a test writes as it needs them."""

from collections.abc import Callable
from typing import Any

import pytest

from adjuvant.analysis.plan import run_plan
from adjuvant.analysis.results import Result, Results
from adjuvant.dataset import build_snapshot
from adjuvant.dataset.read_csv import csv_table
from adjuvant.protocol import read_protocol_text

HEAD = """
format: adjuvant/1
trial: {{id: SMALL, title: A small trial}}
arms:
  - {{id: CTL, label: Control, role: no_treatment_control}}
  - {{id: IMM, label: Immunotherapy, role: experimental}}
randomisation:
  strata: [{{id: stage, source: stage, levels: [I, II]}}]
events: {{recurrence: {{label: Recurrence}}, death: {{label: Death}}}}
endpoints:
  - {{id: TTR, label: Time to recurrence, level: primary, event: [recurrence], competing: [death], censor_at: last}}
  - {{id: RFS, label: Recurrence-free survival, level: secondary, event: [recurrence, death], censor_at: last}}
analysis_sets:
  - {{id: ITT, label: Everybody randomised, primary: true}}
  - {{id: OLD, label: Sixty or over, rule: age >= 60}}
  - {{id: SAF, label: Safety, group_by: received}}
estimands:
  - {{id: E1, objective: x, endpoint: TTR, treatment: {{CTL: nothing, IMM: cells}}, main: {main}, summary: {{measure: cause_specific_hazard_ratio}}}}
analyses:
{analyses}
data:
  file: small.csv
  kind: {kind}
  subject: id
  arm: {{column: arm}}
  received: {{column: got}}
  origin: {{randomisation: day_0}}
  events: {{recurrence: {{days: days, happened: recurred}}, death: {{days: death_days, happened: died}}}}
  censoring: {{last: {{days: days}}}}
  variables:
    age: {{column: age, label: Age, type: number, unit: years}}
    stage: {{column: stage, label: Stage, type: choice, levels: [I, II]}}
    grade: {{column: grade, label: Grade, type: choice, levels: [low, high]}}
  flow: {flow}
"""  # noqa: E501

# The eight patients of a trial with one death before the first imaging in each arm.
EIGHT = """\
id,arm,days,recurred,death_days,died,age,stage,grade,got
1,IMM,60,no,60,yes,61,I,low,IMM
2,IMM,120,yes,400,no,55,II,low,IMM
3,IMM,400,no,400,no,70,I,high,IMM
4,IMM,400,no,400,no,48,II,,IMM
5,CTL,90,yes,400,no,66,I,low,CTL
6,CTL,100,no,100,yes,59,II,high,CTL
7,CTL,150,yes,400,no,62,I,low,CTL
8,CTL,380,no,380,no,51,II,high,CTL
"""

MAIN = "  - {id: MAIN, type: cox, endpoint: TTR, set: ITT, competing: censor, estimand: E1, strata: none, why_unstratified: small}"  # noqa: E501

Run = Callable[..., Results]


@pytest.fixture
def run() -> Run:
    """Return a function that runs lines of a plan on rows; `main` is there in every plan."""

    def plan(
        *lines: str, rows: str = EIGHT, kind: str = "real", flow: str = "{}", received: str = ""
    ) -> Results:
        analyses = "\n".join([MAIN, *(f"  - {{{line}}}" for line in lines)])
        text = HEAD.format(main="MAIN", analyses=analyses, kind=kind, flow=flow)
        read = read_protocol_text(text)
        snapshot = build_snapshot(read, table=csv_table(rows.encode(), "small.csv"))
        return run_plan(read.protocol, snapshot)

    return plan


@pytest.fixture
def one(run: Run) -> Callable[..., Result]:
    """Return a function that gives the result of one line of a plan, whose id is X."""

    def result(line: str, **more: Any) -> Result:
        return run(f"id: X, {line}", **more).result("X")

    return result
