"""Drafts: what a person typed and did not save, kept over a dropped connection.

A draft is the person's own and no data of the trial (see the model): written without an audit
entry, shown to nobody else, emptied when the form is saved (the server's role deletes nothing).
"""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adjuvant.conduct.protocols.typed import Raw
from adjuvant.conduct.subjects.models import Draft, Subject
from adjuvant.core import StepRefused

__all__ = ["draft_of", "drafts_of", "drop_draft", "keep_draft"]

MAX_BYTES = 200_000


def keep_draft(
    person: str, subject: Subject, visit: str, form: str, repeat: int, raw: Mapping[str, Raw],
    *, at: datetime,
) -> Draft:  # fmt: skip
    """Keep what a person has typed so far in place of what was kept before.

    Raises    StepRefused above 200 kB.
    """
    plain = {name: text if isinstance(text, str) else list(text) for name, text in raw.items()}
    if len(json.dumps(plain)) > MAX_BYTES:
        raise StepRefused(
            _("the draft is not kept"), _("it is longer than a form can be"), _("shorten the texts")
        )
    draft, _made = Draft.objects.update_or_create(
        person=person, subject=subject, visit=visit, form=form, repeat=repeat,
        defaults={"raw": plain, "kept_at": at},
    )  # fmt: skip
    return draft


def draft_of(person: str, subject: Subject, visit: str, form: str, repeat: int) -> Draft | None:
    """Return a person's own draft of a form, None where there is none."""
    return (
        _full()
        .filter(person=person, subject=subject, visit=visit, form=form, repeat=repeat)
        .first()
    )


def drafts_of(person: str, subject: Subject | None = None) -> list[Draft]:
    """Return a person's drafts, newest first, of one subject or of all."""
    found = _full().filter(person=person).select_related("subject").order_by("-kept_at")
    return list(found if subject is None else found.filter(subject=subject))


def drop_draft(person: str, subject: Subject, visit: str, form: str, repeat: int) -> None:
    """Empty a person's draft, because the form was saved or she says so."""
    Draft.objects.filter(
        person=person, subject=subject, visit=visit, form=form, repeat=repeat
    ).update(raw={})


def _full() -> QuerySet:
    return Draft.objects.exclude(raw={})
