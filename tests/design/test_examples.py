"""Every example in the docstrings of `design` runs, and importing the room loads nothing heavy."""

import doctest
import inspect
import subprocess
import sys
from importlib import import_module

import pytest

import adjuvant.design as room

FILES = sorted({inspect.getmodule(getattr(room, name)).__name__ for name in room.__all__})


@pytest.mark.parametrize("file", FILES)
def test_examples_run(file):
    module = import_module(file)

    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", [n for n in room.__all__ if n[0].islower()])
def test_public_function_has_an_example(name):
    assert ">>>" in getattr(room, name).__doc__


def test_all_of_the_room_loads_neither_numba_nor_scipys_heavy_parts():
    code = (
        "import sys, adjuvant.design as room; [getattr(room, n) for n in room.__all__];"
        "print([m for m in ('numba', 'scipy.stats', 'scipy.optimize') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'sample'"):
        room.sample  # noqa: B018


def test_the_room_lists_its_names():
    assert "required_events" in dir(room)
