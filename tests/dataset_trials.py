"""Small trials for the tests of `dataset`: a protocol with its data file, changed at will."""

from pathlib import Path

import pytest

from adjuvant.core import DataError
from adjuvant.dataset import build_snapshot
from adjuvant.dataset.read_csv import csv_table
from adjuvant.protocol import read_protocol_text

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
MOERTEL = ROOT / "src" / "adjuvant" / "studies" / "moertel1990" / "protocol.yaml"

HEAD = """\
format: adjuvant/1
trial: {id: T, title: A trial}
arms:
  - {id: CTL, label: Control, role: no_treatment_control}
  - {id: IMM, label: Immunotherapy, role: experimental}
events: {recurrence: {label: Recurrence}, death: {label: Death}}
"""
ENDPOINTS = """\
endpoints:
  - {id: TTR, label: Time to recurrence, level: primary, event: [recurrence], competing: [death],
     censor_at: last_scan}
  - {id: RFS, label: Recurrence-free survival, level: secondary, event: [recurrence, death],
     censor_at: last_scan}
  - {id: OS, label: Overall survival, level: secondary, event: [death], censor_at: last_seen}
"""
ANALYSES = """\
analyses:
  - {id: K1, type: kaplan_meier, endpoint: TTR, set: ITT, competing: censor}
  - {id: K2, type: kaplan_meier, endpoint: RFS, set: ITT}
  - {id: K3, type: kaplan_meier, endpoint: OS, set: ITT}
"""
DATES = """\
data:
  file: trial.csv
  subject: id
  arm: {column: arm}
  origin: {randomisation: randomised}
  events: {recurrence: {date: recurred}, death: {date: died}}
  censoring: {last_scan: {date: scanned}, last_seen: {date: seen}}
"""
DAYS = """\
data:
  file: trial.csv
  subject: id
  arm: {column: arm}
  origin: {randomisation: day_0}
  events:
    recurrence: {days: rec_days, happened: rec}
    death: {days: death_days, happened: death}
  censoring: {last_scan: {days: rec_days}, last_seen: {days: death_days}}
"""
COLUMNS = "id,arm,randomised,recurred,died,scanned,seen\n"
GOOD = COLUMNS + (
    "1,CTL,2020-01-01,2020-04-10,2020-07-19,2020-04-10,2020-07-19\n"
    "2,IMM,2020-01-01,,,2020-10-27,2021-01-01\n"
)
DAY_COLUMNS = "id,arm,rec_days,rec,death_days,death\n"


def protocol(text: str = DATES, *, head: str = HEAD, endpoints: str = ENDPOINTS, more: str = ""):
    return read_protocol_text(head + endpoints + ANALYSES + more + text, "trial.yaml")


def built(csv: str, text: str = DATES, **parts):
    return build_snapshot(protocol(text, **parts), table=csv_table(csv.encode(), "trial.csv"))


def faults(csv: str | bytes, text: str = DATES, **parts):
    """Return (code, place) of every error that building the snapshot of this file reports."""
    return [(f.code, str(f.place)) for f in refusal(csv, text, **parts).findings if is_error(f)]


def refusal(csv: str | bytes, text: str = DATES, **parts) -> DataError:
    content = csv.encode() if isinstance(csv, str) else csv
    read = protocol(text, **parts)
    with pytest.raises(DataError) as caught:
        build_snapshot(read, table=csv_table(content, "trial.csv"))
    return caught.value


def is_error(finding) -> bool:
    return finding.severity == "error"


def warned(snapshot):
    return [(f.code, str(f.place)) for f in snapshot.findings]
