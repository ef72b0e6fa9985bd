"""The pages of the identity list: the site's key, a person sealed to it, the sealed list itself.

Nothing that is typed here is shown again, kept in clear, or written into a log.
"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from adjuvant.conduct.people.pages import page
from adjuvant.conduct.subjects import enrolment
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.models_enrolment import IdentityEntry, SiteKey
from adjuvant.conduct.subjects.views import sites_for, subject_for
from adjuvant.core import AdjuvantError

__all__ = ["identities", "identity", "sealed_list", "site_key"]


class KeyForm(forms.Form):
    """The public key of a site, as `adjuvant key` wrote it into the file ending in .pub."""

    public = forms.CharField(
        label=gettext_lazy("Public key"),
        help_text=gettext_lazy(
            "Both lines of the file ending in .pub, which 'adjuvant key' made. The private key "
            "stays at the site; without it nobody ever reads the list."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )


class IdentityForm(forms.Form):
    """Who a subject is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    birth_date = forms.DateField(
        label=gettext_lazy("Birth date"), input_formats=["%Y-%m-%d"],
        help_text=gettext_lazy("like 1958-03-24"),
        widget=forms.TextInput(attrs={"class": "short", "inputmode": "numeric"}),
    )  # fmt: skip
    telephone = forms.CharField(label=gettext_lazy("Telephone"), max_length=60, required=False)
    hospital_number = forms.CharField(
        label=gettext_lazy("Hospital's number"), max_length=60, required=False
    )

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


@page("subjects.keep_identity")
def identities(request: HttpRequest) -> HttpResponse:
    """Show for each site of this person its key and whose identity is sealed to it."""
    places = []
    for site in sites_for(request, "subjects.keep_identity"):
        kept = IdentityEntry.objects.filter(site=site.code)
        subjects = Subject.objects.filter(site=site)
        places.append(
            {
                "site": site,
                "key": SiteKey.objects.filter(site=site).order_by("-id").first(),
                "kept": kept.values("subject").distinct().count(),
                "missing": subjects.exclude(pk__in=kept.values("subject")),
                "registers": request.may("subjects.register_site_key", site.code),
            }
        )
    return render(request, "subjects/identities.html", {"places": places})


@page("subjects.register_site_key", fresh=True)
def site_key(request: HttpRequest, site: str) -> HttpResponse:
    """Register the public key to which a site's list is sealed from now on."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lines = form.cleaned_data["public"].split("\n")
        name, key = (lines[0], lines[1]) if len(lines) == 2 else ("", "")
        try:
            enrolment.register_site_key(
                site=site, name=name.strip(), recipient=key.strip(), by=request.actor,
                at=timezone.now(),
            )  # fmt: skip
        except AdjuvantError as refusal:
            form.add_error("public", str(refusal))
        else:
            messages.success(request, _("The key is registered."))
            return redirect("subjects:identities")
    status = 422 if form.errors else 200
    return render(request, "subjects/site_key.html", {"form": form, "code": site}, status=status)


@sensitive_post_parameters()
@page("subjects.keep_identity")
def identity(request: HttpRequest, number: str) -> HttpResponse:
    """Seal who a subject is; what was typed is not shown again."""
    subject = subject_for(request, number, "subjects.keep_identity")
    form = IdentityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = {name: str(value) for name, value in form.cleaned_data.items() if value}
        enrolment.keep_identity(subject=number, identity=told, by=request.actor, at=timezone.now())
        messages.success(request, _("Sealed. Only the site's own key opens it."))
        return redirect("subjects:enrol", number=number)
    context = {
        "subject": subject,
        "form": form,
        "key": SiteKey.objects.filter(site=subject.site).order_by("-id").first(),
        "kept": subject.identities.filter(site=subject.site.code).exists(),
    }
    return render(request, "subjects/identity.html", context, status=422 if form.errors else 200)


@page("subjects.read_identities")
def sealed_list(request: HttpRequest, site: str) -> HttpResponse:
    """Hand out a site's sealed list, to be opened with the site's key by `adjuvant identity`."""
    listed = enrolment.read_identities(site=site, by=request.actor, at=timezone.now())
    answer = JsonResponse(listed, json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="identities-{site}.json"'
    return answer
