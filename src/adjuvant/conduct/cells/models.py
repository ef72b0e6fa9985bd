"""The tables of the cell product: lots, the ledger of their steps, results of tests."""

from typing import ClassVar

from django.db import models

from adjuvant.conduct.subjects.models import Subject

__all__ = ["LotRow", "LotStep", "TestResult"]


class LotRow(models.Model):
    """A lot as planned: whose, which product, which infusion; what happens is in LotStep."""

    number = models.CharField(max_length=30, unique=True)  # S01-0042-L03-6
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="lots")
    product = models.CharField(max_length=60)
    infusion = models.CharField(max_length=40)
    redraw_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="redraws")
    draw_on = models.DateField()
    planned_at = models.DateTimeField()

    class Meta:
        """The ledger's own words for the table."""

        db_table = "cells_lot"


class LotStep(models.Model):
    """One line of a lot's chain of custody, of the lot itself (bag empty) or of one of its bags.

    position, previous_hash   place in the lot's own chain: two steps cannot take one place
    wristband, scanned        codes and identifiers as scanned, first and second person
    facts                     what the step's line of the transition table asks for
    """

    lot = models.ForeignKey(LotRow, models.PROTECT, related_name="steps")
    bag = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField()
    step = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    target = models.CharField(max_length=40)
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)
    by_role = models.CharField(max_length=60)
    second_number = models.CharField(max_length=40, blank=True)
    second_role = models.CharField(max_length=60, blank=True)
    wristband = models.CharField(max_length=64, blank=True)
    wristband_second = models.CharField(max_length=64, blank=True)
    scanned = models.CharField(max_length=40, blank=True)
    scanned_second = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """Two clients that act on one lot at once cannot both take the next place."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lot", "position"], name="cells_step_place"),
            models.UniqueConstraint(fields=["lot", "previous_hash"], name="cells_step_link"),
        ]
        indexes: ClassVar = [models.Index(fields=["lot", "bag", "position"], name="cells_step_bag")]


class TestResult(models.Model):
    """A result of a test of a lot; a later row for the same test corrects it, with a reason."""

    lot = models.ForeignKey(LotRow, models.PROTECT, related_name="results")
    test = models.CharField(max_length=60)
    value = models.CharField(max_length=120)
    unit = models.CharField(max_length=40, blank=True)
    organism = models.CharField(max_length=120, blank=True)
    reported_on = models.DateField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)
