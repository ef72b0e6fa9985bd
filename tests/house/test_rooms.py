"""A room gives its public functions, also after the file of the same name was loaded."""

import subprocess
import sys
from importlib import import_module

import pytest

ROOMS = ("survival", "protocol", "dataset", "design", "analysis", "report", "evidence",
         "standards", "validation", "randomisation", "cells", "simulation")  # fmt: skip


def files_of(room):
    module = import_module(f"adjuvant.{room}")
    table = getattr(module, "_FILE_OF", None) or module._HOME
    return {name for name, file in table.items() if name == file}


@pytest.mark.parametrize("room", ROOMS)
def test_function_wins_over_the_file_of_its_name(room):
    lines = [
        f"import adjuvant.{room}.{name}\nassert callable(adjuvant.{room}.{name}), {name!r}"
        for name in sorted(files_of(room))
    ]

    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
