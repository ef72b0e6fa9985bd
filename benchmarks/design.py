"""How long do the bounds of five looks take, and how exact are they?

Prints the median of 50 runs in milliseconds per design family, and the largest change of a bound
when the grid is made 2.5 times finer (the error of the usual grid). R's gsDesign and rpact are
timed beside it where they are installed.

    python benchmarks/design.py [--json]
"""

import json
import shutil
import statistics
import subprocess
import sys
import time

from adjuvant.design import GroupSequentialDesign, recursion
from adjuvant.design.efficacy import efficacy_bounds

FAMILIES = (
    ("lan_demets_obrien_fleming", None),
    ("lan_demets_pocock", None),
    ("hwang_shih_decani", -4.0),
    ("obrien_fleming", None),
    ("pocock", None),
    ("wang_tsiatis", 0.25),
)
RATES = (0.2, 0.4, 0.6, 0.8, 1.0)
PEERS = {
    "gsDesign": "gsDesign::gsDesign(k=5, test.type=1, sfu=gsDesign::sfLDOF)",
    "rpact": "rpact::getDesignGroupSequential(kMax=5, typeOfDesign='asOF')",
}


def uncached(design):
    """Return the bounds, computed anew."""
    return efficacy_bounds.__wrapped__(design, None)


def family(name, parameter):
    """Return the time and the error of one family."""
    design = GroupSequentialDesign(
        spending=name, spending_parameter=parameter, information_rates=RATES
    )
    usual, runs = uncached(design), []
    for _ in range(50):
        start = time.perf_counter()
        uncached(design)
        runs.append(1e3 * (time.perf_counter() - start))
    panel, recursion._PANEL = recursion._PANEL, 2.0
    finer = uncached(design)
    recursion._PANEL = panel
    error = max(abs(a - b) for a, b in zip(usual, finer, strict=True))
    return {"milliseconds": statistics.median(runs), "error": error}


def peer(package, call):
    """Return the milliseconds of an R package, None where it is not installed."""
    code = (
        f"if (!requireNamespace('{package}', quietly=TRUE)) quit(status=3);"
        f"invisible({call}); t <- system.time(for (i in 1:20) {call})[['elapsed']];"
        "cat(1000 * t / 20)"
    )
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def main():
    """Measure and print."""
    found = {name: family(name, parameter) for name, parameter in FAMILIES}
    peers = {package: peer(package, call) for package, call in PEERS.items()}
    if "--json" in sys.argv:
        print(json.dumps({"five_looks": found, "peers_milliseconds": peers}))
        return
    for name, row in found.items():
        print(f"{name:28s} {row['milliseconds']:7.2f} ms   error {row['error']:.1e}")
    for package, milliseconds in peers.items():
        text = "not installed" if milliseconds is None else f"{milliseconds:7.2f} ms"
        print(f"{package:28s} {text} (lan_demets_obrien_fleming)")


if __name__ == "__main__":
    main()
