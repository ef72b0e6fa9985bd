"""What is typed on the protocol pages: an amendment's file, an approval."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["ApprovalForm", "CommitmentForm", "ProtocolFileForm"]

MAX_BYTES = 5_000_000  # what the reader of the format takes


class ProtocolFileForm(forms.Form):
    """A protocol file, and in production the signature beside it."""

    protocol = forms.FileField(
        label=_("Protocol file"), help_text=_("The whole file, as 'adjuvant check' accepts it")
    )
    signature = forms.FileField(
        label=_("Signature"),
        required=False,
        help_text=_("protocol.yaml.signed.json, made by 'adjuvant sign'; training needs none"),
    )

    def text(self, name: str) -> str:
        """Return the text of an uploaded file, "" where none came."""
        sent = self.cleaned_data.get(name)
        return "" if sent is None else sent.read().decode("utf-8")

    def clean(self) -> dict[str, Any]:
        """Refuse what is too large or no text, before anybody reads it."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("protocol", "signature"):
            sent = cleaned.get(name)
            if sent is None:
                continue
            if sent.size > MAX_BYTES:
                self.add_error(name, _("The file is larger than 5 MB; choose the protocol file."))
                continue
            try:
                sent.read().decode("utf-8")
            except UnicodeDecodeError:
                self.add_error(name, _("The file is no text in UTF-8; choose the protocol file."))
            sent.seek(0)
        return cleaned


class ApprovalForm(forms.Form):
    """One site's approval of one version."""

    site = forms.ChoiceField(label=_("Site"))
    version = forms.ChoiceField(label=_("Version"))
    approved_on = forms.DateField(
        label=_("Approved on"),
        input_formats=["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"class": "short", "inputmode": "numeric"}),
        help_text=_(
            "Date of the committee's letter, like 2026-03-02; from this day the site works by it"
        ),
    )
    document = forms.CharField(
        label=_("Letter"), max_length=200, help_text=_("Its number or title")
    )

    def __init__(
        self,
        *args: Any,
        sites: list[tuple[str, str]],
        versions: list[tuple[str, str]],
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self.fields["site"].choices = sites
        self.fields["version"].choices = versions


class CommitmentForm(forms.Form):
    """The commitment of a sealed list."""

    commitment = forms.CharField(
        label=_("Commitment"),
        max_length=64,
        help_text=_("SHA-256 that 'adjuvant allocation seal' printed: 64 digits and letters a-f"),
    )
