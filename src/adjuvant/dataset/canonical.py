"""The columns of a snapshot: one row a subject, the same names whatever the file was like.

subject, arm, received, ineligible, kind          the person, the arm's id, real | SYNTHETIC
origin.<id>                                       date of an origin
event.<id>.happened / date / time / imputed / cause / entered_on
censoring.<id>.date / time                        last moment known without the event
stratum.<id>, variable.<name>                     as randomised; baseline
endpoint.<id>.time / event / line                 where the data are an ADaM ADTTE as it stands
source.file, source.line                          the row that was typed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adjuvant.core import Finding, Place
from adjuvant.dataset.codes import finding
from adjuvant.dataset.table import Cell, Table
from adjuvant.dataset.values import Faulty
from adjuvant.protocol.suggestions import one_of

__all__ = ["Canonical", "Draft", "id_in"]

StoredIn = Mapping[str, tuple[str, int]]


def id_in(name: str) -> str:
    """Return the id inside the name of a canonical column.

    >>> id_in("event.death.happened")
    'death'
    """
    return name.partition(".")[2].rpartition(".")[0]


@dataclass(frozen=True)
class Canonical:
    """Canonical columns, and for each the column of the file that it was made from.

    stored_in   canonical name -> (name, number) of the column in the file.

    >>> columns = {"subject": ("1",), "source.file": ("trial.csv",), "source.line": (2,)}
    >>> str(Canonical(columns, {"subject": ("id", 1)}).place(0, "subject"))
    'trial.csv:2:1'
    """

    columns: Mapping[str, tuple[Cell, ...]]
    stored_in: StoredIn = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of subjects."""
        return len(self.columns["subject"])

    def get(self, name: str) -> tuple[Cell, ...] | None:
        """Return a column, None where the data do not have it."""
        return self.columns.get(name)

    def subject(self, row: int) -> str:
        """Return the subject of a row."""
        return str(self.columns["subject"][row])

    def line(self, row: int, name: str = "") -> int:
        """Return the line of the file that a cell was read from."""
        own = None
        if name.startswith("endpoint."):
            own = self.columns.get(f"{name.rpartition('.')[0]}.line")
        line = (own or self.columns["source.line"])[row]
        return line if isinstance(line, int) else 0

    def place(self, row: int, name: str = "") -> Place:
        """Return where the cell of a canonical column stands in the file."""
        column, position = self.stored_in.get(name, ("", 0))
        file = str(self.columns["source.file"][row])
        return Place(file, self.line(row, name), position, column)

    def source(self, row: int, name: str = "") -> str:
        """Return the text that leads back to the row typed, such as "patients.csv:12"."""
        return f"{self.columns['source.file'][row]}:{self.line(row, name)}"


@dataclass
class Draft:
    """Canonical columns on their way, with the findings met."""

    table: Table
    columns: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    stored_in: dict[str, tuple[str, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def put(self, name: str, column: str, cells: Sequence[Cell]) -> None:
        """Keep a canonical column that was made from a column of the file."""
        self.columns[name] = tuple(cells)
        self.stored_in[name] = (column, self.table.position(column))

    def cells(self, column: str, wanted_by: str) -> tuple[Cell, ...] | None:
        """Return a column of the file; a finding and None where the file does not have it."""
        if column in self.table.columns:
            return self.table.columns[column]
        place = Place(self.table.name, 1, 0, column)
        message = f"no column {column!r}, which the protocol names at {wanted_by}"
        self.findings.append(finding("D020", place, message, one_of(column, self.table.columns)))
        return None

    def fault(self, row: int, column: str, faulty: Faulty, subject: str = "") -> None:
        """Note that a cell cannot be used."""
        who = f"subject {subject}: " if subject else ""
        place = self.table.place(row, column)
        message = f"{who}{column}: {faulty.message}"
        self.findings.append(finding(faulty.code, place, message, faulty.hint))

    def note(self, code: str, column: str, message: str, hint: str = "", row: int = 0) -> None:
        """Note something about a column; `row` is the first one it concerns."""
        self.findings.append(finding(code, self.table.place(row, column), message, hint))

    def canonical(self) -> Canonical:
        """Return the columns as they stand."""
        return Canonical(self.columns, self.stored_in)
