"""The tables of `people`: accounts, persons, sites, their documents, the delegation log."""

from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

__all__ = [
    "Attempt",
    "CacheEntry",
    "Delegation",
    "Invitation",
    "Person",
    "Site",
    "SiteActivation",
    "SiteDocument",
    "StudyRules",
    "User",
]


class Users(BaseUserManager):
    """Makes accounts; only an invitation that is taken up does so."""

    def create_user(self, email: str, password: str | None = None) -> "User":
        """Return a new account; without a password nobody can log in to it."""
        user: User = self.model(email=email.lower())
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """What a person logs in with; holds no permission, for those stand in the delegation log.

    Its hash of a password belongs in no audit trail, so this table is not guarded; that a password
    or a second factor changed is an event of its own.
    """

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    last_login = None  # the trail tells every log-in

    objects = Users()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        """Return the number of the person, as the trail knows them."""
        person = getattr(self, "person", None)
        return person.number if person else f"account {self.pk}"


class Site(models.Model):
    """One place where patients are recruited, as the protocol names it."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=60)
    opened_at = models.DateTimeField()

    class Meta:
        """Listed by code."""

        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        """Return the code: the number by which the protocol and the subjects know the site."""
        return str(self.code)


class Person(models.Model):
    """One human being who works in the trial; kept for ever, whatever becomes of the account.

    mailbox      the e-mail as one box receives it (lower case, no +tag): no person stands twice.
    invited_for  code of the site whose principal investigator invited; "" = for the trial.
    """

    number = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=200)
    organisation = models.CharField(max_length=200)
    email = models.EmailField()
    mailbox = models.EmailField(unique=True)
    physician = models.BooleanField(default=False)
    invited_for = models.CharField(max_length=20, blank=True)
    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="person")
    added_at = models.DateTimeField()

    class Meta:
        """Listed by number."""

        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        """Return the printed name with the number."""
        return f"{self.name} ({self.number})"


class Invitation(models.Model):
    """A link that lets one person in once; only its SHA-256 is kept.

    kind   "account" lets choose a password; "training" logs in at once, on training sites only.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="invitations")
    kind = models.CharField(max_length=8, default="account")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """The newest last."""

        ordering: ClassVar = ["id"]


class Delegation(models.Model):
    """One line of the delegation log, and so a permission: person, role, tasks, from, to, signed.

    site        None = the whole trial.
    tasks       ids of the protocol's tasks.
    signed_*    who signed it: the principal investigator, or the data manager who appointed.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="delegations")
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="delegations")
    role = models.CharField(max_length=40)
    tasks = models.JSONField(default=list)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # the last day
    signed_by = models.CharField(max_length=40)
    signed_name = models.CharField(max_length=200)
    signed_role = models.CharField(max_length=60)
    signed_at = models.DateTimeField()
    meaning = models.CharField(max_length=200)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)  # from this instant nothing is permitted by it

    class Meta:
        """By site, then in the order of signing."""

        ordering: ClassVar = ["site__code", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="people_delegation_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["site"],
                condition=Q(role="principal_investigator", ends_on=None),
                name="people_one_principal_investigator",
            ),
        ]

    def in_effect(self, on: date) -> bool:
        """Tell whether this line holds on a day (of one revoked that day, for a part of it)."""
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class SiteDocument(models.Model):
    """A paper that a site needs before it may work: an ethics approval, a contract, a training.

    kind      ethics | contract | training.
    version   the protocol's version that the paper is about; empty for a contract.
    person    who was trained.
    title     number or title of the paper, by which the site's file holds it.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10)
    dated = models.DateField()
    version = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="trainings")
    title = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=40)

    class Meta:
        """By date; only the kinds the checklist knows."""

        ordering: ClassVar = ["dated", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["ethics", "contract", "training"]),
                name="people_document_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="training", person__isnull=False)
                | (~Q(kind="training") & Q(person__isnull=True)),
                name="people_training_has_person",
            ),
        ]


class SiteActivation(models.Model):
    """A site opened for work, or closed: the newest row that has begun on a day holds."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="activations")
    active = models.BooleanField()
    since = models.DateField()
    signed_by = models.CharField(max_length=40)
    signed_name = models.CharField(max_length=200)
    signed_at = models.DateTimeField()
    meaning = models.CharField(max_length=200)

    class Meta:
        """In the order of signing."""

        ordering: ClassVar = ["id"]


class StudyRules(models.Model):
    """What a version of the protocol says of people: tasks, roles, sites; the newest row holds."""

    version = models.CharField(max_length=40, unique=True)
    tasks = models.JSONField(default=list)  # [{id, label, physician}]
    roles = models.JSONField(default=list)  # [{id, tasks, never_with}]
    sites = models.JSONField(default=list)  # [{id, name, country}]
    kept_at = models.DateTimeField()


class Attempt(models.Model):
    """A try to log in or to prove who one is, written before the password is looked at.

    account   SHA-256 of the kind of try and the e-mail that was typed: no list of e-mails arises.
    outcome   failed until it is known to have passed; refused = the account was locked.
    """

    account = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, default="failed")

    class Meta:
        """Counted by account, and by address."""

        indexes: ClassVar = [
            models.Index(fields=["account", "at"], name="people_attempt_account"),
            models.Index(fields=["ip", "at"], name="people_attempt_ip"),
        ]


class CacheEntry(models.Model):
    """What all worker processes must know together for a while: used codes, throttles."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        """Named as the libraries' own tables are, whose rows may be deleted."""

        db_table = "account_cache"
