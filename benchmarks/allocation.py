"""How long does an allocation take, with eight persons asking at once?

Through the service, as a page calls it, with the vault, the signed receipt, the audit entry and
the head written outside. Floors: 250 ms on PostgreSQL, 1 s on SQLite, each at the 99th percentile.

    python benchmarks/allocation.py [--n 400] [--clients 8] [--json]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
FLOORS = {"sqlite": 1000.0, "postgresql": 250.0}


def prepare() -> Path:
    """Make a study folder and let Django look at it."""
    from importlib.resources import files

    sys.path.insert(0, str(TESTS))
    folder = Path(tempfile.mkdtemp(prefix="adjuvant-benchmark-"))
    template = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy" / "protocol.yaml"
    (folder / "protocol.yaml").write_text(template.read_text("utf-8"), "utf-8")
    os.environ |= {
        "ADJUVANT_STUDY": str(folder), "DJANGO_SETTINGS_MODULE": "adjuvant.conduct.settings",
    }  # fmt: skip
    from adjuvant.conduct.secrets import make_secrets

    make_secrets(folder / "site" / "secrets.json", "training")
    import django

    django.setup()
    return folder


def measure(url: str, anchors: Path, n: int, clients: int) -> dict[str, float]:
    """Allocate n subjects by so many clients at once; milliseconds of each answer."""
    from conduct_databases import use_database
    from conduct_enrolled import opened_vault
    from conduct_trial import open_trial
    from django.db import connection

    from adjuvant.conduct.allocation import services
    from adjuvant.conduct.subjects.services import add_subject

    use_database(url, anchors=anchors)
    now = datetime.now(UTC)
    levels = {"tumour_number": "single", "stage_group": "I-II"}
    services.objections_to_randomisation = lambda subject, at: ()
    services.levels_of = lambda subject, at: levels
    people = open_trial(now)
    with opened_vault(people, now, anchors, slots=n):
        subjects = [add_subject(site="S01", by=people["coordinator"], at=now) for _ in range(n)]

        def allocate(part):
            took = []
            for subject in part:
                began = time.perf_counter()
                services.randomise(subject, confirmed=levels, by=people["coordinator"], at=now)
                took.append(1000 * (time.perf_counter() - began))
            connection.close()
            return took

        began = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            parts = pool.map(allocate, [subjects[i::clients] for i in range(clients)])
            took = sorted(ms for part in parts for ms in part)
        seconds = time.perf_counter() - began
    return {
        "p50_ms": round(statistics.median(took), 1),
        "p99_ms": round(took[int(0.99 * (len(took) - 1))], 1),
        "per_second": round(n / seconds, 1),
    }


def main() -> None:
    """Measure both databases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=400)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = prepare()
    from conduct_databases import leave_database, use_database
    from conduct_postgres import start_cluster, why_no_postgres

    from adjuvant.conduct.audit.migrate import migrate

    answer: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        url = f"sqlite://{folder / 'site' / 'benchmark.sqlite3'}"
        use_database(url, anchors=folder / "heads-sqlite")
        migrate()
        answer["sqlite"] = measure(url, folder / "heads-sqlite", asked.n, asked.clients)
        leave_database()
        if not why_no_postgres():
            cluster = stack.enter_context(start_cluster())
            cluster.run("CREATE ROLE owner LOGIN", "CREATE ROLE server LOGIN")
            cluster.run("CREATE DATABASE trial OWNER owner")
            os.environ["DATABASE_SERVER_ROLE"] = "server"
            use_database(cluster.url("trial", "owner"), anchors=folder / "heads-postgres")
            migrate()
            answer["postgresql"] = measure(
                cluster.url("trial", "server"), folder / "heads-postgres", asked.n, asked.clients
            )
            leave_database()
    for name, row in answer.items():
        row["of_floor"] = round(row["p99_ms"] / FLOORS[name], 2)
    if asked.json:
        print(json.dumps(answer))
        return
    print(f"{asked.n} allocations, {asked.clients} clients at once")
    for name, row in answer.items():
        print(f"  {name:<11} p50 {row['p50_ms']} ms, p99 {row['p99_ms']} ms "
              f"(x{row['of_floor']} of the floor), {row['per_second']} a second")  # fmt: skip


if __name__ == "__main__":
    main()
