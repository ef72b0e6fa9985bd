"""A trial of six patients, small enough to be derived by hand: for examples and first steps."""

from pathlib import Path

from adjuvant.dataset.build import build_snapshot
from adjuvant.dataset.read_csv import csv_table
from adjuvant.dataset.snapshot import Snapshot
from adjuvant.dataset.table import Table
from adjuvant.protocol.check import read_protocol_text
from adjuvant.protocol.model import Protocol
from adjuvant.protocol.reader import ReadProtocol

__all__ = ["six_patients", "six_patients_read", "six_patients_snapshot"]

_PATIENTS = """\
id,arm,age,randomised,recurred,died,last_scan,last_seen
1,old,51,2020-01-01,2020-04-10,2020-07-19,2020-04-10,2020-07-19
2,old,60,2020-01-01,2020-07-19,,2020-07-19,2021-01-01
3,old,73,2020-01-01,,,2020-10-27,2021-01-01
4,new,44,2020-01-01,,2020-02-20,,2020-02-20
5,new,59,2020-01-01,2020-07-19,,2020-06-01,2021-01-01
6,new,,2020-01-01,,,,2021-01-01
"""
_PROTOCOL = """\
format: adjuvant/1
trial: {id: SIX, title: A trial of six patients}
arms:
  - {id: OLD, label: Observation, role: no_treatment_control}
  - {id: NEW, label: New treatment, role: experimental}
events: {recurrence: {label: Recurrence}, death: {label: Death from any cause}}
endpoints:
  - {id: TTR, label: Time to recurrence, level: primary, event: [recurrence],
     competing: [death], censor_at: last_scan}
  - {id: RFS, label: Recurrence-free survival, level: secondary, event: [recurrence, death],
     censor_at: last_scan}
  - {id: OS, label: Overall survival, level: secondary, event: [death], censor_at: last_seen}
analyses:
  - {id: K1, type: kaplan_meier, endpoint: TTR, set: ITT, competing: censor}
  - {id: K2, type: kaplan_meier, endpoint: RFS, set: ITT}
  - {id: K3, type: kaplan_meier, endpoint: OS, set: ITT}
data:
  file: patients.csv
  subject: id
  arm: {column: arm, values: {old: OLD, new: NEW}}
  origin: {randomisation: randomised}
  events: {recurrence: {date: recurred}, death: {date: died}}
  censoring: {last_scan: {date: last_scan}, last_seen: {date: last_seen}}
  variables:
    age: {column: age, label: Age, type: number, unit: years}
    age_group: {label: Age group, type: choice, levels: [under 60, 60 or over],
                calculated: "'under 60' if age < 60 else '60 or over'"}
"""


def six_patients_read() -> ReadProtocol:
    """Return the protocol of the six patients, as it is read from its file.

    >>> six_patients_read().protocol.trial.id
    'SIX'
    """
    return read_protocol_text(_PROTOCOL, str(Path("six.yaml")))


def six_patients() -> tuple[Table, Protocol]:
    """Return the table and the protocol of six patients.

    >>> six_patients()[0].n
    6
    """
    return csv_table(_PATIENTS.encode(), "patients.csv"), six_patients_read().protocol


def six_patients_snapshot() -> tuple[Snapshot, Protocol]:
    """Return the snapshot of the six patients and their protocol.

    >>> six_patients_snapshot()[0].n
    6
    """
    read = six_patients_read()
    table, _ = six_patients()
    return build_snapshot(read, table=table), read.protocol
