"""Patients to be pooled: a folder of rebuilt sets (by Rubin's rule), or a file of patients."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adjuvant.core import InvalidInput, NotEnoughData, TimeToEvent
from adjuvant.evidence.pool_trials import TrialEffect
from adjuvant.survival.cox import cox

__all__ = ["PatientTrial", "one_stage_members", "read_patient_trial"]

_CODES = {"C": 0, "T": 1}


@dataclass(frozen=True, eq=False)
class PatientTrial:
    """A trial whose patients are at hand: one real set, or the sets of an ensemble.

    sets    arms C (code 0) and T (code 1); one set of real patients, or every member.
    kind    real or SYNTHETIC.
    """

    trial_id: str
    label: str
    year: int
    endpoint: str
    sets: tuple[TimeToEvent, ...]
    kind: str

    def effect(self) -> TrialEffect:
        """Return the trial's hazard ratio (Cox, Efron); of an ensemble by Rubin's rule."""
        found = []
        for data in self.sets:
            fit = cox(data)
            found.append((float(fit.coef[0]), float(fit.se[0])))
        if self.kind == "SYNTHETIC":
            return TrialEffect.from_members(
                self.trial_id, self.label, self.year, self.endpoint, found
            )
        value, se = found[0]
        return TrialEffect(self.trial_id, self.label, self.year, self.endpoint, value, se)


def read_patient_trial(path: Path, *, endpoint: str, year: int = 0) -> PatientTrial:
    """Return the trial of a folder of rebuilt sets, or of a CSV of patients.

    path      a folder that `adjuvant evidence reconstruct` wrote (or a report's `rebuilt`), or a
              CSV with the columns arm (T or C), time or days, event (1 or 0), and, where the rows
              are rebuilt, kind.
    Raises    InvalidInput for a file that lacks a column, holds another arm, or mixes SYNTHETIC
              rows with others; for a single rebuilt set, which has no spread.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "trial.csv"
    ...     _ = path.write_text("arm,days,event\\nT,9,1\\nC,4,1\\nT,7,0\\nC,8,1\\n")
    ...     trial = read_patient_trial(path, endpoint="rfs")
    >>> trial.label, trial.kind, trial.sets[0].n
    ('trial', 'real', 4)
    """
    if path.is_dir():
        return _ensemble(path, endpoint, year)
    data, kind = _read(path)
    if kind == "SYNTHETIC":
        raise InvalidInput(
            f"{path.name} is one SYNTHETIC set, which says nothing of its spread; "
            "name the folder of the whole ensemble"
        )
    return PatientTrial(path.stem, path.stem, year, endpoint, (data,), kind)


def _ensemble(folder: Path, endpoint: str, year: int) -> PatientTrial:
    inside = folder / "rebuilt" if (folder / "rebuilt").is_dir() else folder
    try:
        summary = json.loads((inside / "summary.json").read_text("utf-8"))
        case, members = str(summary["case"]), [str(m["file"]) for m in summary["members"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidInput(
            f"{folder} holds no ensemble (no summary.json of 'adjuvant evidence reconstruct'); "
            "name such a folder, a table of trials, or a CSV of patients"
        ) from None
    read = [_read(inside / name) for name in members]
    if {kind for _, kind in read} != {"SYNTHETIC"}:
        raise InvalidInput(f"{folder} is an ensemble, and some of its rows do not say SYNTHETIC")
    label = f"{case}, {len(read)} sets"
    return PatientTrial(case, label, year, endpoint, tuple(d for d, _ in read), "SYNTHETIC")


def _read(path: Path) -> tuple[TimeToEvent, str]:
    try:
        rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    except OSError as reason:
        raise InvalidInput(f"{path} cannot be opened: {reason.strerror}; check the name") from None
    columns = set(rows[0]) if rows else set()
    time = "days" if "days" in columns else "time"
    lacking = {"arm", time, "event"} - columns
    if lacking:
        raise InvalidInput(
            f"{path.name} is no file of patients: it lacks {', '.join(sorted(lacking))}; "
            "give the columns arm (T or C), days, event (1 or 0)"
        )
    kinds = {row.get("kind") or "real" for row in rows}
    if len(kinds) > 1:
        raise InvalidInput(f"{path.name} mixes rows of different kinds: {', '.join(sorted(kinds))}")
    cells = [_cells(path.name, line, row, time) for line, row in enumerate(rows, start=2)]
    arm, days, event = (np.array(column) for column in zip(*cells, strict=True))
    if len(set(arm.tolist())) < 2:
        raise InvalidInput(f"{path.name} has one arm only; two are needed, T and C")
    whole = bool(np.all(days == np.rint(days)))
    data = TimeToEvent(days.astype(np.int64) if whole else days, event.astype(np.int64),
                       arm=arm.astype(np.int64), arm_labels=("C", "T"))  # fmt: skip
    return data, kinds.pop()


def _cells(file: str, line: int, row: Mapping[str, str], time: str) -> tuple[int, float, int]:
    try:
        arm, days, event = _CODES[row["arm"]], float(row[time]), row["event"]
        if event not in ("0", "1") or not days >= 0:
            raise ValueError
    except (KeyError, ValueError, TypeError):
        raise InvalidInput(
            f"{file}:{line}: arm {row.get('arm')!r}, {time} {row.get(time)!r}, event "
            f"{row.get('event')!r}; expected T or C, a time of 0 or more, and 0 or 1"
        ) from None
    return arm, days, int(event)


def one_stage_members(trials: Sequence[PatientTrial]) -> TrialEffect:
    """Return the hazard ratio of the patients of all trials in one Cox model stratified by trial.

    Ensembles are analysed member by member, the i-th of each together, and pooled by Rubin's rule.
    Raises    InvalidInput where real and SYNTHETIC patients would stand in one model, or a trial
              stands twice; NotEnoughData for fewer than two trials.

    >>> days = np.array([1, 4, 2, 3])
    >>> data = TimeToEvent(days, np.ones(4, int), arm=np.array([0, 1, 0, 1]), arm_labels=("C", "T"))
    >>> real = PatientTrial("a", "a", 2000, "rfs", (data,), "real")
    >>> one_stage_members([real, PatientTrial("b", "b", 2001, "rfs", (data, data), "SYNTHETIC")])
    Traceback (most recent call last):
    ...
    adjuvant.core.errors.InvalidInput: patients of different kinds are not analysed together: ...
    """
    if len(trials) < 2:
        raise NotEnoughData(f"{len(trials)} trial is no pool; two are needed")
    ids = [t.trial_id for t in trials]
    if len(set(ids)) < len(ids):
        raise InvalidInput(f"the same patients stand twice: {', '.join(sorted(ids))}")
    kinds = sorted({t.kind for t in trials})
    if len(kinds) > 1:
        raise InvalidInput(f"patients of different kinds are not analysed together: {kinds}")
    number = min(len(t.sets) for t in trials)
    found = []
    for i in range(number):
        fit = cox(_joined([t.sets[i] for t in trials], [t.label for t in trials]))
        found.append((float(fit.coef[0]), float(fit.se[0])))
    name, endpoint = "+".join(ids), trials[0].endpoint
    if kinds[0] == "SYNTHETIC":
        return TrialEffect.from_members(name, "one stage", 0, endpoint, found)
    return TrialEffect(name, "one stage", 0, endpoint, *found[0])


def _joined(sets: Sequence[TimeToEvent], names: Sequence[str]) -> TimeToEvent:
    return TimeToEvent(
        np.concatenate([np.asarray(d.time, dtype=np.float64) for d in sets]),
        np.concatenate([d.event for d in sets]),
        arm=np.concatenate([np.asarray(d.arm) for d in sets]),
        arm_labels=("C", "T"),
        stratum=np.repeat(np.arange(len(sets)), [d.n for d in sets]),
        stratum_labels=tuple(names),
    )
