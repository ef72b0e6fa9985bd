"""The tables of `protocols`: versions as they were loaded, and since when each site works by one.

Nothing here changes once it is written: an amendment is a new version, an approval a new row.
"""

from typing import ClassVar

from django.db import models

__all__ = ["Installation", "ListCommitment", "ProtocolVersion", "SiteApproval", "UnblindedLook"]


class Installation(models.Model):
    """Whether this database is for training or for patients; one row, written once."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    mode = models.CharField(max_length=20)
    made_at = models.DateTimeField()

    class Meta:
        """There is one, and it is one of the two."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="protocols_one_installation"),
            models.CheckConstraint(
                condition=models.Q(mode__in=("training", "production")),
                name="protocols_installation_mode",
            ),
        ]


class ProtocolVersion(models.Model):
    """One text of the protocol, whole, with its digest; forms are read from it, never migrated."""

    position = models.IntegerField(unique=True)  # 1, 2, ...: the order of loading
    version = models.CharField(max_length=40, unique=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    consent_version = models.CharField(max_length=40, blank=True)  # the newest of the file
    plan_sha256 = models.CharField(max_length=64)
    plan_after_look = models.BooleanField(default=False)  # changed after data by arm were seen
    list_commitment = models.CharField(max_length=64, blank=True)
    signature = models.TextField(blank=True)  # the text of the file beside it; "" in training
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=40)

    class Meta:
        """In the order of loading."""

        ordering: ClassVar = ["position"]


class SiteApproval(models.Model):
    """One site's approval of one version: from its date on the site works by it."""

    site = models.ForeignKey("people.Site", models.PROTECT, related_name="+")
    version = models.ForeignKey(ProtocolVersion, models.PROTECT, related_name="approvals")
    approved_on = models.DateField()
    document = models.CharField(max_length=200)  # number or title of the committee's letter
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=40)

    class Meta:
        """A site approves a version once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "version"], name="protocols_approved_once")
        ]
        ordering: ClassVar = ["approved_on", "version__position"]


class ListCommitment(models.Model):
    """The digest of a sealed list, signed by the unblinded statistician; the list is elsewhere."""

    commitment = models.CharField(max_length=64, unique=True)
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=40)
    meaning = models.CharField(max_length=200)


class UnblindedLook(models.Model):
    """One moment at which data by arm were seen; from the first on, a change of plan is marked."""

    at = models.DateTimeField()
    what = models.CharField(max_length=200)
