"""The wheel holds what a user needs: the studies, their data and licences, the cases."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize(
    "file",
    [
        "adjuvant/py.typed",
        "adjuvant/studies/moertel1990/protocol.yaml",
        "adjuvant/studies/moertel1990/published.yaml",
        "adjuvant/studies/moertel1990/README.md",
        "adjuvant/studies/moertel1990/data/patients.csv",
        "adjuvant/studies/moertel1990/data/LICENSE",
        "adjuvant/studies/templates/adjuvant-drug/protocol.yaml",
    ],
)
def test_wheel_holds(names, file):
    assert file in names


def test_wheel_holds_every_file_of_the_package_that_git_tracks(names):
    listed = subprocess.run(
        ["git", "ls-files", "src/adjuvant"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")

    missing = {line.removeprefix("src/") for line in listed.stdout.split()} - names

    assert not missing
