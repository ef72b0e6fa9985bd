"""The plan's executor: every analysis of the protocol by its type, on one snapshot."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

from adjuvant.analysis.baseline import baseline_line
from adjuvant.analysis.competing import cumulative_incidence_line
from adjuvant.analysis.counts import proportion_line
from adjuvant.analysis.curves import kaplan_meier_line
from adjuvant.analysis.flow import flow_line
from adjuvant.analysis.follow_up import follow_up_line
from adjuvant.analysis.hypothesis_tests import log_rank_line
from adjuvant.analysis.line import Line
from adjuvant.analysis.milestone import milestone_line
from adjuvant.analysis.ph_check import ph_check_line
from adjuvant.analysis.python_lines import one_line_of_the_plan
from adjuvant.analysis.regression import cox_line
from adjuvant.analysis.restricted_mean import restricted_mean_line
from adjuvant.analysis.results import ArmCount, Result, Results
from adjuvant.analysis.subgroups import subgroups_line
from adjuvant.core import AnalysisError, UsageError
from adjuvant.dataset import Snapshot
from adjuvant.protocol import one_of
from adjuvant.protocol.model import Analysis, Protocol

__all__ = ["run_plan"]

_BY_TYPE: Mapping[str, Callable[[Line], Result]] = {
    "baseline_table": baseline_line,
    "consort": flow_line,
    "follow_up": follow_up_line,
    "kaplan_meier": kaplan_meier_line,
    "log_rank": log_rank_line,
    "cox": cox_line,
    "ph_check": ph_check_line,
    "rmst": restricted_mean_line,
    "milestone": milestone_line,
    "cumulative_incidence": cumulative_incidence_line,
    "proportion": proportion_line,
    "subgroups": subgroups_line,
}


def run_plan(
    protocol: Protocol,
    snapshot: Snapshot,
    *,
    only: Iterable[str] = (),
    opened: str = "protocol.yaml",
) -> Results:
    """Return the results of the protocol's plan on a snapshot, in the order of the plan.

    only      ids of analyses to carry out; all of them without it.
    opened    what `Study.open` was given; the Python lines of the results begin with it.
    Raises    UsageError for an id that the plan lacks; InvalidInput where the plan asks for
              something that it cannot mean (a curve of an endpoint with competing events that
              does not say what becomes of them).

    An analysis that the data cannot answer (too few events, a horizon beyond the follow-up, no
    finite estimate) is not left out: its result has no estimates and a note that says why.

    >>> from adjuvant.dataset import six_patients_snapshot
    >>> snapshot, protocol = six_patients_snapshot()
    >>> found = run_plan(protocol, snapshot, only=["K2"]).result("K2")
    >>> found.n, found.events, found.endpoint_label
    (6, 4, 'Recurrence-free survival')
    """
    base = Line(protocol.analyses[0], protocol, snapshot, opened)
    results = tuple(
        _carried_out(Line(analysis, protocol, snapshot, opened, base.derived, base.variables))
        for analysis in _chosen(protocol, tuple(only))
    )
    return Results(
        snapshot=snapshot.sha256,
        protocol=sha256(snapshot.protocol_text.encode("utf-8")).hexdigest(),
        trial=protocol.trial.id,
        title=protocol.trial.title,
        results=results,
        synthetic=snapshot.kind == "SYNTHETIC",
        dummy_arms=snapshot.arms == "dummy",
        arms=_arms(base),
        notes=_notes(snapshot),
    )


def _chosen(protocol: Protocol, only: tuple[str, ...]) -> tuple[Analysis, ...]:
    known = [analysis.id for analysis in protocol.analyses]
    for id in only:
        if id not in known:
            raise UsageError(f"the plan has no analysis {id!r}; {one_of(id, known)}")
    return tuple(a for a in protocol.analyses if not only or a.id in only)


def _carried_out(line: Line) -> Result:
    try:
        return _BY_TYPE[line.analysis.type](line)
    except AnalysisError as reason:
        # The plan's line stays in the report: a reader must see that it was asked and why the
        # data have no answer.
        return line.result(
            n=line.set_size(),
            method="No estimate: the data have no answer",
            notes=(f"Not estimable: {reason}",),
            python=one_line_of_the_plan(line),
        )


def _arms(line: Line) -> tuple[ArmCount, ...]:
    """Return everybody randomised, per arm."""
    arms = line.snapshot.subjects.column("arm")
    return tuple(
        ArmCount(arm.id, arm.label, sum(own == arm.id for own in arms))
        for arm in line.protocol.ordered_arms
    )


def _notes(snapshot: Snapshot) -> tuple[str, ...]:
    notes = []
    if snapshot.kind == "SYNTHETIC":
        notes.append("SYNTHETIC: these patients were made by a program; nothing here is evidence.")
    if snapshot.arms == "dummy":
        notes.append("DUMMY ARMS: the arms were permuted; no comparison of them is real.")
    notes += [f"{f.code}: {f.message}" for f in snapshot.findings if f.severity == "warning"]
    return tuple(notes)
