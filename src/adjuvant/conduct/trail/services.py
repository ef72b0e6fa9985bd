"""What is done with the trail: a redaction asked for, agreed to or declined; an export."""

from datetime import datetime

from django.utils.translation import gettext as _

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.entry import Entry, service
from adjuvant.conduct.audit.models import Change, Event
from adjuvant.conduct.audit.redaction import redact_text
from adjuvant.conduct.people.permissions import require
from adjuvant.conduct.people.proof import require_proof
from adjuvant.conduct.trail.models import Redaction
from adjuvant.core import StepRefused

__all__ = ["ask_redaction", "confirm_redaction", "decline_redaction", "record_export"]


@service("audit.ask_redaction")
def ask_redaction(
    *, change: Change, side: str, why: str, entry: Entry, by: Actor, at: datetime
) -> Redaction:
    """Ask that one text of the trail be taken out; another person decides.

    side    "old" or "new": which of the two texts of the change.
    why     without repeating the text itself.
    Raises  StepRefused if the text is gone, was asked for already, or `why` repeats it.
    """
    event = change.event
    entry.by = require(by, "audit.ask_redaction", site=event.site or None)
    entry.site, entry.subject = event.site, event.subject
    place = {"seq": event.seq, "position": change.position, "side": side}
    _refuse_request(change, side, why, place)
    return entry.insert(
        Redaction(
            **place, site=event.site, why=why, asked_by=by.id, asked_by_name=by.name, asked_at=at
        )
    )


def _refuse_request(change: Change, side: str, why: str, place: dict[str, object]) -> None:
    text = getattr(change.text, side)
    what = _("the redaction is not asked for")
    if text is None:
        raise StepRefused(what, _("this text is gone already"), _("look at the event again"))
    if not why.strip():
        raise StepRefused(what, _("no reason was given"), _("say why the text must go"))
    secret = text.strip('"').strip()
    if len(secret) > 3 and secret.casefold() in why.casefold():
        raise StepRefused(
            what,
            _("the reason repeats the text that is to go"),
            _("say what kind of text it is, not the text itself"),
        )
    if Redaction.objects.filter(**place, decision="").exists():
        raise StepRefused(
            what, _("somebody has asked for it already"), _("another person must decide now")
        )


@service("audit.redact")
def confirm_redaction(*, asked: Redaction, entry: Entry, by: Actor, at: datetime) -> Redaction:
    """Agree to a redaction that another person asked for: the text goes, everywhere it stands.

    Raises  ProofNeeded without a fresh proof, StepRefused for the person who asked.
    """
    _decide(asked, entry, by, at)
    change = Change.objects.select_related("text").get(event_id=asked.seq, position=asked.position)
    gone = redact_text(entry, change, asked.side)
    entry.note("why", asked.why)
    entry.note("asked by", f"{asked.asked_by} {asked.asked_by_name}")
    return entry.change(
        asked, decision="done", decided_by=by.id, decided_by_name=by.name, decided_at=at, texts=gone
    )


@service("audit.decline_redaction")
def decline_redaction(*, asked: Redaction, entry: Entry, by: Actor, at: datetime) -> Redaction:
    """Decline a redaction that another person asked for; the text stays."""
    _decide(asked, entry, by, at)
    return entry.change(
        asked, decision="declined", decided_by=by.id, decided_by_name=by.name, decided_at=at
    )


def _decide(asked: Redaction, entry: Entry, by: Actor, at: datetime) -> None:
    entry.by = require(by, "audit.redact", site=asked.site or None)
    require_proof(by, at)
    entry.site = asked.site
    entry.subject = Event.objects.get(pk=asked.seq).subject
    asked.refresh_from_db()
    if asked.decision:
        raise StepRefused(
            _("the request is not decided"),
            _("it was decided by %(name)s") % {"name": asked.decided_by_name},
            _("look at it again"),
        )
    if asked.asked_by == by.id:
        raise StepRefused(
            _("the request is not decided"),
            _("a redaction takes two persons, and you are the one who asked"),
            _("let another person with this permission decide"),
        )


@service("audit.export")
def record_export(
    *, filters: dict[str, str], last: int, entry: Entry, by: Actor, at: datetime
) -> None:
    """Write down that the trail was exported, up to which event and by which filters."""
    entry.by = require(by, "audit.export", site=filters.get("site") or None)
    entry.site = filters.get("site", "")
    entry.note("filters", filters)
    entry.note("up to event", last)
