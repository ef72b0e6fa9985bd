"""Every code block of the documentation runs: Python as it stands, commands after `$ `."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.S | re.M)


def pages_with(language):
    return [p for p in PAGES if any(k == language for k, _ in BLOCK.findall(p.read_text("utf-8")))]


def environment():
    # The commands of the environment that runs the tests come first.
    bin_folder = str(Path(sys.executable).parent)
    path = bin_folder + os.pathsep + os.environ["PATH"]
    return os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "110"}


@pytest.mark.parametrize("page", pages_with("python"), ids=lambda p: str(p.relative_to(ROOT)))
def test_python_blocks_of_a_page_run_one_after_the_other(page, tmp_path):
    blocks = [code for kind, code in BLOCK.findall(page.read_text("utf-8")) if kind == "python"]
    (tmp_path / "page.py").write_text("\n".join(blocks), "utf-8")

    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", pages_with("console"), ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_of_a_page_run_one_after_the_other(page, tmp_path):
    blocks = [code for kind, code in BLOCK.findall(page.read_text("utf-8")) if kind == "console"]
    text = "\n".join(blocks).replace("\\\n", " ")
    commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    assert commands
    folder = tmp_path

    for command in commands:
        if command.startswith("cd "):
            folder = folder / shlex.split(command)[1]
            continue
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment(),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stderr}"
