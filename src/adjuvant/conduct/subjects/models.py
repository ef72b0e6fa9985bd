"""The tables of `subjects`: who is in the trial (a number, no name), and what was recorded.

Personal data do not stand here: a subject is a number, an item that identifies is never kept.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from adjuvant.conduct.subjects import models_enrolment  # noqa: F401  Django looks for tables here

__all__ = ["STATUS", "Attachment", "Draft", "Record", "Signature", "Subject"]

STATUS = {
    "screening": _("Screening"),
    "screen_failure": _("Not enrolled"),
    "randomised": _("Randomised"),
    "withdrawn": _("Withdrew from visits"),
    "completed": _("Completed"),
    "dead": _("Died"),
}


class Subject(models.Model):
    """One person in the trial; the number has a check character and names where she was screened.

    site    where she is followed now: a transfer changes it, never the number.
    """

    number = models.CharField(max_length=20, unique=True)  # S01-0042-S
    site = models.ForeignKey("people.Site", models.PROTECT, related_name="+")
    sequence = models.IntegerField()  # 42
    status = models.CharField(max_length=30, default="screening")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=40)
    read_at: str = ""  # no column: the earlier site whose part alone its reader sees

    class Meta:
        """In the order of their numbers."""

        ordering: ClassVar = ["number"]

    @property
    def status_words(self) -> str:
        """Where the subject stands, as pages print it."""
        return str(STATUS.get(self.status, self.status))


class Record(models.Model):
    """One filled form of one subject at one visit; corrected in place, every value in the trail.

    site       where it was filled; after a transfer the earlier site reads its own records alone.
    version    the protocol under which it was filled; its questions stay those.
    revision   1 when saved, one more at each correction: a signature names the one it saw.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="records")
    site = models.CharField(max_length=20)
    form = models.CharField(max_length=60)
    visit = models.CharField(max_length=60)
    repeat = models.IntegerField(default=1)
    version = models.CharField(max_length=40)
    revision = models.IntegerField(default=1)
    values = models.JSONField(default=dict)
    not_done = models.JSONField(default=dict)  # item -> why
    warnings = models.JSONField(default=dict)  # item -> the sentence that was shown and kept
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=40)

    class Meta:
        """A form is filled once at a visit, or the nth time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject", "visit", "form", "repeat"], name="subjects_one_record"
            ),
            models.CheckConstraint(
                condition=models.Q(repeat__gte=1, revision__gte=1), name="subjects_record_counts"
            ),
        ]


class Signature(models.Model):
    """One signature under one revision of a record; a later correction breaks it visibly."""

    record = models.ForeignKey(Record, models.PROTECT, related_name="signatures")
    revision = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    meaning = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=60)

    class Meta:
        """In the order of signing; one person signs a revision once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record", "revision", "signed_by", "meaning"], name="subjects_signed_once"
            )
        ]
        ordering: ClassVar = ["signed_at", "id"]


class Attachment(models.Model):
    """One file of one subject, kept in the database beside its audit entry, never served inline."""

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="attachments")
    item = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)  # told by its content, not by its name
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=40)

    class Meta:
        """The same file is kept once for an item of a subject."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subject", "item", "sha256"], name="subjects_file_once")
        ]


class Draft(models.Model):
    """What a person typed and did not save; hers alone, and no data of the trial.

    Drafts are outside the audit trail on purpose: they are written at every pause of typing, are
    thrown away when the form is saved, and no analysis, export or page of another person reads
    them.
    """

    person = models.CharField(max_length=40)
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="+")
    form = models.CharField(max_length=60)
    visit = models.CharField(max_length=60)
    repeat = models.IntegerField(default=1)
    raw = models.JSONField(default=dict)
    kept_at = models.DateTimeField()

    class Meta:
        """One draft a person, form and visit."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "subject", "visit", "form", "repeat"], name="subjects_one_draft"
            )
        ]
