"""Small and strange data: each function answers or refuses by name, without a NaN or a warning."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adjuvant.survival as room
from adjuvant.core import AdjuvantError, TimeToEvent

BLOCK = [2] * 20

# What is asked of each function: a call on data, and fields that may be NaN by its promise.
CALLS = {
    "kaplan_meier": (lambda d: room.kaplan_meier(d, ci="log-log"), {"std_error", "lower", "upper"}),
    "survival_at": (lambda d: room.survival_at(d, [0, 3]), {"std_error", "lower", "upper"}),
    "survival_quantile": (room.survival_quantile, {"quantile", "lower", "upper"}),
    "nelson_aalen": (room.nelson_aalen, set()),
    "rmst": (room.rmst, set()),
    "rmst_difference": (lambda d: room.rmst_difference(d, 3), set()),
    "adjusted": (
        lambda d: room.rmst_difference(d, 3, covariates={"x": np.arange(d.n) % 3}),
        set(),
    ),
    "milestone_difference": (lambda d: room.milestone_difference(d, 2), set()),
    "at_risk_table": (lambda d: room.at_risk_table(d, [0, 3]), set()),
    "mean_cumulative_function": (room.mean_cumulative_function, set()),
    "confidence_band": (room.confidence_band, {"lower", "upper"}),
    "hall_wellner": (lambda d: room.confidence_band(d, "hall_wellner"), {"lower", "upper"}),
    "log_rank": (room.log_rank, set()),
    "trend_log_rank": (lambda d: room.trend_log_rank(d, range(len(d.arm_labels))), set()),
    "fleming_harrington": (
        lambda d: room.weighted_log_rank(d, room.FlemingHarrington(1, 1)),
        set(),
    ),
    "modest": (
        lambda d: room.weighted_log_rank(d, room.ModestlyWeighted(2), across_strata=True),
        set(),
    ),
    "max_combo": (lambda d: room.max_combo(d, [(0, 0), (0, 1)]), set()),
    "cumulative_incidence": (room.cumulative_incidence, set()),
    "aalen_johansen": (room.aalen_johansen, {"lower", "upper"}),
    "gray_test": (room.gray_test, set()),
    "average_hazard_ratio": (room.average_hazard_ratio, set()),
    "win_ratio": (lambda d: room.win_ratio([d]), set()),
    "rerandomisation_test": (
        lambda d: room.rerandomisation_test(d, BLOCK, rng=np.random.default_rng(1), replicates=10),
        set(),
    ),
}


@st.composite
def strange_data(draw):
    """Down to one row or none; times of 0, fractions and ties; empty arms; weights of 0."""
    n = draw(st.integers(0, 8))
    times = draw(st.sampled_from(([0, 1, 2], [1], [0.5, 1.0, 3.0, 3.0], [1, 2, 3, 4, 5])))
    time = [draw(st.sampled_from(times)) for _ in range(n)]
    event = [draw(st.integers(0, draw(st.integers(0, 2)))) for _ in range(n)]
    columns = {}
    if draw(st.integers(0, 4)):
        arms = draw(st.integers(1, 3))
        columns["arm"] = [draw(st.integers(0, arms - 1)) for _ in range(n)]
        columns["arm_labels"] = tuple("abc"[:arms])
    if draw(st.booleans()):
        columns["stratum"] = [draw(st.integers(0, 1)) for _ in range(n)]
    if draw(st.integers(0, 3)) == 0 and min(time, default=1) > 0:
        columns["entry"] = [draw(st.sampled_from([0, t / 2])) for t in time]
    if draw(st.integers(0, 3)) == 0:
        columns["weight"] = [draw(st.sampled_from([0, 0.1, 0.2, 1])) for _ in range(n)]
    return TimeToEvent(time, event, **columns)


def nans(value, name="", allowed=frozenset()):
    """Names of the fields that hold a NaN."""
    if dataclasses.is_dataclass(value):
        for field in (f for f in dataclasses.fields(value) if f.repr):
            yield from nans(getattr(value, field.name), field.name, allowed)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from nans(part, name, allowed)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        if np.isnan(value).any() and name not in allowed:
            yield name
    elif isinstance(value, float) and math.isnan(value) and name not in allowed:
        yield name


@pytest.mark.property
@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=80, deadline=None)
@given(data=strange_data())
def test_strange_data_are_answered_or_refused_by_name(name, data):
    call, allowed = CALLS[name]

    try:
        found = call(data)
    except AdjuvantError:
        return

    assert not list(nans(found, allowed=allowed))
