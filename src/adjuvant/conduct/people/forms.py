"""The forms of `people`."""

from collections.abc import Sequence
from typing import Any

from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from adjuvant.conduct.people.models import User

__all__ = [
    "AppointForm",
    "CloseForm",
    "DelegateForm",
    "DocumentForm",
    "EndForm",
    "InviteForm",
    "OpenSiteForm",
    "PasswordForm",
    "PersonForm",
    "ProofForm",
    "SinceForm",
    "TrainingProofForm",
]

Choices = Sequence[tuple[str, Any]]


class PasswordForm(forms.Form):
    """Choose a password, typed twice."""

    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. A few words that belong together only for you."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.email = email

    def clean_password(self) -> str:
        """Refuse a password that is short, common or like the e-mail."""
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.email))
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        given = super().clean() or {}
        if given.get("password") and given["password"] != given.get("again"):
            self.add_error("again", _("The two differ."))
        return given


class ProofForm(forms.Form):
    """Password and second factor at once: an app's code, a recovery code, or a security key."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        help_text=_("From your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **named: Any) -> None:
        super().__init__(*args, **named)
        self.user = user
        kinds = Authenticator.Type
        self.has_key = is_mfa_enabled(user, [kinds.WEBAUTHN])
        self.has_factor = is_mfa_enabled(user, [kinds.TOTP, kinds.WEBAUTHN])
        if not self.has_factor:
            del self.fields["code"]
        if not self.has_key:
            del self.fields["credential"]

    def clean(self) -> dict[str, Any]:
        """Refuse where either is wrong; which of them it was is not told."""
        given = super().clean() or {}
        right = self.user.check_password(given.get("password") or "")
        if not right or (self.has_factor and not self._factor(given)):
            raise ValidationError(_("Password or second factor is not right."))
        return given

    def _factor(self, given: dict[str, Any]) -> bool:
        if given.get("credential"):
            answer = {"credential": given["credential"]}
            form: forms.Form = ReauthenticateWebAuthnForm(answer, user=self.user)
        else:
            form = ReauthenticateForm({"code": given.get("code", "")}, user=self.user)
        if not form.is_valid():
            return False
        form.save()
        return True


class TrainingProofForm(forms.Form):
    """The code that the page shows, typed: what stands for password and factor in training."""

    code = forms.CharField(
        label=_("Training code"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, code: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.code = code

    def clean_code(self) -> str:
        """Refuse another one."""
        if self.cleaned_data["code"].strip() != self.code:
            raise ValidationError(_("Type the four digits that this page shows."))
        return self.code


class InviteForm(forms.Form):
    """A person who is to work in the trial."""

    name = forms.CharField(
        label=_("Printed name"), max_length=200, help_text=_("As it stands under signatures.")
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), help_text=_("The link goes there."))
    physician = forms.BooleanField(label=_("Is a physician"), required=False)


class PersonForm(forms.Form):
    """Correct a person's particulars."""

    name = forms.CharField(label=_("Printed name"), max_length=200)
    organisation = forms.CharField(label=_("Organisation"), max_length=200)
    physician = forms.BooleanField(label=_("Is a physician"), required=False)
    reason = forms.CharField(label=_("Reason of the change"), max_length=300)


class DayInput(forms.DateInput):
    """A date as the browser's own calendar gives it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AppointForm(forms.Form):
    """Give a person a role: the principal investigator of a site, or one for the whole trial."""

    role = forms.ChoiceField(label=_("Role"))
    site = forms.ChoiceField(
        label=_("Site"),
        required=False,
        help_text=_("For a principal investigator; a monitor may have one site or all."),
    )
    since = forms.DateField(
        label=_("From"), required=False, help_text=_("Empty: from today."), widget=DayInput()
    )

    def __init__(self, *args: Any, roles: Choices, sites: Choices, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["role"].choices = [("", _("choose")), *roles]
        self.fields["site"].choices = [("", _("the whole trial")), *sites]


class DelegateForm(forms.Form):
    """One line of the delegation log."""

    person = forms.ChoiceField(label=_("Person"), required=False)
    elsewhere = forms.CharField(
        label=_("Or the number of a person of another site"),
        required=False,
        max_length=8,
        help_text=_("For example P0012, as the person's own account page shows it."),
    )
    role = forms.ChoiceField(label=_("Role"))
    tasks = forms.MultipleChoiceField(
        label=_("Tasks"),
        required=False,
        help_text=_("At least one of those that the protocol gives to the role."),
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(
        label=_("From"), required=False, help_text=_("Empty: from today."), widget=DayInput()
    )
    until = forms.DateField(
        label=_("To"), required=False, help_text=_("Empty: without end."), widget=DayInput()
    )

    def __init__(
        self, *args: Any, people: Choices, roles: Choices, tasks: Choices, **named: Any
    ) -> None:
        super().__init__(*args, **named)
        self.fields["person"].choices = [("", _("choose")), *people]
        self.fields["role"].choices = [("", _("choose")), *roles]
        self.fields["tasks"].choices = tasks
        if not tasks:
            del self.fields["tasks"]

    def clean(self) -> dict[str, Any]:
        """Ask for one person."""
        given = super().clean() or {}
        if bool(given.get("person")) == bool(given.get("elsewhere")):
            self.add_error("person", _("Choose one person, or give one number."))
        return given


class EndForm(forms.Form):
    """End a line of the log."""

    last_day = forms.DateField(
        label=_("Last day"), required=False, help_text=_("Empty: at once."), widget=DayInput()
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class OpenSiteForm(forms.Form):
    """Open a site that the protocol names."""

    code = forms.ChoiceField(label=_("Site"))
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("A day of a subject ends at the site's midnight.")
    )

    def __init__(self, *args: Any, sites: Choices, zones: Choices, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["code"].choices = [("", _("choose")), *sites]
        self.fields["time_zone"].choices = [("", _("choose")), *zones]


class DocumentForm(forms.Form):
    """A paper of the site's file; an ethics approval is recorded with the version it approves."""

    kind = forms.ChoiceField(label=_("Paper"))
    person = forms.ChoiceField(label=_("Who was trained"), required=False)
    title = forms.CharField(
        label=_("Number or title"), max_length=200, help_text=_("As the site's file holds it.")
    )
    dated = forms.DateField(label=_("Date on the paper"), widget=DayInput())

    def __init__(self, *args: Any, people: Choices, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["kind"].choices = [
            ("contract", _("Contract with the sponsor")),
            ("training", _("Training of a person")),
        ]
        self.fields["person"].choices = [("", _("nobody: it is no training")), *people]


class SinceForm(forms.Form):
    """A day from which a site is active."""

    since = forms.DateField(
        label=_("From"), required=False, help_text=_("Empty: from today."), widget=DayInput()
    )


class CloseForm(SinceForm):
    """A day from which a site is closed, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
