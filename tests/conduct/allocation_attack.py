"""One server process of the attack: threads that randomise, retry, abort and double-click."""

import json
import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main(subjects_file: str, share: int, shares: int, seed: int) -> None:
    """Allocate this process's share of the subjects; print a line for each told answer."""
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from adjuvant.conduct.allocation import services
    from adjuvant.conduct.audit.actor import Actor
    from adjuvant.conduct.subjects.models import Subject
    from adjuvant.core import StepRefused

    rng = random.Random(f"{seed}-{share}")
    plan = json.loads(Path(subjects_file).read_text())
    mine = [one for i, one in enumerate(plan["subjects"]) if i % shares == share]
    mine += rng.sample(mine, len(mine) // 5)  # double clicks and retries
    rng.shuffle(mine)
    out = threading.Lock()
    true_insert = services.next_allocation

    def aborting(*args):
        row = true_insert(*args)
        if rng.random() < plan["aborts"]:
            raise StepRefused("aborted", "by the attack", "try again")
        return row

    services.next_allocation = aborting
    # The attack is on the allocation: screening 10,000 subjects would only take its time.
    levels = {one["number"]: one["levels"] for one in plan["subjects"]}
    services.objections_to_randomisation = lambda subject, at: ()
    services.levels_of = lambda subject, at: levels[subject.number]
    by = Actor(**plan["by"], proved_at=timezone.now())

    def allocate(one):
        subject = Subject.objects.select_related("site").get(number=one["number"])
        for _ in range(60):
            now = timezone.now()
            actor = Actor(**plan["by"], proved_at=now)
            try:
                row = services.randomise(subject, confirmed=one["levels"], by=actor, at=now)
            except StepRefused as refusal:
                if refusal.what != "aborted":
                    raise
                continue
            with out:
                print(json.dumps([one["number"], row.number, row.stratum, row.slot, row.arm]),
                      flush=True)  # fmt: skip
            return

    def work(part):
        try:
            for one in part:
                allocate(one)
        finally:
            connection.close()
            transaction.get_connection().close()

    assert by.id
    threads = plan["threads"]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, [mine[i::threads] for i in range(threads)]))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
    os._exit(0)
