"""Owns the snapshot: reads a trial's data, checks every patient, derives the endpoints."""

from typing import TYPE_CHECKING, Any

from adjuvant.core.lazy import functions_win, load_name

if TYPE_CHECKING:
    from adjuvant.dataset.build import build_snapshot, check_data
    from adjuvant.dataset.codes import CODES, Code
    from adjuvant.dataset.dataset_json import dataset_json_text, read_dataset_json
    from adjuvant.dataset.derive import Derived, Occurrence, Problem, derived_endpoint, first_event
    from adjuvant.dataset.examples import six_patients, six_patients_read, six_patients_snapshot
    from adjuvant.dataset.flow import FlowCount, flow_counts
    from adjuvant.dataset.manifest import Manifest, Signature
    from adjuvant.dataset.read_csv import read_csv
    from adjuvant.dataset.read_table import SUFFIXES, read_table
    from adjuvant.dataset.read_xpt import read_xpt
    from adjuvant.dataset.sets import Column, in_set, variable
    from adjuvant.dataset.snapshot import Snapshot, dummy_arms, open_snapshot, write_snapshot
    from adjuvant.dataset.table import Cell, Table, table_from_frame
    from adjuvant.dataset.time_to_event import derive_time_to_event

_HOME = {
    "build": ("build_snapshot", "check_data"),
    "codes": ("CODES", "Code"),
    "dataset_json": ("dataset_json_text", "read_dataset_json"),
    "derive": ("Derived", "Occurrence", "Problem", "derived_endpoint", "first_event"),
    "examples": ("six_patients", "six_patients_read", "six_patients_snapshot"),
    "flow": ("FlowCount", "flow_counts"),
    "manifest": ("Manifest", "Signature"),
    "read_csv": ("read_csv",),
    "read_table": ("SUFFIXES", "read_table"),
    "read_xpt": ("read_xpt",),
    "sets": ("Column", "in_set", "variable"),
    "snapshot": ("Snapshot", "dummy_arms", "open_snapshot", "write_snapshot"),
    "table": ("Cell", "Table", "table_from_frame"),
    "time_to_event": ("derive_time_to_event",),
}
_FILE_OF = {name: file for file, names in _HOME.items() for name in names}

__all__ = [
    "CODES",
    "SUFFIXES",
    "Cell",
    "Code",
    "Column",
    "Derived",
    "FlowCount",
    "Manifest",
    "Occurrence",
    "Problem",
    "Signature",
    "Snapshot",
    "Table",
    "build_snapshot",
    "check_data",
    "dataset_json_text",
    "derive_time_to_event",
    "derived_endpoint",
    "dummy_arms",
    "first_event",
    "flow_counts",
    "in_set",
    "open_snapshot",
    "read_csv",
    "read_dataset_json",
    "read_table",
    "read_xpt",
    "six_patients",
    "six_patients_read",
    "six_patients_snapshot",
    "table_from_frame",
    "variable",
    "write_snapshot",
]


functions_win(__name__, _FILE_OF)


def __getattr__(name: str) -> Any:
    return load_name(__name__, _FILE_OF, name)


def __dir__() -> list[str]:
    return list(__all__)
