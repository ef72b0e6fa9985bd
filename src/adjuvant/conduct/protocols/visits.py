"""Which forms are filled at which visit, as the protocol plans it; pure, without dates.

A visit that repeats (`every: 3 mo`) becomes FU-1, FU-2 and so on. Contacts that nobody planned
have the visit `unscheduled`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from adjuvant.core import InvalidInput, StepRefused
from adjuvant.protocol import Duration, Protocol
from adjuvant.protocol.model import Form, Visit

__all__ = ["UNSCHEDULED", "PlannedVisit", "form_at", "form_of", "planned_visits"]

UNSCHEDULED = "unscheduled"
MOST = 40  # occurrences of a series whose end no length of time states


@dataclass(frozen=True)
class PlannedVisit:
    """One visit with its forms.

    code    VISIT, or VISIT-N for the nth of a series; what a record is filed under
    arms    the arms that have this visit; empty: all
    forms   filled with every patient
    also    arm -> forms filled in that arm alone
    """

    code: str
    label: str
    visit: str
    arms: tuple[str, ...]
    forms: tuple[Form, ...]
    also: tuple[tuple[str, tuple[Form, ...]], ...] = ()

    def forms_of(self, arm: str | None) -> tuple[Form, ...]:
        """Return the forms for a patient of this arm; None: not allocated, or nobody's to know."""
        if self.arms and arm not in self.arms:
            return ()
        more = dict(self.also).get(arm or "", ())
        return (*self.forms, *(form for form in more if form not in self.forms))


def planned_visits(protocol: Protocol) -> tuple[PlannedVisit, ...]:
    """Return every visit of the protocol in the order of the file, then unplanned contacts.

    >>> from importlib.resources import files
    >>> from adjuvant.protocol import read_protocol
    >>> folder = files("adjuvant.studies") / "templates" / "adjuvant-cell-therapy"
    >>> visits = planned_visits(read_protocol(folder / "protocol.yaml").protocol)
    >>> [visit.code for visit in visits][:9]
    ['SCR', 'RND', 'W4', 'W8', 'W12', 'W24', 'FU-1', 'FU-2', 'FU-3']
    >>> next(visit.label for visit in visits if visit.code == "FU-2")
    'Follow-up every 3 months, month 12'
    """
    return (*_planned(protocol), *_unplanned(protocol))


def form_of(protocol: Protocol, form: str) -> Form:
    """Return the form with this id.

    Raises    StepRefused where this version of the protocol has none.
    """
    found = next((part for part in protocol.forms if part.id == form), None)
    if found is None:
        raise StepRefused(
            _("the form cannot be opened"),
            _("version %(version)s of the protocol has no form %(form)s")
            % {"version": protocol.trial.version, "form": form},
            _("choose a form from the subject's page"),
        )
    return found


def form_at(protocol: Protocol, visit: str, form: str, repeat: int) -> Form:
    """Return the form that is filled at a visit, for the nth time there.

    Raises    StepRefused where the protocol plans no such form at the visit, or not twice.
    """
    found = form_of(protocol, form)
    planned = next((part for part in planned_visits(protocol) if part.code == visit), None)
    allowed = () if planned is None else (planned.forms, *(forms for _arm, forms in planned.also))
    if not any(found in forms for forms in allowed):
        raise StepRefused(
            _("%(form)s cannot be filled at %(visit)s") % {"form": found.label, "visit": visit},
            _("version %(version)s of the protocol does not plan it there")
            % {"version": protocol.trial.version},
            _("choose a form from the subject's page"),
        )
    if repeat != 1 and not found.repeating:
        raise StepRefused(
            _("%(form)s cannot be filled a second time") % {"form": found.label},
            _("the protocol asks for it once at a visit"),
            _("correct the one that is there"),
        )
    return found


def _planned(protocol: Protocol) -> Iterator[PlannedVisit]:
    for visit in protocol.visits:
        arms = () if "all" in visit.arms else tuple(visit.arms)
        forms = _forms(protocol, visit.do)
        also = tuple((arm, _forms(protocol, names)) for arm, names in visit.also.items())
        for code, label in _occurrences(visit):
            yield PlannedVisit(code, label, visit.id, arms, forms, also)


def _unplanned(protocol: Protocol) -> Iterator[PlannedVisit]:
    forms = _forms(protocol, protocol.schedule.unscheduled)
    if forms:
        yield PlannedVisit(UNSCHEDULED, _("Unscheduled"), UNSCHEDULED, (), forms)


def _forms(protocol: Protocol, activities: Iterable[str]) -> tuple[Form, ...]:
    named = [protocol.activities[name].form for name in activities if name in protocol.activities]
    by_id = {form.id: form for form in protocol.forms}
    return tuple(by_id[name] for name in dict.fromkeys(named) if name in by_id)


def _occurrences(visit: Visit) -> Iterator[tuple[str, str]]:
    label = visit.label or visit.id
    if visit.every is None:
        yield visit.id, label
        return
    first = visit.start or visit.at or visit.every
    last = _length(visit.until)
    for n in range(MOST):
        at = _later(first, visit.every, n)
        if last is not None and at.calendar_days() > last.calendar_days():
            return
        yield f"{visit.id}-{n + 1}", f"{label}, {_words(at)}"


def _length(text: str | None) -> Duration | None:
    try:
        return Duration.parse(text or "")
    except InvalidInput:
        return None  # "end_of_trial": no length of time


def _later(first: Duration, every: Duration, n: int) -> Duration:
    if first.unit == every.unit:
        return Duration(first.value + n * every.value, first.unit)
    months = {"month": 1, "year": 12}
    if first.unit in months and every.unit in months:
        total = first.value * months[first.unit] + n * every.value * months[every.unit]
        return Duration(total, "month")
    return Duration.parse(f"{first.calendar_days() + n * every.calendar_days()} d")


def _words(at: Duration) -> str:
    units = {
        "hour": _("hour"), "day": _("day"), "week": _("week"), "month": _("month"),
        "year": _("year"),
    }  # fmt: skip
    return f"{units[at.unit]} {at.value.normalize():f}"
