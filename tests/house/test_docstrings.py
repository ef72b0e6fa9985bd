"""Every public function of the library rooms promises something, and its example runs."""

import doctest
import inspect
from importlib import import_module

import pytest

ROOMS = (
    "core", "survival", "protocol", "dataset", "design", "analysis", "report", "validation",
    "evidence", "standards", "simulation", "randomisation", "cells",
)  # fmt: skip


def public_functions():
    found = {}
    for room in ROOMS:
        module = import_module(f"adjuvant.{room}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                found[f"{room}.{name}"] = thing
    return found


FUNCTIONS = public_functions()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_public_function_has_a_docstring_with_an_example_that_runs(name):
    function = FUNCTIONS[name]
    finder = doctest.DocTestFinder(recurse=False)
    module = import_module(function.__module__)

    tests = finder.find(function, name=name, module=module)
    examples = [e for t in tests for e in t.examples]

    assert examples, f"adjuvant.{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in tests:
        runner.run(test)
    assert runner.failures == 0


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_first_line_is_one_sentence(name):
    first = (FUNCTIONS[name].__doc__ or "").strip().splitlines()[0]

    assert first.endswith((".", ":", ","))
    assert not first.startswith("This function")
