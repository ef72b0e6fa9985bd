"""Forms of the trail's pages."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

__all__ = ["Filters", "WhyForm"]


class Filters(forms.Form):
    """What to look for; every field may be left empty."""

    subject = forms.CharField(label=_("Subject"), required=False)
    person = forms.CharField(label=_("Person (number)"), required=False)
    action = forms.ChoiceField(label=_("What was done"), required=False)
    site = forms.CharField(label=_("Site"), required=False)
    table = forms.CharField(label=_("Table"), required=False)
    first_day = forms.DateField(
        label=_("From (UTC)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last_day = forms.DateField(
        label=_("To (UTC)"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    field_order: ClassVar = [
        "subject",
        "person",
        "action",
        "site",
        "table",
        "first_day",
        "last_day",
    ]


class WhyForm(forms.Form):
    """Why a text must go."""

    why = forms.CharField(
        label=_("Why must this text go?"),
        help_text=_("Say what kind of text it is (a patient's name, say); never repeat it here."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
