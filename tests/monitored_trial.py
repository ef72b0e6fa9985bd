"""A trial under way, made from a formula: dated patients, two arms, late typing; for tests."""

from datetime import date, timedelta

import numpy as np

from adjuvant.dataset import build_snapshot
from adjuvant.dataset.manifest import Signature
from adjuvant.dataset.read_csv import csv_table
from adjuvant.protocol import read_protocol_text

PROTOCOL = """format: adjuvant/1
trial: {id: MON, title: A trial under way}
arms:
  - {id: CTL, label: Observation, role: no_treatment_control}
  - {id: EXP, label: New treatment, role: experimental}
population: {planned: 150}
randomisation: {allocation: {CTL: 1, EXP: 1}}
events: {recurrence: {label: Recurrence}, death: {label: Death from any cause}}
endpoints:
  - {id: RFS, label: Recurrence-free survival, level: primary, event: [recurrence, death],
     censor_at: last_seen}
design:
  hypothesis: {endpoint: RFS, sided: 1, alpha: 0.025}
  survival: {CTL: {24 mo: 0.5}}
  hazard_ratio: 0.6
  events: 107
  accrual: 48 mo
  looks: {by: DSMB, information: [0.5046728971962616, 0.7570093457943925, 1]}
analyses:
  - {id: K1, type: cox, endpoint: RFS, set: ITT}
data:
  file: patients.csv
  locked: false
  subject: id
  arm: {column: arm}
  origin: {randomisation: randomised}
  events:
    recurrence: {date: recurred, entered: typed}
    death: {date: died}
  censoring: {last_seen: {date: last_seen}}
"""
SIGNED = Signature(
    "unblinded_statistician", "U. Statistician", "2028-01-10T09:00:00Z", "DSMB meeting 1"
)
CUT_OFF = "2027-12-31"


def patients(n: int = 120, *, seed: int = 1) -> str:
    """Return the CSV of n patients randomised over three years, seen until the end of 2028."""
    rng = np.random.default_rng(seed)
    rows = ["id,arm,randomised,recurred,died,last_seen,typed"]
    for k in range(n):
        origin = date(2025, 1, 1) + timedelta(days=9 * k)
        arm = ("CTL", "EXP")[k % 2]
        days = round(rng.exponential((700, 1200)[k % 2]))
        found = origin + timedelta(days=days)
        until = date(2028, 12, 31)
        happened = found <= until
        typed = found + timedelta(days=(5, 120)[k % 2])
        rows.append(
            f"{k + 1},{arm},{origin},{found if happened else ''},,"
            f"{found if happened else until},{typed if happened else ''}"
        )
    return "\n".join(rows) + "\n"


def trial(arms: str = "true", *, signed: bool = True):
    """Return the snapshot and protocol of the trial."""
    read = read_protocol_text(PROTOCOL, "protocol.yaml")
    table = csv_table(patients().encode(), "patients.csv")
    snapshot = build_snapshot(
        read,
        table=table,
        arms=arms,
        rng=np.random.default_rng(20260305),
        signature=SIGNED if signed else None,
    )
    return snapshot, read.protocol
