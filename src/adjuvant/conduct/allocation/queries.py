"""What is known about allocations; no answer counts arms by stratum or site."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adjuvant.conduct.allocation.models import Allocation, Sealed, Switch
from adjuvant.conduct.protocols.services import in_force, protocol_of
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.queries import known_values
from adjuvant.core import StepRefused
from adjuvant.protocol import UNKNOWN, expression

__all__ = ["current_list", "levels_of", "past_of", "recruitment_closed", "told_rows"]


def current_list() -> Sealed | None:
    """Return the list in use: the newest registered."""
    return Sealed.objects.order_by("-pk").first()


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
    protocol = protocol_of(in_force(subject.site, at))
    known: Mapping[str, Any] = {**known_values(subject), "site": subject.site.code}
    levels: dict[str, str] = {}
    for factor in protocol.randomisation.strata:
        value = expression(factor.source).value(known) if factor.source else known.get(factor.id)
        if value is UNKNOWN or value is None:
            needs = (
                ", ".join(sorted(expression(factor.source).names)) if factor.source else factor.id
            )
            raise StepRefused(
                f"the stratum of {subject.number} is not known",
                f"{factor.label or factor.id} needs {needs}, which is missing",
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
