"""The room's front: every name loads, functions win over files, nothing heavy loads early."""

import re
import subprocess
import sys
from importlib.resources import files

import adjuvant.survival as room


def test_every_name_on_the_front_loads():
    for name in room.__all__:
        assert callable(getattr(room, name)), name


def test_type_checkers_see_the_same_names():
    stub = (files("adjuvant.survival") / "__init__.pyi").read_text(encoding="utf-8")

    assert sorted(re.findall(r"\b(\w+) as \1\b", stub)) == sorted(room.__all__)


def test_a_function_wins_over_the_file_of_its_name_whichever_loads_first():
    code = (
        "import adjuvant.survival.log_rank, adjuvant.survival.weighted_log_rank\n"
        "from adjuvant.survival import log_rank\n"
        "assert callable(log_rank)\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_curves_need_neither_the_compiler_nor_scipys_statistics():
    code = (
        "import sys, adjuvant.survival as s\n"
        "s.kaplan_meier, s.survival_quantile, s.rmst_difference, s.cumulative_incidence\n"
        "heavy = {'numba', 'scipy.stats', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
