"""Every example in the docstrings of `cells` runs; importing it loads nothing heavy."""

import doctest
import inspect
import subprocess
import sys
from importlib import import_module

import pytest

import adjuvant.cells as room

HOME = [name for name in room.__all__ if hasattr(getattr(room, name), "__module__")]
FILES = sorted({m for n in HOME if (m := getattr(room, n).__module__).startswith("adjuvant.ce")})


@pytest.mark.parametrize("file", FILES)
def test_examples_run(file):
    flags = doctest.ELLIPSIS

    assert doctest.testmod(import_module(file), optionflags=flags).failed == 0


@pytest.mark.parametrize("name", [n for n in HOME if inspect.isfunction(getattr(room, n))])
def test_public_function_has_an_example(name):
    assert ">>>" in getattr(room, name).__doc__


def test_room_loads_no_heavy_library():
    code = (
        "import sys, adjuvant.cells as room; [getattr(room, n) for n in room.__all__];"
        "heavy = ('numba', 'scipy.stats', 'matplotlib', 'django', 'pandas', 'cryptography');"
        "print([m for m in heavy if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_name_that_is_not_there_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'blood'"):
        room.blood  # noqa: B018


def test_function_wins_over_the_file_of_its_name():
    import adjuvant.cells.disposition  # noqa: F401

    assert callable(room.disposition)
