"""What a user feels first: start-up loads nothing heavy, and a room loads only what it needs."""

import subprocess
import sys

import pytest

HEAVY = ("numba", "scipy.stats", "matplotlib", "django", "pandas")


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import adjuvant",
        "import adjuvant; adjuvant.TimeToEvent",
        "import adjuvant.survival",
        "import adjuvant.protocol",
        "import adjuvant.dataset",
        "import adjuvant.design",
        "import adjuvant.evidence",
        "import adjuvant.standards",
        "import adjuvant.analysis",
        "import adjuvant.report",
        "import adjuvant.simulation",
        "import adjuvant.validation",
        "import adjuvant.study",
    ],
)
def test_import_loads_no_heavy_library(code):
    heavy = {name for name in loaded_after(code) if name in HEAVY}

    assert not heavy, f"{code} loads {sorted(heavy)}"


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["analyse", "--help"]])
def test_help_loads_no_heavy_library_and_no_numpy(args):
    code = (
        "import contextlib, io\n"
        "from adjuvant.cli.main import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    main({args!r})"
    )

    loaded = loaded_after(code)

    assert not {name for name in loaded if name in (*HEAVY, "numpy")}
