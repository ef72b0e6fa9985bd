"""Laws of printed numbers: a true summary is never accused and can be rebuilt; a lie is found."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

import adjuvant
from adjuvant.core import TimeToEvent
from adjuvant.evidence import check_published, read_published_text, reconstruct, summary_of

STUDY = Path(adjuvant.__file__).parent / "studies" / "moertel1990" / "data" / "patients.csv"


def real_rows():
    rows = csv.DictReader(STUDY.read_text("utf-8").splitlines())
    kept = [r for r in rows if r["rx"] in ("Obs", "Lev+5FU")]
    days = np.array([int(r["recurrence_days"]) for r in kept])
    event = np.array([int(r["recurrence"]) for r in kept])
    return days, event, np.array([int(r["rx"] != "Obs") for r in kept])


REAL = real_rows()


@st.composite
def trials(draw):
    """Weibull times with late censoring, or patients of a real trial drawn again."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(40, 150))
    if draw(st.booleans()):
        days, event, arm = REAL
        rows = np.concatenate([rng.choice(np.flatnonzero(arm == a), n) for a in (0, 1)])
        return TimeToEvent(days[rows], event[rows], arm=arm[rows], arm_labels=("C", "T"))
    arm = np.arange(2 * n) % 2
    ratio, shape = draw(st.floats(0.45, 1.4)), draw(st.floats(0.8, 1.3))
    scale = draw(st.floats(800, 2200))
    found = scale * (rng.exponential(size=2 * n) / np.where(arm == 1, ratio, 1)) ** (1 / shape)
    leaving = rng.uniform(1200, 2600, 2 * n)
    time = np.ceil(np.minimum(found, leaving)).astype(np.int64)
    return TimeToEvent(
        time, (found <= leaving).astype(np.int64), arm=arm, arm_labels=("C", "T")
    )  # fmt: skip


def codes(text):
    return set(check_published(read_published_text(text)).codes)


@pytest.mark.property
@given(trials(), st.sampled_from(["log-log", "plain"]))
@settings(max_examples=60, deadline=None)
def test_summary_of_simulated_and_real_patients_is_never_accused(data, ci):
    assert codes(summary_of(data, [1, 3], ci=ci)) == set()


@pytest.mark.property
@given(trials())
@settings(max_examples=8, deadline=None, derandomize=True)
def test_summary_of_simulated_and_real_patients_can_be_rebuilt(data):
    page = read_published_text(summary_of(data, [1, 3]))

    assert reconstruct(page, members=3, seed=1).complete >= 1


def line_of(text, kind):
    return next(x for x in text.splitlines() if f"kind: {kind}," in x)


def value_of(line, key="value"):
    return float(re.search(rf"{key}: '([\d.]+)'", line)[1])


def with_line(text, line):
    return text.replace("numbers:\n", f"numbers:\n  - {{{line}, source: a}}\n")


def swapped(text):
    line = line_of(text, "events")
    count, percent = (int(value_of(line, k)) for k in ("count", "percent"))
    n = value_of(line_of(text, "n"))
    assume(abs(100 * percent / n - count) > 1.5)
    new = line.replace(f"count: '{count}', percent: '{percent}'",
                       f"count: '{percent}', percent: '{count}'")  # fmt: skip
    return text.replace(line, new)


def reduction(text):
    value = 100 * (1 - value_of(line_of(text, "hr"))) + 3
    return with_line(
        text, f"id: z, kind: risk_reduction, endpoint: e, value: '{value:.0f}', as_printed: z"
    )


def difference(text):
    lines = [x for x in text.splitlines() if "kind: events," in x]
    sizes = [value_of(x) for x in text.splitlines() if "kind: n," in x]
    shares = [100 * value_of(x, "count") / n for x, n in zip(lines, sizes, strict=True)]
    value = abs(shares[0] - shares[1]) + 3
    return with_line(
        text,
        f"id: z, kind: difference, endpoint: e, what: event, value: '{value:.0f}', "
        "scale: percentage_points, as_printed: z",
    )


def rising(text):
    lines = [x for x in text.splitlines() if "kind: milestone," in x]
    early, late = (next(x for x in lines if "arm: T" in x and f"time: '{t}'" in x) for t in "13")
    other = [value_of(x) for x in lines if "arm: C" in x]
    assume(other[0] - other[1] > 5)
    value = value_of(early) + 4
    assume(value < 95)
    new = re.sub(r"value: '\d+', ci: \[[^]]*\]", f"value: '{value:.0f}'", late)
    assume(new != late)
    return text.replace(late, new)


def labelled(text):
    text = with_line(text, "id: z, kind: n_excluded, value: '3', as_printed: 3 excluded")
    return with_line(text, "id: y, kind: analysis_set, value: itt, as_printed: ITT")


def improbable(text):
    line = line_of(text, "hr")
    low, high = (float(v) for v in re.search(r"ci: \['([\d.]+)', '([\d.]+)'\]", line).groups())
    se = np.log(high / low) / 3.92
    z = 1.3 * abs(np.log(value_of(line))) / se + 1.0
    old = line_of(text, "p")
    new = re.sub(r"value: '[^']*'", f"value: '{2 * ndtr(-z):.6f}'", old)
    assume(2 * ndtr(-z) > 1e-5)
    return text.replace(old, new)


def too_narrow(text):
    line = line_of(text, "hr")
    low, high = (float(v) for v in re.search(r"ci: \['([\d.]+)', '([\d.]+)'\]", line).groups())
    middle, half = np.log(low * high) / 2, 0.6 * np.log(high / low) / 2
    assume(half > 0.08)
    new = re.sub(
        r"value: '[^']*', ci: \[[^]]*\]",
        f"value: '{np.exp(middle):.2f}', "
        f"ci: ['{np.exp(middle - half):.2f}', '{np.exp(middle + half):.2f}']",
        line,
    )
    return text.replace(line, new)


LIES = {
    "count_and_percent_swapped": swapped,
    "risk_reduction_does_not_match_hr": reduction,
    "difference_does_not_match": difference,
    "median_does_not_match_milestones": rising,
    "itt_label_with_exclusions": labelled,
    "p_does_not_match_ci": improbable,
    "events_do_not_match_hr_se": too_narrow,
}


@pytest.mark.property
@pytest.mark.parametrize("code", LIES)
@given(trials())
@settings(max_examples=20, deadline=None)
def test_each_lie_is_found_by_its_code(code, data):
    assert code in codes(LIES[code](summary_of(data, [1, 3])))
