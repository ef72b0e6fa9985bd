"""Who still takes part in what, where she is followed, and who may read what of her.

Withdrawal is five answers from a day on; a transfer moves a subject from a day on. Nothing that was
collected before either is deleted or hidden.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.permissions import OtherSite, may, require
from adjuvant.conduct.protocols.queries import local_day
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.models_enrolment import Transfer, Withdrawal, Wristband
from adjuvant.core import StepRefused
from adjuvant.protocol.model import Form

__all__ = [
    "earlier_sites",
    "goes_on",
    "left_from",
    "only_whole",
    "reading_site",
    "refuse_after_withdrawal",
    "require_wristband",
    "site_on",
    "withdrawn",
    "wristband_in_force",
]

# What a body gives ends on the day itself; a form may still be dated on that day.
_FROM_THE_DAY = ("infusions", "samples")
_SURVIVAL = ("DM.DTHDTC", "DM.DTHFL", "SS.SSORRES", "DD.DDORRES")


def goes_on(subject: Subject, part: str, on: date) -> bool:
    """Tell whether a part of taking part (infusions, visits, records, ...) goes on on a day.

    Infusions and samples end on the day of the withdrawal, the others after it. Of several answers
    the newest that was given by that day holds.
    """
    newest = subject.withdrawals.filter(on__lte=on).order_by("-id").first()
    if newest is None or newest.answers.get(part) != "ends":
        return True
    return part not in _FROM_THE_DAY and on == newest.on


def withdrawn() -> tuple[str, ...]:
    """Return the numbers of those who withdrew consent: their visits ended. For the flow."""
    newest: dict[str, Withdrawal] = {}
    for row in Withdrawal.objects.select_related("subject").order_by("id"):
        newest[row.subject.number] = row
    return tuple(sorted(n for n, row in newest.items() if row.answers.get("visits") == "ends"))


def refuse_after_withdrawal(
    who: Subject, asked: Form, visit: str, values: Mapping[str, Any], at: datetime, *,
    saved: bool = False,
) -> None:  # fmt: skip
    """Refuse a form of a day after visits ended; survival goes on with records or registry.

    A form's days are the dates in it; without any, those of the other forms of its visit, else
    today. `saved`: it stands already and is corrected, so that without dates there is no day.
    """
    days = _days(asked, values)
    if not days and not saved:
        others = who.records.filter(visit=visit) if visit != "unscheduled" else ()
        days = [day for r in others for day in _iso_days(r.values.values())]
    if not days:
        if saved:
            return
        days = [local_day(who.site.code, at)]
    day = max(days)
    if goes_on(who, "visits", day):
        return
    if any(item.cdisc in _SURVIVAL for item in asked.items) and (
        goes_on(who, "registry", day) or goes_on(who, "records", day)
    ):
        return
    raise StepRefused(
        _("%(form)s is not saved") % {"form": asked.label},
        _("consent to visits was withdrawn, and the form is of %(day)s, which is later")
        % {"day": day},
        _("enter only what was collected up to the day of the withdrawal"),
    )


def _days(asked: Form, values: Mapping[str, Any]) -> list[date]:
    dated = {item.id for item in asked.items if item.type in ("date", "partial_date")}
    return _iso_days(value for name, value in values.items() if name in dated)


def _iso_days(values: Iterable[Any]) -> list[date]:
    """Return the dates among values; of a partial one the first day it can mean."""
    found = []
    for value in values:
        text = value if isinstance(value, str) else ""
        if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
            found.append(date.fromisoformat(f"{text}-01-01"[:10]))
    return found


def site_on(subject: Subject, on: date) -> str:
    """Return the site at which a subject was followed on a day: randomised here, followed there."""
    done = _done(Transfer.objects.filter(subject=subject))
    later = [row for row in done if row.on > on]
    return later[0].from_site if later else str(subject.site.code)


def earlier_sites(subject: Subject) -> tuple[str, ...]:
    """Return the sites from which a subject went on, the latest first."""
    done = _done(Transfer.objects.filter(subject=subject))
    return tuple(row.from_site for row in reversed(done) if row.from_site != subject.site.code)


def left_from(sites: Iterable[str]) -> set[int]:
    """Return the keys of the subjects that went on elsewhere from one of these sites."""
    return {row.subject_id for row in _done(Transfer.objects.filter(from_site__in=list(sites)))}


def _done(rows: Any) -> list[Transfer]:
    """Return the transfers that both sides signed, in their order."""
    found = rows.prefetch_related("signatures").order_by("id")
    return [row for row in found if len(row.signatures.all()) == 2]


def reading_site(subject: Subject, by: Actor, action: str) -> str:
    """Return "" for who may read a subject's whole record, else the earlier site whose part it is.

    Raises    OtherSite, NotPermitted as `require` does.
    """
    if not may(by.id, action, subject.site.code):
        for site in earlier_sites(subject):
            if may(by.id, action, site):
                return site
    require(by, action, site=subject.site.code)
    return ""


def only_whole(subject: Subject) -> Subject:
    """Return a subject that is read as a whole.

    Raises    OtherSite for the reader of an earlier site, to whom the page is not there.
    """
    if subject.read_at:
        raise OtherSite(subject.number)
    return subject


def wristband_in_force(subject: Subject) -> Wristband | None:
    """Return the binding that holds where the subject is followed now; None: bind it anew."""
    newest: Wristband | None = subject.wristbands.order_by("-id").first()
    return newest if newest is not None and newest.site == subject.site.code else None


def require_wristband(subject: Subject, code: str, what: str) -> Wristband:
    """Return the binding once the scanned wristband is the one bound at the subject's site.

    code    `enrolment.wristband_of` of what was scanned
    what    the step that is refused otherwise
    Raises  StepRefused: not bound at this site (an earlier site's binding does not count), or
            another wristband.
    """
    bound = wristband_in_force(subject)
    if bound is None:
        raise StepRefused(
            what, _("no wristband is bound at %(site)s") % {"site": subject.site.code},
            _("two persons of this site scan it first"),
        )  # fmt: skip
    if bound.code != code:
        raise StepRefused(
            what, _("this wristband is not the one of %(number)s") % {"number": subject.number},
            _("stop; check who the patient is"),
        )  # fmt: skip
    return bound
