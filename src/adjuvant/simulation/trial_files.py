"""One simulated trial's patients as files that `analyse` reads, SYNTHETIC in every row."""

from pathlib import Path
from typing import Any

from adjuvant.core import TimeToEvent
from adjuvant.protocol.reader import protocol_text
from adjuvant.simulation.chunks import trial_patients
from adjuvant.simulation.from_protocol import ProtocolScenario

__all__ = ["write_trial"]

_PATIENTS, _PROTOCOL = "patients.csv", "protocol.yaml"


def write_trial(
    one: ProtocolScenario, folder: str | Path, *, trial: int, seed: int, look: int | None = None
) -> Path:
    """Write one trial's patients and their plan into an existing folder; return the CSV's path.

    trial, seed, look   as in `trial_patients`: the very trial that `simulate` counted.

    patients.csv has subject, arm, months, event (1 = event of the endpoint), died (1 = competing
    death), stratum where there are several, and kind (SYNTHETIC); protocol.yaml is its plan:
    Kaplan-Meier, log-rank, Cox and, where deaths compete, cumulative incidence.

    >>> from tempfile import TemporaryDirectory
    >>> from adjuvant.simulation import protocol_scenarios
    >>> from adjuvant.study import Study
    >>> planned = protocol_scenarios(Study.open("takayama2000").protocol)[0]
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_trial(planned, folder, trial=7, seed=1)
    ...     cox = Study.open(folder).analyse().result("COX")
    >>> round(cox.estimate("hazard_ratio").value, 4)
    0.5978
    """
    data = trial_patients(one.scenario, seed=seed, trial=trial, look=look)
    path = Path(folder) / _PATIENTS
    path.write_text(_rows(data), "utf-8")
    plan = protocol_text(_plan(one, data, trial, seed))
    (Path(folder) / _PROTOCOL).write_text(plan, "utf-8")
    return path


def _rows(data: TimeToEvent) -> str:
    assert data.arm is not None
    strata = data.stratum
    head = ["subject", "arm", "months", "event", "died"]
    head += [*(["stratum"] if strata is not None else []), "kind"]
    lines = [",".join(head)]
    for i in range(data.n):
        row = [f"SYNTH-{i + 1:05d}", data.arm_labels[data.arm[i]], repr(float(data.time[i]))]
        row += [str(int(data.event[i] == cause)) for cause in (1, 2)]
        if strata is not None:
            row.append(data.stratum_labels[strata[i]])
        lines.append(",".join([*row, "SYNTHETIC"]))
    return "\n".join(lines) + "\n"


def _plan(one: ProtocolScenario, data: TimeToEvent, trial: int, seed: int) -> dict[str, Any]:
    competes = bool((data.event == 2).any())
    arms = {
        "control": ("CONTROL", one.design.control, "active_control"),
        "experimental": ("EXPERIMENTAL", one.design.experimental, "experimental"),
    }
    title = f"SYNTHETIC trial {trial} of scenario {one.name}, seed {seed}"
    events = {"event": {"label": one.design.endpoint or "event"}}
    if competes:
        events["died"] = {"label": "competing death"}
    endpoint: dict[str, Any] = {
        "id": "EVENT",
        "label": one.design.endpoint or "Event",
        "level": "secondary",
        "event": ["event"],
        "censor_at": "last_follow_up",
    }
    strata = data.stratum is not None
    return {
        "format": "adjuvant/1",
        "trial": {"id": "SYNTHETIC_TRIAL", "status": "historical", "title": title},
        "time": {"unit": "month"},
        "arms": [{"id": id, "label": label, "role": role} for id, label, role in arms.values()],
        "randomisation": {"strata": [_factor(data)] if strata else []},
        "events": events,
        "endpoints": [endpoint | ({"competing": ["died"]} if competes else {})],
        "analysis_sets": [{"id": "ALL", "label": "Everybody randomised", "primary": True}],
        "analyses": _analyses(strata, competes),
        "data": _data(data, {name: id for name, (id, _, _) in arms.items()}, list(events)),
    }


def _factor(data: TimeToEvent) -> dict[str, Any]:
    levels = list(data.stratum_labels)
    return {"id": "stratum", "label": "Stratum", "source": "stratum", "levels": levels}


def _analyses(stratified: bool, competes: bool) -> list[dict[str, Any]]:
    common = {"endpoint": "EVENT", "set": "ALL", "claim": "descriptive"}
    censor = {"competing": "censor"} if competes else {}
    strata = {"strata": "as_randomised" if stratified else "none"}
    test = {"test": "stratified_log_rank" if stratified else "log_rank"}
    found = [
        {"id": "FOLLOW_UP", "type": "follow_up", **censor, **common},
        {"id": "KM", "type": "kaplan_meier", **censor, **common},
        {"id": "LOG_RANK", "type": "log_rank", **censor, **strata, **common},
        {"id": "COX", "type": "cox", **censor, **strata, **test, **common},
    ]
    if competes:
        found.append({"id": "CUMULATIVE", "type": "cumulative_incidence", **common})
    return found


def _data(data: TimeToEvent, arms: dict[str, str], events: list[str]) -> dict[str, Any]:
    happened = {"1": "yes", "0": "no"}
    found: dict[str, Any] = {
        "file": _PATIENTS,
        "kind": "SYNTHETIC",
        "locked": True,
        "subject": "subject",
        "arm": {"column": "arm", "values": arms},
        "unit": "month",
        "origin": {"randomisation": "day_0"},
        "events": {
            event: {"days": "months", "happened": event, "values": happened, "coding": "confirmed"}
            for event in events
        },
        "censoring": {"last_follow_up": {"days": "months"}},
    }
    if data.stratum is not None:
        values = {label: label for label in data.stratum_labels}
        found["strata"] = {"stratum": {"column": "stratum", "values": values}}
        found["variables"] = {
            "stratum": {
                "column": "stratum", "label": "Stratum", "type": "choice", "values": values,
            }
        }  # fmt: skip
    return found
