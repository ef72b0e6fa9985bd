"""The examples in the docstrings of `protocols` and `subjects` run."""

import doctest
from importlib import import_module

import pytest

MODULES = (
    "adjuvant.conduct.protocols.amendment",
    "adjuvant.conduct.protocols.answers",
    "adjuvant.conduct.protocols.questions",
    "adjuvant.conduct.protocols.signature",
    "adjuvant.conduct.protocols.typed",
    "adjuvant.conduct.protocols.visits",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_run(name):
    found = doctest.testmod(
        import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )

    assert found.attempted > 0
    assert found.failed == 0
