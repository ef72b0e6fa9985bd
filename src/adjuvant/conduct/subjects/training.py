"""Training subjects: screened through the services, so that practice can begin at eligibility.

Their values are found, not written down: for each item of screening a few plausible answers, tried
until every criterion of the protocol is met. A trial whose criteria are not met within the tries
gets its training subjects all the same; the page then says which criterion is not met.
"""

import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.models import Site
from adjuvant.conduct.people.queries import people_with
from adjuvant.conduct.protocols.queries import in_force, local_day, protocol_of
from adjuvant.conduct.subjects.eligibility import check_eligibility
from adjuvant.conduct.subjects.enrolment import scan_wristband
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.services import add_subject, save_record
from adjuvant.core import StepRefused
from adjuvant.protocol import Protocol, expression
from adjuvant.protocol.model import Form, Item, Visit

__all__ = ["add_training_subjects"]

_TRIES = 4000
_COUNT = 3


def add_training_subjects(at: datetime) -> None:
    """Screen three training subjects at the first site, if nobody was screened yet.

    Raises    StepRefused on a site that is not for training.
    """
    if settings.MODE != "training":
        raise StepRefused("no training subject is added", "this is not a training site", "use one")
    site = Site.objects.order_by("code").first()
    if site is None or Subject.objects.exists():
        return
    today = local_day(site.code, at)
    doctor, coordinator = (
        _actor(people_with(role, site.code, today)[0], at)
        for role in ("investigator", "coordinator")
    )
    protocol = protocol_of(in_force(site.code, at))
    visit = next((v for v in protocol.visits if _forms(protocol, v)), None)
    if visit is None:
        return
    answers = _answers(protocol, visit, at)
    for _ in range(_COUNT):
        subject = add_subject(site=site.code, by=coordinator, at=at, reason="TRAINING")
        for form in _forms(protocol, visit):
            raw = {item.id: answers[item.id] for item in form.items if item.id in answers}
            save_record(
                subject=subject.number, visit=visit.id, form=form.id, raw=raw, by=coordinator,
                at=at, reason="TRAINING",
            )  # fmt: skip
        for who in (coordinator, doctor):
            scan_wristband(
                subject=subject.number, scanned=f"TRAINING-{subject.sequence}", by=who, at=at
            )


def _actor(person: Any, at: datetime) -> Actor:
    return Actor(person.number, person.name, person.organisation, source="training", proved_at=at)


def _forms(protocol: Protocol, visit: Visit) -> list[Form]:
    """Return the forms of a visit that consent, criteria, strata or timing read."""
    activities = (protocol.activities.get(activity) for activity in visit.do)
    wanted = [activity.form for activity in activities if activity and activity.form]
    forms = [form for name in wanted for form in protocol.forms if form.id == name]
    plan = protocol.randomisation
    rules = [*_rules(protocol), *(factor.source or factor.id for factor in plan.strata)]
    read = {name for rule in rules for name in expression(rule).names} | {"consent_signed"}
    if plan.timing is not None:
        read.add(f"{plan.timing.anchor}_date")
    return [form for form in forms if read & {item.id for item in form.items}]


def _rules(protocol: Protocol) -> list[str]:
    population = protocol.population
    return [c.check for c in (*population.inclusion, *population.exclusion) if c.check]


def _answers(protocol: Protocol, visit: Visit, at: datetime) -> dict[str, Any]:
    """Return item -> text for which every criterion is met, or the best that was found."""
    rng = random.Random(20260302)
    today = at.date()
    items = [item for form in _forms(protocol, visit) for item in form.items]
    choices = {item.id: list(_plausible(item, protocol, today)) for item in items}
    best: tuple[int, dict[str, Any]] = (-1, {})
    for _ in range(_TRIES):
        drawn = {name: rng.choice(texts) for name, texts in choices.items() if texts}
        results = check_eligibility(protocol, {n: _value(t) for n, t in drawn.items()})
        met = sum(bool(result.passed) for result in results)
        if met > best[0]:
            best = (met, drawn)
        if met == len(results):
            break
    return best[1]


def _plausible(item: Item, protocol: Protocol, today: Any) -> Iterator[Any]:
    """Yield answers that a screened person could give to an item."""
    if item.calculated or item.identifying or item.type in ("file", "time") or item.ask_if:
        return
    consent = protocol.governance.consent if protocol.governance else None
    if item.id == "consent_version" and consent and consent.versions:
        yield consent.versions[-1].version
    elif item.id == "consent_signed":
        yield "yes"
    elif item.type in ("date", "partial_date"):
        yield str(today - timedelta(days=20 if "surgery" in item.id else 1))
    elif item.type == "yes_no":
        yield from ("no", "yes")
    elif item.type == "choice":
        yield from item.choices
    elif item.type == "choices":
        yield [list(item.choices)[-1]]
    elif item.type in ("number", "whole_number"):
        yield from _numbers(item, protocol)
    else:
        yield "TRAINING"


def _numbers(item: Item, protocol: Protocol) -> Iterator[str]:
    """Yield numbers within the limits: of the range's inside, and those that a rule names."""
    bounds = item.range or item.limit
    low, high = (float(b.value) for b in bounds) if bounds else (0.0, 100.0)
    found = {low + (high - low) * part for part in (0.25, 0.4, 0.5)}
    for rule in _rules(protocol):
        if item.id in expression(rule).names:
            found |= {float(number) for number in re.findall(r"\d+(?:\.\d+)?", rule)}
    for number in sorted(n for n in found if low <= n <= high):
        yield str(round(number)) if item.type == "whole_number" else f"{number:.1f}"


def _value(text: Any) -> Any:
    try:
        return float(text)
    except (TypeError, ValueError):
        return text
