"""A small finished trial as results: every number typed or counted here, by no estimator."""

import math
from dataclasses import replace

import pytest

from adjuvant.analysis.results import (
    ArmCount,
    BaselineRow,
    Curve,
    Estimate,
    FlowBox,
    Result,
    Results,
    SubgroupRow,
    Test,
)
from adjuvant.protocol.model import Protocol
from adjuvant.report.write import write_report

ARMS = {"CTL": "Observation", "LEV": "Levamisole", "L5F": "Levamisole + fluorouracil"}
TICKS = (0.0, 365.0, 731.0, 1096.0, 1461.0, 1826.0, 2192.0)
_N, _EVENTS = 60, {"CTL": 36, "LEV": 33, "L5F": 22}


def _curve(arm: str, kind: str = "survival", cause: str | None = None) -> Curve:
    """Events every 40 days, then everybody censored one by one until day 2300."""
    events, steps = _EVENTS[arm], []
    alive = 1.0
    for i in range(events):
        alive *= 1 - 1 / (_N - i)
        steps.append((40.0 * (i + 1), alive, 0, 1))
    first, left = 40.0 * events, _N - events
    for i in range(left):
        steps.append((first + (2300 - first) * (i + 1) / left, alive, 1, 0))
    if kind != "survival":
        steps = [(t, 1 - s, c, d) for t, s, c, d in steps]
    times = [s[0] for s in steps]
    before = [sum(t < tick for t in times) for tick in TICKS]
    died = [sum(t < tick for t in times[:events]) for tick in TICKS]
    return Curve(
        arm,
        ARMS[arm],
        kind,
        tuple(times),
        tuple(s[1] for s in steps),
        tuple(max(s[1] - 0.12, 0.0) for s in steps),
        tuple(min(s[1] + 0.12, 1.0) for s in steps),
        tuple(s[2] for s in steps),
        cause=cause,
        at_risk_times=TICKS,
        at_risk=tuple(_N - b for b in before),
        cumulative_censored=tuple(b - d for b, d in zip(before, died, strict=True)),
        cumulative_events=tuple(died),
    )


def _counts(events: bool = True) -> tuple[ArmCount, ...]:
    return tuple(
        ArmCount(a, label, _N, _EVENTS[a] if events else None) for a, label in ARMS.items()
    )


def _ratio(arm: str, value: float, lower: float, upper: float, p: float) -> Estimate:
    term = f"hazard_ratio {arm} v CTL"
    error = math.log(upper / lower) / (2 * 1.96)
    return Estimate(term, "hazard_ratio", value, lower, upper, p, error, arm=arm, versus="CTL")


def _curves_result(id: str, endpoint: str, label: str) -> Result:
    medians = [
        Estimate("median CTL", "median", 1420.0, 1100.0, 1710.0, arm="CTL", unit="day"),
        Estimate("median LEV", "median", 1600.0, 1210.0, math.nan, arm="LEV", unit="day"),
        Estimate("median L5F", "median", math.nan, 1800.0, math.nan, arm="L5F", unit="day"),
    ]
    shares = [("CTL", 0.4, 0.28, 0.52), ("LEV", 0.451, 0.33, 0.57), ("L5F", 0.633, 0.5, 0.74)]
    at5 = [
        Estimate(f"survival {a} at day 1826", "survival", v, lo, hi, arm=a, at=1826.0, unit="day")
        for a, v, lo, hi in shares
    ]
    return Result(
        id, "kaplan_meier", "ITT", 180, "Kaplan-Meier estimate", "95% limits on the log scale",
        endpoint=endpoint, endpoint_label=label, set_label="Intention to treat", events=91,
        counts=_counts(), estimates=(*medians, *at5), curves=tuple(_curve(a) for a in ARMS),
        sources=("Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481",),
        python="print(kaplan_meier(data))",
    )  # fmt: skip


