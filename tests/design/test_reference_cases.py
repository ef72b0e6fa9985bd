"""Every analytic design quantity against an independent high-precision program and R's packages.

The cases hold, under `source`, how their values were made; nobody typed a digit.
"""

from functools import cache
from pathlib import Path

import pytest

from adjuvant.validation import read_cases, validate
from adjuvant.validation.design_quantities import design_quantities

CASES = Path(__file__).parents[1] / "reference" / "data" / "design.json"


@cache
def report():
    return validate([CASES])


@pytest.mark.reference
@pytest.mark.parametrize("quantity", sorted(design_quantities()))
def test_every_case_agrees(quantity):
    (summary,) = [found for found in report().quantities if found.quantity == quantity]

    assert summary.cases > 0
    assert summary.agree == summary.cases


@pytest.mark.reference
def test_every_quantity_but_simulation_has_cases():
    assert {case.quantity for case in read_cases(CASES).cases} == set(design_quantities())


@pytest.mark.reference
def test_boundaries_agree_a_thousand_times_closer_than_asked():
    bounds = [s for s in report().quantities if s.quantity.endswith("boundaries")]

    assert all(s.largest_relative_error < 1e-12 for s in bounds)
