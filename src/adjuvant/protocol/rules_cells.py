"""Rules: the release specification and the draws of a cell product."""

from collections.abc import Iterator
from math import erfc, sqrt

from adjuvant.core import Finding
from adjuvant.protocol.model import CellProduct, Protocol, ReleaseTest
from adjuvant.protocol.names import Path, each
from adjuvant.protocol.reader import Draft

__all__ = ["RULES", "expected_rejections"]

_MANY = 0.05


def expected_rejections(test: ReleaseTest) -> float | None:
    """Return the share of lots outside the limits, if lots are as expected (normal); None unknown.

    >>> from adjuvant.protocol.model import Expected
    >>> test = ReleaseTest(id="cells", due="at_release", min=1e10,
    ...                    expected=Expected(mean=1.42e10, sd=0.42e10))
    >>> round(expected_rejections(test), 3)
    0.159
    """
    known = test.expected
    if known is None or (test.min is None and test.max is None):
        return None
    below = 0.0 if test.min is None else _phi((test.min - known.mean) / known.sd)
    above = 0.0 if test.max is None else _phi((known.mean - test.max) / known.sd)
    return below + above


def _phi(z: float) -> float:
    return 0.5 * erfc(-z / sqrt(2))


def _tests(protocol: Protocol) -> Iterator[tuple[Path, CellProduct, ReleaseTest]]:
    for path, product in each(protocol.cell_products, "cell_products"):
        for at, test in each(product.release.tests, *path, "release", "tests"):
            yield at, product, test


def check_release_limits(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P085, P090, P100: limits are there, in the unit of the test, and most lots meet them."""
    for path, _, test in _tests(protocol):
        if test.min is None and test.max is None and test.accept is None:
            hint = "add 'min', 'max' or 'accept' ('accept: report' where there is no limit)"
            yield draft.finding("P100", path, f"{test.id} has no limit", hint)
        if test.min is not None and test.max is not None and test.min > test.max:
            yield draft.finding(
                "P078", (*path, "min"), f"{test.id}: min exceeds max", "swap the two"
            )
        if test.expected is not None and test.expected.unit not in (None, test.unit):
            yield draft.finding(
                "P085",
                (*path, "expected"),
                f"{test.id} is in {test.unit}, its expected values in {test.expected.unit}",
                "write both in one unit",
            )
        share = expected_rejections(test)
        if share is not None and share >= _MANY:
            yield draft.finding(
                "P090",
                (*path, "min" if test.min is not None else "max"),
                f"{test.id}: expected rejections {share:.0%} of lots, if lots are as expected",
                "loosen the limit, or plan for the lots that fail (draws, gaps, estimand)",
            )


def check_release_times(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P092, P093: a result is due when it can be there, and a late failure has its consequence."""
    for path, product, test in _tests(protocol):
        life = product.expires_after
        late = test.takes is not None and life is not None
        if late and test.due == "at_release" and test.takes.in_unit("hour") > life.in_unit("hour"):  # type: ignore[union-attr]
            yield draft.finding(
                "P092",
                (*path, "due"),
                f"{test.id} takes {test.takes}, the product lives {life}",
                "write 'due: after_release' with 'if_fail: quality_defect', and a test in process",
            )
        if test.due == "after_release" and test.if_fail is None:
            yield draft.finding(
                "P093",
                path,
                f"{test.id} is read after the infusion, and nothing is said about a failure",
                "add 'if_fail: quality_defect'",
            )


def check_volumes(draft: Draft, protocol: Protocol) -> Iterator[Finding]:
    """P097: the blood that the plan draws stays within its own limit."""
    given = {part.id: part.product for part in protocol.interventions}
    for path, product in each(protocol.cell_products, "cell_products"):
        draw = product.draw
        if draw is None or draw.volume_ml is None:
            continue
        planned = sum(given.get(i.of) == product.id for i in protocol.infusions)
        lots = product.lots_per_patient or (planned if draw.per == "lot" else 1)
        needed = (lots + draw.max_redraws) * draw.volume_ml.max_each
        if needed > draw.volume_ml.max_total:
            yield draft.finding(
                "P097",
                (*path, "draw", "volume_ml"),
                f"{lots} draws and {draw.max_redraws} redraws of {draw.volume_ml.max_each:g} mL "
                f"are {needed:g} mL; the limit is {draw.volume_ml.max_total:g} mL",
                "the last redraw would be refused: raise max_total, or draw less each time",
            )


RULES = (check_release_limits, check_release_times, check_volumes)
