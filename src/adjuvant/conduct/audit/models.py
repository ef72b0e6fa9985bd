"""The tables of the audit trail: events, their item-level changes, the texts beside, the head."""

from typing import ClassVar

from django.db import models

__all__ = ["Change", "Event", "Head", "Text"]


class Event(models.Model):
    """One service call: who (text, no foreign key), what, when, from where; one link."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=80)  # "subjects.screen"; "refused:subjects.screen"
    site = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=40, blank=True)
    actor_id = models.CharField(max_length=40)
    actor_name = models.CharField(max_length=200)
    actor_role = models.CharField(max_length=60, blank=True)
    actor_organisation = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=300, blank=True)
    protocol_version = models.CharField(max_length=40, blank=True)
    software_version = models.CharField(max_length=40)
    meaning = models.CharField(max_length=200, blank=True)  # of a signature: "I confirm ..."
    changes = models.IntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """Read by time, subject, actor and action."""

        indexes: ClassVar = [
            models.Index(fields=["subject", "seq"], name="audit_event_subject"),
            models.Index(fields=["actor_id", "seq"], name="audit_event_actor"),
            models.Index(fields=["action", "seq"], name="audit_event_action"),
        ]


class Change(models.Model):
    """One item that an event changed; old and new stand as salted commitments in the chain."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="items", db_column="seq")
    position = models.IntegerField()
    table = models.CharField(max_length=80)
    row = models.CharField(max_length=80)
    field = models.CharField(max_length=120)
    old_commitment = models.CharField(max_length=64, blank=True)  # "" = there was no value before
    new_commitment = models.CharField(max_length=64, blank=True)

    class Meta:
        """A change is found by its event, or by the row that it changed."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "position"], name="audit_change_position")
        ]
        indexes: ClassVar = [models.Index(fields=["table", "row"], name="audit_change_row")]


class Text(models.Model):
    """What a change said, in clear, with its salts; a redaction empties it and names its event."""

    change = models.OneToOneField(Change, models.PROTECT, primary_key=True, related_name="text")
    old = models.TextField(null=True)
    old_salt = models.CharField(max_length=32, null=True)
    new = models.TextField(null=True)
    new_salt = models.CharField(max_length=32, null=True)
    redacted_by = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")


class Head(models.Model):
    """The newest link of the chain; its row is the lock that is taken last in every transaction."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)  # Ed25519, by a key that is not in the database
