"""The tables of allocation. None holds a future assignment in clear."""

from typing import ClassVar

from django.db import models

from adjuvant.conduct.subjects.models import Subject

__all__ = [
    "Allocation",
    "Correction",
    "Disclosure",
    "InError",
    "Reopening",
    "Sealed",
    "Switch",
]


class Sealed(models.Model):
    """A sealed list: an envelope that the server cannot open, and the digest that was published.

    Its row is the lock under which the next allocation is made.
    """

    commitment = models.CharField(max_length=64, unique=True)
    envelope = models.BinaryField()
    replaces = models.CharField(max_length=64, blank=True)
    protocol_version = models.CharField(max_length=40)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=40)


class Allocation(models.Model):
    """One allocation that was told: which slot of which list, to whom, when, by whom.

    arm       empty in a masked trial: there the vault alone can say it.
    levels    the stratification factors as confirmed on the page, for ever "as randomised".
    state     under minimisation: totals, overall, drawn, virtual.
    entered   how it came: "site", "receipt" (after a restore), "offline" (the emergency way).
    """

    number = models.PositiveIntegerField(unique=True)
    subject = models.OneToOneField(Subject, models.PROTECT, related_name="allocation")
    sealed = models.ForeignKey(Sealed, models.PROTECT, related_name="told")
    stratum = models.CharField(max_length=200)
    slot = models.PositiveIntegerField()
    arm = models.CharField(max_length=40, blank=True)
    levels = models.JSONField()
    state = models.JSONField(default=dict)
    allocated_at = models.DateTimeField()
    by_number = models.CharField(max_length=40)
    by_name = models.CharField(max_length=200)
    entered = models.CharField(max_length=10, default="site")
    receipt = models.TextField()

    class Meta:
        """No slot is told twice."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sealed", "stratum", "slot"], name="allocation_slot_told_once"
            )
        ]


class Switch(models.Model):
    """Recruitment opened or closed, at one site or (site empty) at all; the newest row holds."""

    site = models.CharField(max_length=20, blank=True)
    open = models.BooleanField()
    reason = models.TextField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class InError(models.Model):
    """Randomised in error: the slot stays used, the subject stays in the trial's count."""

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="errors")
    step = models.CharField(max_length=10)  # marked, signed
    treat = models.BooleanField(null=True)  # the investigator's answer when signing
    found_on = models.DateField()
    reason = models.TextField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Correction(models.Model):
    """A stratification factor that was wrong at randomisation; the stratum as randomised stays."""

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="corrections")
    factor = models.CharField(max_length=60)
    level = models.CharField(max_length=60)
    after = models.PositiveIntegerField()  # allocations told when it was corrected
    reason = models.TextField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Disclosure(models.Model):
    """An emergency disclosure of one subject's arm in a masked trial."""

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="disclosures")
    reason = models.TextField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Reopening(models.Model):
    """Randomisation opened again after a restore, named by the instant of its outside head."""

    restore = models.CharField(max_length=40, unique=True)
    entered = models.PositiveIntegerField()  # allocations entered from receipts
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)
