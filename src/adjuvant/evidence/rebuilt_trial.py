"""Rebuilt patients as data of their trial: the part of a protocol's plan that they can answer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from adjuvant.core import InvalidInput
from adjuvant.dataset import Snapshot, build_snapshot
from adjuvant.dataset.table import Table
from adjuvant.evidence.printed import Patients, Published
from adjuvant.evidence.reconstruct_ensemble import Member, Reconstruction
from adjuvant.protocol.model import Analysis, AnalysisSet, Endpoint, Protocol
from adjuvant.protocol.model_data import (
    ArmMapping,
    CensoringMapping,
    DataMapping,
    EventMapping,
)
from adjuvant.protocol.reader import ReadProtocol

__all__ = ["RebuiltTrial", "rebuilt_trial"]

_NEEDS_BASELINE = ("baseline_table", "subgroups")


@dataclass(frozen=True)
class RebuiltTrial:
    """The part of a protocol that an ensemble can answer, and why the rest is left out.

    read       the protocol with one endpoint, the analyses of it, and the mapping of a member.
    endpoint   id of that endpoint in the protocol.
    left_out   id of an analysis -> why no rebuilt patient can answer it.
    """

    read: ReadProtocol
    endpoint: str
    rebuilt: Reconstruction
    left_out: dict[str, str]

    @property
    def protocol(self) -> Protocol:
        """The part of the protocol that the ensemble can answer."""
        return self.read.protocol

    def snapshots(self) -> Iterator[Snapshot]:
        """Yield a SYNTHETIC snapshot of each member, in the order of the ensemble."""
        for i, member in enumerate(self.rebuilt.members):
            yield build_snapshot(self.read, table=_table(member, i))


def rebuilt_trial(
    read: ReadProtocol, published: Published, rebuilt: Reconstruction
) -> RebuiltTrial:
    """Return what of a protocol's plan an ensemble of its printed page can answer.

    The endpoint is the one whose result the file of printed numbers holds against a number of the
    rebuilt endpoint (its list `compare`). Deaths without that event were not printed: whoever had
    one is censored there, as in the printed Kaplan-Meier analysis.
    Raises    InvalidInput where no result of the plan is compared with the rebuilt endpoint, or
              no analysis of it can be carried out.

    >>> from importlib.resources import files
    >>> from pathlib import Path
    >>> from adjuvant.evidence import read_published, reconstruct
    >>> from adjuvant.protocol import read_protocol
    >>> study = Path(str(files("adjuvant.studies") / "takayama2000"))
    >>> published = read_published(study / "published.yaml")
    >>> rebuilt = reconstruct(published, members=1)
    >>> trial = rebuilt_trial(read_protocol(study / "protocol.yaml"), published, rebuilt)
    >>> trial.endpoint, [a.id for a in trial.protocol.analyses]
    ('TTR', ['A1', 'A2', 'A3', 'A7'])
    >>> next(trial.snapshots()).kind
    'SYNTHETIC'
    """
    protocol = read.protocol
    endpoint = _endpoint(protocol, published, rebuilt.targets.endpoint)
    kept, left = [], {}
    for analysis in protocol.analyses:
        why = _cannot(analysis, protocol, endpoint, published)
        if why:
            left[analysis.id] = why
        else:
            kept.append(analysis.model_copy(update={"estimand": None}))
    if not kept:
        raise InvalidInput(
            f"the plan has no analysis of {endpoint.id} that rebuilt patients answer"
        )
    part = protocol.model_copy(
        update={
            "endpoints": (endpoint.model_copy(update={"competing": ()}),),
            "analyses": tuple(a.model_copy(update={"competing": None}) for a in kept),
            "estimands": (),
            "data": _mapping(protocol, published, endpoint),
        }
    )
    return RebuiltTrial(replace(read, protocol=part), endpoint.id, rebuilt, left)


def _endpoint(protocol: Protocol, published: Published, name: str) -> Endpoint:
    """Return the protocol's endpoint of which the page prints the numbers."""
    analyses = {a.id: a for a in protocol.analyses}
    for line in published.compare:
        number = published.number(line.number)
        analysis = analyses.get(line.result)
        if getattr(number, "endpoint", None) == name and analysis is not None:
            for endpoint in protocol.endpoints:
                if endpoint.id == analysis.endpoint:
                    return endpoint
    raise InvalidInput(
        f"no result of the plan is held against a printed number of {name}: add a line to "
        "`compare` in the file of printed numbers that names the result of an analysis of it"
    )


def _cannot(
    analysis: Analysis, protocol: Protocol, endpoint: Endpoint, published: Published
) -> str:
    """Return why rebuilt patients cannot answer an analysis; "" where they can."""
    if analysis.type in _NEEDS_BASELINE:
        return "the page prints no characteristic by arm"
    if analysis.type == "consort":
        return "the page prints no flow of patients by arm"
    of = analysis.of
    if analysis.endpoint not in (None, endpoint.id) or (of and of not in endpoint.event):
        other = next((e.label for e in protocol.endpoints if e.id == analysis.endpoint), of or "")
        return f"{other}: the page prints neither a percentage nor a ratio of it"
    if analysis.strata not in (None, "none"):
        return "the page prints nothing by stratum"
    chosen = next((s for s in protocol.analysis_sets if s.id == analysis.set), None)
    if chosen is not None and _wider(chosen, published):
        return f"{chosen.label}: the page prints only those analysed"
    if analysis.competing not in (None, "censor") or analysis.type == "cumulative_incidence":
        return "the page prints no death without the event"
    return ""


def _wider(chosen: AnalysisSet, published: Published) -> bool:
    """Whether a set holds patients whom the page left out of its analysis."""
    excluded = any(
        isinstance(n, Patients) and n.kind == "n_excluded" and n.value != "0"
        for n in published.numbers
    )
    return excluded and "ineligible" not in chosen.rule and "eligible" not in chosen.rule


def _mapping(protocol: Protocol, published: Published, endpoint: Endpoint) -> DataMapping:
    control = protocol.ordered_arms[0].id
    others = [a.id for a in protocol.ordered_arms[1:]]
    if len(others) != 1 or len(endpoint.event) != 1:
        raise InvalidInput(
            f"rebuilt patients have two arms and one event; {protocol.trial.id} has "
            f"{1 + len(others)} arms, and {endpoint.id} counts {', '.join(endpoint.event)}"
        )
    values: dict[str, str] = {
        place: control if arm.role == "control" else others[0]
        for place, arm in published.arms.items()
    }
    event = EventMapping(days="days", happened="event", values={"0": "no", "1": "yes"},
                         coding="confirmed")  # fmt: skip
    last = endpoint.censor_at or "last_seen"
    return DataMapping(
        file="member.csv",
        kind="SYNTHETIC",
        subject="id",
        arm=ArmMapping(column="arm", values=values),
        origin={endpoint.origin: "day_0"},
        events={endpoint.event[0]: event},
        censoring={last: CensoringMapping(days="days")},
        ineligible="ineligible",
    )


def _table(member: Member, number: int) -> Table:
    data = member.data
    assert data.arm is not None
    labels = np.asarray(data.arm_labels)[data.arm].tolist()
    n = data.n
    return Table(
        f"member_{number:03d}.csv",
        {
            "id": tuple(f"SYNTHETIC-{i:04d}" for i in range(1, n + 1)),
            "arm": tuple(labels),
            "days": tuple(data.time.tolist()),
            "event": tuple(data.event.tolist()),
            "ineligible": ("no",) * n,
        },
        tuple(range(2, n + 2)),
    )