def _cox(id: str, endpoint: str, label: str, *, claim: str, order: int | None) -> Result:
    return Result(
        id, "cox", "ITT", 180, "Cox regression; p of the comparison by the log-rank test",
        "Efron ties", endpoint=endpoint, endpoint_label=label, events=91, claim=claim, order=order,
        counts=_counts(),
        estimates=(
            _ratio("LEV", 0.962, 0.6, 1.54, 0.87), _ratio("L5F", 0.5932, 0.35, 0.996, 0.0021),
        ),
        tests=(Test("log-rank test", 10.62, 2, 0.0049),),
        sources=("Cox DR. J R Stat Soc B 1972;34:187-220",), python="print(cox(data))",
    )  # fmt: skip


def _subgroups() -> Result:
    def row(level: str, events: tuple[int, int], estimate: Estimate | None) -> SubgroupRow:
        counts = (
            ArmCount("CTL", ARMS["CTL"], 30, events[0]), ArmCount("L5F", ARMS["L5F"], 30, events[1])
        )  # fmt: skip
        why = "" if estimate else "an arm has no event"
        return SubgroupRow("sex", "Sex", level, counts, estimate, 0.31, why)

    wide = _ratio("L5F", 1.4, 0.02, 98.0, 0.9)
    return Result(
        "A_SUB", "subgroups", "ITT", 120, "Cox regression within each level", "Efron ties",
        endpoint="RFS", endpoint_label="Recurrence-free survival", counts=_counts()[::2],
        estimates=(_ratio("L5F", 0.59, 0.35, 0.996, 0.01),),
        subgroups=(
            row("female", (20, 10), _ratio("L5F", 0.5, 0.2, 1.1, 0.1)),
            row("male", (16, 12), wide),
            row("unknown", (0, 0), None),
        ),
    )  # fmt: skip


def _flow() -> Result:
    boxes = [
        FlowBox("assessed", "Assessed for eligibility", 200),
        FlowBox("excluded", "Excluded", 20, reasons=(("Not eligible", 15), ("Declined", 5))),
        FlowBox("randomised", "Randomised", 180),
    ]
    for arm in ARMS:
        boxes += [
            FlowBox("allocated", "Allocated", _N, arm),
            FlowBox("received", "Received it", _N - 1, arm),
            FlowBox("not_received", "Did not receive it", 1, arm),
            FlowBox("analysed", "Analysed", _N, arm),
            FlowBox("excluded_from_analysis", "Excluded from analysis", 0, arm),
        ]
    return Result("F1", "consort", "ITT", 180, "Counts", "CONSORT 2025", flow=tuple(boxes))


def _baseline() -> Result:
    def cells(*texts: str) -> dict[str, str]:
        return dict(zip([*ARMS, "total"], texts, strict=True))

    rows = (
        BaselineRow("age", "Age, years", None, cells("60 (12)", "61 (11)", "60 (12)", "60 (12)")),
        BaselineRow("sex", "Sex", None, cells("", "", "", "")),
        BaselineRow("sex", "Sex", "female", cells("30 (50%)", "31 (52%)", "29 (48%)", "90 (50%)")),
        BaselineRow("sex", "Sex", "male", cells("30 (50%)", "29 (48%)", "31 (52%)", "90 (50%)")),
    )  # fmt: skip
    return Result("T1", "baseline_table", "ITT", 180, "Counts and means", "no tests", baseline=rows)


def _incidence() -> Result:
    curves = [
        _curve(a, "cumulative_incidence", cause) for cause in ("recurrence", "death") for a in ARMS
    ]
    estimates = [
        Estimate(
            f"cumulative_incidence {cause} {a} at day 1826", "cumulative_incidence", 0.4, 0.3, 0.5,
            arm=a, at=1826.0, unit="day",
        )
        for cause in ("recurrence", "death")
        for a in ARMS
    ]  # fmt: skip
    return Result(
        "A_CIF", "cumulative_incidence", "ITT", 180, "Aalen-Johansen", "jackknife", endpoint="TTR",
        endpoint_label="Time to recurrence", counts=_counts(), estimates=tuple(estimates),
        curves=tuple(curves),
    )  # fmt: skip


