"""The tables of enrolment: eligibility, wristbands, the site's own list, withdrawal, transfer.

Every row is written once. A hospital's number stands here only as an HMAC, a name only inside an
envelope that the site's own key opens.
"""

from typing import ClassVar

from django.db import models

__all__ = [
    "Eligibility",
    "IdentityEntry",
    "ScreenFailure",
    "SiteKey",
    "Transfer",
    "TransferSignature",
    "Withdrawal",
    "Wristband",
    "WristbandScan",
]


class ScreenFailure(models.Model):
    """Why a screened person was not enrolled: a line of the screening log."""

    subject = models.OneToOneField("subjects.Subject", models.PROTECT, related_name="failure")
    reason = models.CharField(max_length=40)  # not_eligible, declined, other
    words = models.TextField(blank=True)
    on = models.DateField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Eligibility(models.Model):
    """An investigator's signed decision under one version of the protocol.

    digest    of every criterion's answer; a record corrected later breaks the decision.
    """

    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="decisions")
    version = models.CharField(max_length=40)
    results = models.JSONField()
    digest = models.CharField(max_length=64)
    meaning = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=60)


class WristbandScan(models.Model):
    """One person's scan of a wristband; two scans by two persons make a binding."""

    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="scans")
    site = models.CharField(max_length=20)
    code = models.CharField(max_length=64)
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Wristband(models.Model):
    """A wristband bound to a subject by two persons; the newest row is in force."""

    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="wristbands")
    site = models.CharField(max_length=20)
    code = models.CharField(max_length=64)
    first = models.CharField(max_length=40)
    second = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()


class SiteKey(models.Model):
    """The public key to which a site's identity list is sealed; the private key is the site's."""

    site = models.ForeignKey("people.Site", models.PROTECT, related_name="identity_keys")
    name = models.CharField(max_length=200)
    recipient = models.CharField(max_length=120)
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class IdentityEntry(models.Model):
    """A line of the site's identity list, sealed: the server can write it and never read it."""

    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="identities")
    site = models.CharField(max_length=20)
    envelope = models.BinaryField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Withdrawal(models.Model):
    """Five separate answers: what goes on and what ends, from a day on; the newest row holds.

    was     the subject's status before the first of its withdrawals.
    """

    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="withdrawals")
    on = models.DateField()
    answers = models.JSONField()  # part -> "continues" | "ends"
    was = models.CharField(max_length=30)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class Transfer(models.Model):
    """A subject goes on at another site from a day on; in force when both sites have signed."""

    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="transfers")
    from_site = models.CharField(max_length=20)
    to_site = models.CharField(max_length=20)
    on = models.DateField()
    reason = models.TextField()
    at = models.DateTimeField()
    by_number = models.CharField(max_length=40)


class TransferSignature(models.Model):
    """The signature of one of the two principal investigators under a transfer."""

    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=4)  # from, to
    meaning = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=40)
    name = models.CharField(max_length=200)

    class Meta:
        """Each side signs once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transfer", "side"], name="subjects_transfer_side")
        ]
