"""Every estimator against R, on data and options that the shipped cases do not hold.

The R scripts beside this file wrote the cases; nobody typed a digit. A case goes through the
public functions only, at 1e-8 unless R itself is less exact (its tolerance says so).
"""

from functools import cache
from pathlib import Path

import pytest

from adjuvant.validation import compare, read_cases, validate
from adjuvant.validation.survival_quantities import compute
from adjuvant.validation.tolerance import plain

DATA = Path(__file__).parent / "data"
SCRIPTS = ("km", "log_rank", "cox", "competing", "effects", "random", "spread")


@cache
def cases(script):
    return read_cases(DATA / f"{script}.json")


@cache
def report(script):
    return validate([DATA / f"{script}.json"])


QUANTITIES = [
    (script, quantity)
    for script in SCRIPTS
    for quantity in dict.fromkeys(case.quantity for case in cases(script).cases)
]


@pytest.mark.reference
@pytest.mark.parametrize(("script", "quantity"), QUANTITIES)
def test_every_case_agrees_with_r(script, quantity):
    failed = [failure for failure in report(script).failed if failure.quantity == quantity]
    (summary,) = [one for one in report(script).quantities if one.quantity == quantity]

    assert not failed
    assert summary.agree == summary.cases


@pytest.mark.reference
@pytest.mark.parametrize(("script", "quantity"), QUANTITIES)
def test_no_expected_number_could_be_wrong_unnoticed(script, quantity):
    """A comparison that looks at nothing agrees with everything."""
    file = cases(script)
    case = next(
        c
        for c in file.cases
        if c.quantity == quantity and "error" not in c.expected and any(numbers(c.tested))
    )
    got = plain(compute(case, file))
    leaves = list(numbers(case.tested))

    unnoticed = [
        path
        for path in leaves[:: max(1, len(leaves) // 40)]
        if not compare(changed(case.tested, path), got, case.tolerance).mismatches
    ]

    assert leaves
    assert unnoticed == []


@pytest.mark.parametrize("script", SCRIPTS)
def test_script_and_versions_stand_in_the_output(script):
    head = (DATA / f"{script}.json").read_text("utf-8").splitlines()[2]

    assert (DATA.parent / f"{script}.R").is_file()
    assert "R version 4.2.2" in head
    assert '"survival": "3.5.3"' in head


def numbers(tree, path=()):
    """Yield the place of each number in an expected value."""
    if isinstance(tree, dict | list):
        for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from numbers(item, (*path, key))
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield path


def changed(tree, path):
    """Return an expected value with one number moved by 1% of itself and a little more."""
    if not path:
        return tree * 1.01 + 1e-3
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    moved = {key: changed(item, path[1:]) if key == path[0] else item for key, item in items}
    return moved if isinstance(tree, dict) else list(moved.values())
