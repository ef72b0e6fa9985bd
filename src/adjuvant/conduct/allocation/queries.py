"""What is known about allocations; no answer counts arms by stratum or site."""

from datetime import datetime
from typing import Any

from django.conf import settings

from adjuvant.conduct.allocation.models import Allocation, Correction, Sealed, Switch
from adjuvant.conduct.protocols.queries import in_force, protocol_of
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.readiness import recorded_values
from adjuvant.core import StepRefused
from adjuvant.protocol import UNKNOWN, expression

__all__ = [
    "corrections_rows",
    "current_list",
    "levels_of",
    "past_of",
    "recruitment_closed",
    "told_rows",
]


def current_list(site: str, at: datetime) -> Sealed | None:
    """Return the list in use at a site: the one that its protocol in force commits to.

    On a training site a protocol without a commitment takes the newest list registered.
    """
    sealed = protocol_of(in_force(site, at)).randomisation.sealed
    published = sealed.file_commitment if sealed else None
    if published:
        return Sealed.objects.filter(commitment=published.lower()).first()
    return Sealed.objects.order_by("-pk").first() if settings.MODE == "training" else None


def recruitment_closed(site: str) -> str:
    """Return why recruitment is closed at a site; empty when it is open."""
    for place in ("", site):
        newest = Switch.objects.filter(site=place).order_by("-pk").first()
        if newest is not None and not newest.open:
            return str(newest.reason)
    return ""


def levels_of(subject: Subject, at: datetime) -> dict[str, str]:
    """Return the stratification factors of a subject from its record.

    Raises StepRefused where a value that a factor needs is missing.
    """
    protocol = protocol_of(in_force(subject.site.code, at))
    recorded = recorded_values(subject)
    levels: dict[str, str] = {}
    for factor in protocol.randomisation.strata:
        rule = expression(factor.source or factor.id)
        read = {name: recorded.get(name) for name in sorted(rule.names)}
        value = rule.evaluate(read)
        if value is UNKNOWN:
            missing = ", ".join(name for name, found in read.items() if found is None)
            raise StepRefused(
                f"the stratum of {subject.number} is not known",
                f"{factor.label or factor.id} needs {missing}, which is missing",
                "enter it in the form, then come back",
            )
        levels[factor.id] = str(value)
    return levels


def past_of(sealed: Sealed) -> list[dict[str, Any]]:
    """Return the earlier allocations of a list as minimisation needs them."""
    rows = Allocation.objects.filter(sealed=sealed).order_by("number")
    return [
        {
            "levels": row.levels,
            "virtual": row.state["virtual"],
            "corrected": _corrected(row) or None,
        }
        for row in rows.prefetch_related("corrections")
    ]


def _corrected(row: Allocation) -> dict[str, str]:
    corrections = sorted(row.corrections.all(), key=lambda one: one.pk)
    return {**row.levels, **{c.factor: c.level for c in corrections}} if corrections else {}


def told_rows() -> list[dict[str, Any]]:
    """Return every allocation as the replay reads it."""
    rows = []
    for row in Allocation.objects.select_related("subject", "sealed").order_by("number"):
        common = {
            "number": row.number,
            "subject": row.subject.number,
            "arm": row.arm,
            "commitment": row.sealed.commitment,
        }
        if row.state:
            state = {k: row.state[k] for k in ("totals", "overall", "drawn", "virtual")}
            rows.append({**common, **state, "levels": row.levels})
        else:
            rows.append({**common, "stratum": row.stratum, "slot": row.slot})
    return rows


def corrections_rows() -> list[dict[str, Any]]:
    """Return the corrected levels in the order in which they were corrected."""
    rows = Correction.objects.select_related("allocation__subject").order_by("pk")
    return [
        {
            "subject": row.allocation.subject.number,
            "after": row.after,
            "levels": {row.factor: row.level},
        }
        for row in rows
    ]
