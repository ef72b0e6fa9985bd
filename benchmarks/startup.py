"""How much start-up costs beyond bare Python, in CPU seconds; medians of many whole processes.

Floor: `python -c pass`. Targets: `adjuvant --help` at most 0.15 s beyond it, `import adjuvant` 0.3.
Run: python benchmarks/startup.py [--json]
"""

import json
import os
import statistics
import subprocess
import sys

RUNS = 15
COMMANDS = {
    "bare Python": [sys.executable, "-c", "pass"],
    "import adjuvant": [sys.executable, "-c", "import adjuvant"],
    "TimeToEvent": [sys.executable, "-c", "import adjuvant; adjuvant.TimeToEvent"],
    "adjuvant --help": [sys.executable, "-m", "adjuvant", "--help"],
}


def cpu_seconds(command: list[str]) -> float:
    """Return user and system seconds of one whole process."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    user = after.children_user - before.children_user
    return user + after.children_system - before.children_system


def main() -> None:
    """Print the medians and what each costs beyond the floor."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):  # In turn, so that a slow spell of the machine strikes all alike.
        for name, command in COMMANDS.items():
            times[name].append(cpu_seconds(command))
    medians = {name: statistics.median(found) for name, found in times.items()}
    floor = medians["bare Python"]
    if "--json" in sys.argv:
        print(
            json.dumps({n: {"cpu_s": m, "beyond_floor_s": m - floor} for n, m in medians.items()})
        )
        return
    for name, median in medians.items():
        print(f"{name:<18} {median:6.3f} CPU-s   {median - floor:+.3f} beyond bare Python")


if __name__ == "__main__":
    main()
