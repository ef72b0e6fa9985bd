"""The R calls on the page of estimators print the numbers that stand behind them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "estimators.md"
DATA = ROOT / "src" / "adjuvant" / "studies" / "moertel1990" / "data" / "patients.csv"


def r_lines():
    blocks = re.findall(r"^```r\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.reference
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_every_r_line_prints_its_number(tmp_path):
    program, expected = [], []
    for line in r_lines():
        call, mark, numbers = line.partition("  #> ")
        program.append(f"cat(signif(as.numeric({call}), 9), '\\n')" if mark else line)
        if mark:
            expected.append((call, [float(n) for n in numbers.split()]))
    (tmp_path / "page.R").write_text("\n".join(program), "utf-8")
    shutil.copy(DATA, tmp_path / "patients.csv")

    done = subprocess.run(
        ["Rscript", "page.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    if "there is no package" in done.stderr:
        pytest.skip("the R packages survival and cmprsk are not installed")
    assert done.returncode == 0, done.stderr
    printed = [[float(n) for n in line.split()] for line in done.stdout.splitlines() if line]
    for (call, numbers), found in zip(expected, printed, strict=True):
        assert found == pytest.approx(numbers, rel=1e-5), call
