"""The reading door: a study from its protocol, snapshot or data file to its results and report."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adjuvant.core import Finding, InvalidInput, UsageError

if TYPE_CHECKING:
    from adjuvant.analysis.results import Results
    from adjuvant.dataset.snapshot import Snapshot
    from adjuvant.dataset.table import Table
    from adjuvant.design.trial_design import TrialDesign
    from adjuvant.evidence.rebuilt_trial import RebuiltTrial
    from adjuvant.protocol.model import Protocol
    from adjuvant.protocol.reader import ReadProtocol
    from adjuvant.simulation.protocol_run import ProtocolSimulation

__all__ = ["Study", "shipped_studies"]

_TABLES = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".xpt")
_PROTOCOL = "protocol.yaml"


def shipped_studies() -> dict[str, str]:
    """Return the studies that come with the package: name -> title.

    >>> shipped_studies()["moertel1990"]
    'Levamisole and fluorouracil for adjuvant therapy of resected colon carcinoma'
    """
    from adjuvant.protocol import read_protocol

    return {
        name: read_protocol(folder / _PROTOCOL).protocol.trial.title
        for name, folder in _shipped().items()
    }


class Study:
    """A study that was opened: its protocol, its patients, its results.

    >>> study = Study.open("moertel1990")
    >>> study.protocol.trial.id
    'MOERTEL1990'
    """

    def __init__(
        self,
        read: "ReadProtocol",
        *,
        opened: str,
        folder: Path | None = None,
        snapshot: "Snapshot | None" = None,
        table: "Table | None" = None,
    ) -> None:
        """Prefer `Study.open` and `Study.from_table`.

        opened    what stands in the Python lines of the results.
        folder    where the files that the protocol names are looked for.
        """
        self._read = read
        self._opened = opened
        self._folder = folder
        self._snapshot = snapshot
        self._table = table

    @classmethod
    def open(cls, what: str | Path) -> "Study":
        """Return the study of a protocol file, a snapshot or report folder, or a shipped name.

        An existing path wins over a shipped name.
        Raises    ProtocolError or SnapshotError with every finding; UsageError where there is
                  no such file, folder or study.
        """
        from adjuvant.protocol import one_of, read_protocol

        path = Path(what)
        if path.is_dir():
            return cls._of_folder(path)
        if path.is_file():
            if path.suffix.lower() in _TABLES:
                raise UsageError(
                    f"{path} is a data file; use Study.from_table(path, time=..., event=...), "
                    "or open the protocol file that maps it"
                )
            return cls(read_protocol(path), opened=path.name, folder=path.parent)
        shipped = _shipped()
        if str(what) in shipped:
            folder = shipped[str(what)]
            return cls(read_protocol(folder / _PROTOCOL), opened=str(what), folder=folder)
        raise UsageError(
            f"there is no file, folder or shipped study {str(what)!r}; {one_of(str(what), shipped)}"
        )

    @classmethod
    def from_table(
        cls,
        table: Any,
        *,
        time: str = "AVAL",
        event: str = "CNSR",
        arm: str | None = None,
        control: object = None,
        subject: str | None = None,
        unit: str = "day",
        strata: Iterable[str] = (),
        covariates: Iterable[str] = (),
        at: Iterable[float] = (),
        rmst: float | None = None,
        level: float = 0.95,
        ci: str = "log",
        coding_confirmed: bool = False,
        param: str | None = None,
    ) -> "Study":
        """Return a study of a data file or data frame that has no protocol.

        table     the path of a .csv, .json, .ndjson or .xpt file, or a pandas, polars or
                  pyarrow frame.
        time      column of the time, in `unit`, kept as stored.
        event     column coded 0/1, true/false or yes/no; its name is the event's name in print.
        arm       column of the arm, with its value for the control; None: one group.
        subject   column of the subject; without it the rows are numbered.
        at, rmst  milestones, and the horizon of the restricted mean, in `unit`.
        coding_confirmed  the event column was looked at and is right, though it looks reversed.
        param     the PARAMCD of an ADaM ADTTE as it stands: AVAL is the time, CNSR 0 an event.

        The columns are written as a protocol (`protocol_text`), and the study is read from it:
        there is one way from a protocol to a result.

        >>> import pandas
        >>> frame = pandas.DataFrame({"days": [9, 5, 12, 7], "died": [1, 1, 0, 1]})
        >>> found = Study.from_table(frame, time="days", event="died").analyse()
        >>> found.result("KM").estimate("median").value
        8.0
        """
        from adjuvant.analysis.table_plan import TableColumns, plan_of_table
        from adjuvant.dataset.read_table import read_table
        from adjuvant.dataset.table import table_from_frame
        from adjuvant.protocol import protocol_text, read_protocol_text

        path = Path(table) if isinstance(table, str | Path) else None
        rows = read_table(path) if path is not None else table_from_frame(table)
        columns = TableColumns(
            time,
            event,
            arm,
            None if control is None else str(control),
            subject,
            unit,
            tuple(strata),
            tuple(covariates),
            tuple(at),
            rmst,
            level,
            ci,
            coding_confirmed,
            param,
        )
        file = path.name if path is not None else "data.csv"
        text = protocol_text(plan_of_table(rows, columns, file))
        folder = path.parent if path is not None else None
        read = read_protocol_text(text, _PROTOCOL)
        return cls(read, opened=_PROTOCOL, folder=folder, table=rows)

    @property
    def protocol(self) -> "Protocol":
        """The protocol."""
        return self._read.protocol

    @property
    def protocol_text(self) -> str:
        """The text of the protocol, as it stands in the file."""
        return self._read.text

    @property
    def text(self) -> str:
        """The same as `protocol_text`."""
        return self.protocol_text

    def check(self) -> tuple[Finding, ...]:
        """Return what the checker says of the protocol: warnings and notes.

        A protocol with an error cannot be opened; `adjuvant.protocol.check_protocol` lists all.
        """
        return self._read.findings

    def design(self, scenario: str = "planned") -> "TrialDesign":
        """Return the design of the protocol: its size, looks, bounds, and what it assumes.

        scenario  "planned", "null", or one of the protocol's `design.scenarios`.
        Raises    InvalidInput naming all that the protocol's part `design` lacks.

        >>> Study.open("takayama2000").design().look_events
        (103,)
        """
        from adjuvant.design import design_from_protocol

        design: TrialDesign = design_from_protocol(self.protocol, scenario)
        return design

    def simulate(self, **options: Any) -> "ProtocolSimulation":
        """Simulate whole trials as planned, without an effect, and under the protocol's scenarios.

        options   of `adjuvant.simulation.simulate_protocol`: scenarios, trials, seed, workers,
                  executor, keep, progress.
        Raises    InvalidInput as `design`, and for a scenario that the protocol lacks.

        >>> found = Study.open("takayama2000").simulate(trials=2_000, seed=1)
        >>> found.scenario("planned").simulated.power.standard_error < 0.01
        True
        """
        from adjuvant.simulation import simulate_protocol

        found: ProtocolSimulation = simulate_protocol(self.protocol, **options)
        return found

    def snapshot(self) -> "Snapshot":
        """Return the snapshot that is analysed: the one opened, or one built from the data.

        Raises    DataError with every finding of the data; InvalidInput where the protocol maps
                  no data.
        """
        if self._snapshot is None:
            from adjuvant.dataset import build_snapshot

            if self.protocol.data is None:
                printed = "; SYNTHETIC ones are rebuilt by 'adjuvant evidence report'"
                raise InvalidInput(
                    f"{self._opened} maps no patients (it has no `data`): open a snapshot of "
                    "them, or add `data` to the protocol"
                    + (printed if self.protocol.published is not None else "")
                )
            self._snapshot = build_snapshot(self._read, folder=self._folder, table=self._table)
        return self._snapshot

    def analyse(self, snapshot: "Snapshot | None" = None, *, only: Iterable[str] = ()) -> "Results":
        """Return the results of the protocol's plan.

        snapshot  the patients; the study's own without it.
        only      ids of the analyses to carry out; all of them without it.
        """
        from adjuvant.analysis import run_plan

        return run_plan(self.protocol, snapshot or self.snapshot(), only=only, opened=self._opened)

    def report(
        self, out: str | Path, results: "Results | None" = None, *, replace: bool = False
    ) -> Path:
        """Write the trial report into the folder `out` and return the path of its page.

        results   what to report; the whole plan is carried out without it.
        replace   whether an earlier report in that folder may be replaced.
        """
        from adjuvant.dataset import write_snapshot
        from adjuvant.report import write_report

        snapshot = self.snapshot()
        also: dict[str, Callable[[Path], object]] = {
            "snapshot": lambda path: write_snapshot(snapshot, path)
        }
        if self._table is not None and self._folder is not None:
            # Written for this data file alone; it must find it from the report's folder.
            text = self._text_seen_from(Path(out))
            also[_PROTOCOL] = lambda path: path.write_text(text, "utf-8")
        return write_report(
            results or self.analyse(),
            self.protocol,
            Path(out),
            snapshot=snapshot,
            published=self.published,
            replace=replace,
            also=also,
        )

    def rebuild(
        self,
        *,
        members: int = 100,
        seed: int = 1,
        progress: "Callable[[int], None] | None" = None,
    ) -> "RebuiltTrial":
        """Return SYNTHETIC patients rebuilt from the study's printed numbers, and what they answer.

        progress  called with the number of sets that are ready.
        Raises    InvalidInput where the protocol names no printed numbers (`published`), or none
                  of its analyses can be carried out on what they determine.

        >>> trial = Study.open("takayama2000").rebuild(members=1)
        >>> trial.endpoint, sorted(trial.left_out)[:3]
        ('TTR', ['A4', 'A5', 'A6'])
        """
        from adjuvant.evidence.published import read_published
        from adjuvant.evidence.rebuilt_trial import rebuilt_trial
        from adjuvant.evidence.reconstruct_ensemble import reconstruct

        if self.published is None:
            raise InvalidInput(
                f"{self._opened} names no printed numbers: write 'published: FILE' into it"
            )
        page = read_published(self.published)
        sets = reconstruct(page, members=members, seed=seed, progress=progress)
        return rebuilt_trial(self._read, page, sets)

    @property
    def published(self) -> Path | None:
        """The file of the printed numbers that the protocol names, None where it names none."""
        if self.protocol.published is None or self._folder is None:
            return None
        return self._folder / self.protocol.published

    def write_protocol(self, folder: str | Path) -> Path:
        """Write protocol.yaml into an existing folder so that opening it gives this study again.

        The data file is named as seen from that folder.
        Raises    InvalidInput where a data frame holds the data: a file cannot name it.
        """
        target = Path(folder) / _PROTOCOL
        target.write_text(self._text_seen_from(Path(folder)), "utf-8")
        return target

    def _text_seen_from(self, folder: Path) -> str:
        data = self.protocol.data
        if data is None:
            return self.protocol_text
        if self._folder is None:
            raise InvalidInput(
                "the data are a data frame, which no file can name; save them as CSV and "
                "use Study.from_table(path, ...)"
            )
        seen = Path(relpath(self._folder / data.file, folder)).as_posix()
        return _with_file(self.protocol_text, data.file, seen)

    @classmethod
    def _of_folder(cls, path: Path) -> "Study":
        from adjuvant.dataset import open_snapshot
        from adjuvant.protocol import read_protocol, read_protocol_text

        # A report's folder holds the snapshot that it was made from.
        for place in (path, path / "snapshot"):
            if (place / "manifest.json").is_file():
                snapshot = open_snapshot(place)
                read = read_protocol_text(snapshot.protocol_text, f"{path.name}/{_PROTOCOL}")
                return cls(read, opened=path.name, snapshot=snapshot)
        if (path / _PROTOCOL).is_file():
            return cls(read_protocol(path / _PROTOCOL), opened=path.name, folder=path)
        raise UsageError(
            f"{path} is a folder without a snapshot (manifest.json) or a {_PROTOCOL}; "
            "name one that holds either"
        )


def _shipped() -> dict[str, Path]:
    """Return the folders of the shipped studies by name."""
    root = Path(str(files("adjuvant.studies")))
    folders = sorted(entry for entry in root.iterdir() if (entry / _PROTOCOL).is_file())
    return {folder.name: folder for folder in folders}


def _with_file(text: str, old: str, new: str) -> str:
    """Return a protocol's text with another name for its data file."""
    lines = text.splitlines(keepends=True)
    inside = False
    for number, line in enumerate(lines):
        if line[:1].strip() and not line.startswith("#"):
            inside = line.startswith("data:")
        if inside and line.strip().startswith("file:"):
            indent = line[: len(line) - len(line.lstrip())]
            quoted = new.replace("'", "''")
            lines[number] = f"{indent}file: '{quoted}'\n"
            return "".join(lines)
    raise InvalidInput(f"the protocol does not name its data file {old} on a line of its own")
