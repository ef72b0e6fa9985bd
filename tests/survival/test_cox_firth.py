"""Firth's penalty: against the penalised likelihood put together from the plain one."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from survival_strategies import survival_data

from adjuvant.core import NotEnoughData, NotEstimable, TimeToEvent, UsageError
from adjuvant.survival import cox
from adjuvant.survival.cox_firth import cox_firth

SEPARATED = TimeToEvent.of([1, 2, 3, 4, 5, 6], [1, 1, 0, 0, 1, 0], arm=list("CCTTCT"), control="C")


@pytest.mark.by_hand
def test_penalised_likelihood_of_six_patients_with_no_event_in_an_arm():
    """Deaths on days 1, 2, 5, all in C; at risk C+T 3+3, 2+3, 1+1; I = sum of shares p(1-p)."""

    def penalised(b):
        shares = [n * math.exp(b) / (c + n * math.exp(b)) for c, n in [(3, 3), (2, 3), (1, 1)]]
        likelihood = -sum(math.log(c + n * math.exp(b)) for c, n in [(3, 3), (2, 3), (1, 1)])
        return likelihood + 0.5 * math.log(sum(p * (1 - p) for p in shares))

    fit = cox_firth(SEPARATED)
    b = float(fit.coef[0])

    assert fit.log_likelihood[1] == pytest.approx(penalised(b), abs=1e-10)
    assert penalised(b) >= max(penalised(b - 1e-4), penalised(b + 1e-4))
    for limit in (fit.lower[0], fit.upper[0]):
        fall = 2 * (penalised(b) - penalised(limit))
        assert fall == pytest.approx(1.959963984540054**2, rel=1e-7)
    assert not cox(SEPARATED).converged


def test_what_has_no_answer_is_refused():
    with pytest.raises(UsageError, match="exact ties"):
        cox_firth(SEPARATED, ties="exact")
    with pytest.raises(NotEstimable, match="k is constant"):
        cox_firth(SEPARATED, {"k": [1] * 6})


@pytest.mark.property
@settings(max_examples=30, deadline=None)
@given(
    survival_data(arms=3, strata=2, entry=True, weights=True, max_size=20),
    st.sampled_from(["efron", "breslow"]),
)
def test_no_neighbour_has_a_higher_penalised_likelihood(data, ties):
    """l + log|I|/2 from the plain model's likelihood, whose values are checked elsewhere."""
    try:
        plain = cox(data, ties=ties)
        fit = cox_firth(data, ties=ties)
    except (NotEstimable, NotEnoughData):
        assume(False)

    def penalised(coef):
        value, _, info = plain.likelihood.at(np.asarray(coef) * plain.likelihood.scale)
        return value + 0.5 * np.linalg.slogdet(info)[1] + np.log(plain.likelihood.scale).sum()

    top = penalised(fit.coef)
    assert fit.log_likelihood[1] == pytest.approx(top, abs=1e-8)
    for step in (np.array([1e-3, 0]), np.array([0, 1e-3])):
        assert penalised(fit.coef + step) <= top + 1e-10
        assert penalised(fit.coef - step) <= top + 1e-10