def _means() -> Result:
    held = [
        Estimate(f"rmst {a} at day 1826", "rmst", v, v - 90, v + 90, arm=a, at=1826.0, unit="day")
        for a, v in (("CTL", 1095.985), ("LEV", 1096.456), ("L5F", 1329.762))
    ]
    held += [
        Estimate(
            f"rmst_difference {a} v CTL at day 1826", "rmst_difference", v, v - 90, v + 90, p,
            arm=a, versus="CTL", at=1826.0, unit="day",
        )
        for a, v, p in (("LEV", 0.471, 0.99), ("L5F", 233.777, 0.0004))
    ]  # fmt: skip
    return Result(
        "A_RMST", "rmst", "ITT", 180, "Restricted mean", "as survRM2", endpoint="TTR",
        endpoint_label="Time to recurrence", counts=_counts(), estimates=tuple(held),
    )  # fmt: skip


@pytest.fixture(scope="session")
def results() -> Results:
    follow_up = Result(
        "A_FU", "follow_up", "ITT", 180, "Reverse Kaplan-Meier", "log", endpoint="OS",
        endpoint_label="Overall survival",
        estimates=(Estimate("m", "follow_up_median", 2352.0, 2313.0, 2396.0, unit="day"),),
    )  # fmt: skip
    return Results(
        "5" * 64, "a" * 64, "EX1990", "An example trial",
        (
            _baseline(), _flow(), follow_up,
            _curves_result("A_TTR_KM", "TTR", "Time to recurrence"),
            _cox("A_TTR_COX", "TTR", "Time to recurrence", claim="confirmatory", order=1),
            _incidence(), _means(),
            _curves_result("A_OS_KM", "OS", "Overall survival"),
            _cox("A_OS_COX", "OS", "Overall survival", claim="confirmatory", order=2),
            _subgroups(),
        ),
        arms=_counts(events=False),
    )  # fmt: skip


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    roles = ["no_treatment_control", "experimental", "experimental"]
    endpoint = {"level": "primary", "origin": "randomisation"}
    return Protocol.model_validate(
        {
            "format": "adjuvant/1",
            "trial": {"id": "EX1990", "title": "An example trial", "phase": "III"},
            "arms": [
                {"id": a, "label": label, "role": role}
                for (a, label), role in zip(ARMS.items(), roles, strict=True)
            ],
            "events": {
                "recurrence": {"label": "Recurrence"},
                "death": {"label": "Death from any cause"},
            },
            "endpoints": [
                {"id": "TTR", "label": "Time to recurrence", "event": ["recurrence"],
                 "competing": ["death"], **endpoint},
                {"id": "OS", "label": "Overall survival", "event": ["death"], **endpoint},
                {"id": "RFS", "label": "Recurrence-free survival",
                 "event": ["recurrence", "death"], "level": "secondary"},
            ],
            "design": {
                "hypothesis": {"endpoint": "TTR", "alpha": 0.05},
                "multiplicity": {"order": ["A_TTR_COX", "A_OS_COX"]},
            },
            "analyses": [
                {"id": "A_TTR_COX", "type": "cox", "set": "ITT", "endpoint": "TTR"},
                {"id": "A_OS_COX", "type": "cox", "set": "ITT", "endpoint": "OS"},
            ],
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def changed():
    """Return a function that gives the results with one result's fields changed."""

    def change(results: Results, id: str, **fields: object) -> Results:
        held = tuple(replace(r, **fields) if r.id == id else r for r in results.results)
        return replace(results, results=held)

    return change


@pytest.fixture(scope="session")
def small(results) -> Results:
    """The same without its pictures but one: what the folder's tests need, drawn quickly."""
    held = tuple(r for r in results.results if not (r.curves or r.subgroups))
    return replace(results, results=held)


@pytest.fixture(scope="session")
def report(results, protocol, tmp_path_factory):
    """The whole report, written once: the path of its page."""
    return write_report(results, protocol, tmp_path_factory.mktemp("report") / "out")
