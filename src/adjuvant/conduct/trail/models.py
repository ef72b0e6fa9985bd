"""A redaction is asked for by one person and decided by another."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

__all__ = ["Redaction"]


class Redaction(models.Model):
    """One text of the trail that somebody wants gone, and what became of it."""

    DECISIONS = (("", "asked for"), ("done", "redacted"), ("declined", "declined"))

    seq = models.BigIntegerField()  # the event, by number: the trail is referred to, not tied
    position = models.IntegerField()
    side = models.CharField(max_length=3)  # "old" or "new"
    site = models.CharField(max_length=20, blank=True)
    why = models.TextField()
    asked_by = models.CharField(max_length=40)
    asked_by_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=8, blank=True, choices=DECISIONS)
    decided_by = models.CharField(max_length=40, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    texts = models.IntegerField(null=True)  # how many went

    class Meta:
        """Never decided by the person who asked; one open request a text."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decided_by="") | ~Q(decided_by=F("asked_by")),
                name="trail_redaction_two_persons",
            ),
            models.UniqueConstraint(
                fields=["seq", "position", "side"],
                condition=Q(decision=""),
                name="trail_redaction_asked_once",
            ),
        ]
