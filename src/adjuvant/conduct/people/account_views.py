"""Log-in, second factor, re-authentication, one-time links. allauth does the cryptography."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import Login
from allauth.mfa.base import views as factors
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth as webauthn_auth
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.attempts import begin_attempt, pass_attempt
from adjuvant.conduct.people.forms import PasswordForm, ProofForm, TrainingProofForm
from adjuvant.conduct.people.link_services import enter_training, link_of, take_up
from adjuvant.conduct.people.log_trail import STRANGER, tell
from adjuvant.conduct.people.login_rules import log_in_by_link
from adjuvant.conduct.people.models import Invitation
from adjuvant.conduct.people.pages import (
    FACTOR,
    TRAINING,
    address_of,
    attach_actor,
    in_training,
    keep_proof,
    page,
    safe_next,
    source_of,
)

__all__ = [
    "activate_totp", "add_key", "change_password", "deactivate_totp", "download_recovery_codes",
    "enter", "inactive", "keys", "log_in", "log_out", "new_recovery_codes", "prove",
    "recovery_codes", "remove_key", "rename_key", "second_factor", "take_up_link", "the_factors",
]  # fmt: skip

View = Callable[..., HttpResponse]

log_in = page("people.log_in")(account.login)
inactive = page("people.log_in")(account.account_inactive)


@page("people.log_in")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor after the password; failures are counted and told."""
    if request.method != "POST":
        return factors.authenticate(request)
    login = _half_way(request)
    if login is None:
        return redirect("account_login")
    email = login.user.email
    attempt = begin_attempt("second", email, address_of(request))
    stranger = replace(STRANGER, source=source_of(request))
    person = getattr(login.user, "person", None)
    about = {"account": person.number if person else "unknown", "step": "second factor"}
    if attempt.news:
        tell("people.locked_out", by=stranger, at=timezone.now(), **about)
    if attempt.locked:
        return render(request, "people/locked.html", status=429)
    answer = factors.authenticate(request)
    if request.user.is_authenticated:
        pass_attempt(attempt)
    else:
        tell("people.log_in_failed", by=stranger, at=timezone.now(), **about)
    return answer


@page("people.log_out")
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.method == "POST" and request.actor is not None:
        tell("people.log_out", by=request.actor, at=timezone.now())
    return account.logout(request)


def _own(action: str) -> Callable[[View], View]:
    """A page on one's own log-in: what it changes of the factors or the password is told."""

    def frame(view: View) -> View:
        def shown(request: HttpRequest, **named: Any) -> HttpResponse:
            before = _secrets_of(request)
            answer = view(request, **named)
            after = _secrets_of(request)
            request.session.pop(FACTOR, None)
            for what in sorted(before ^ after):
                step = "added" if what in after else "removed"
                tell(action, by=request.actor, at=timezone.now(), what=what[0], step=step)
            return answer

        return page("people.own_log_in")(shown)

    return frame


def _secrets_of(request: HttpRequest) -> set[tuple[str, str]]:
    """Return kind and mark of each factor; the mark differs whenever the secret does."""
    found = {
        (one.type, f"{one.pk} {hash(str(one.data.get('seed') or one.data.get('secret') or ''))}")
        for one in Authenticator.objects.filter(user=request.user)
    }
    request.user.refresh_from_db(fields=["password"])
    return found | {("password", request.user.password)}


the_factors = _own("people.second_factor")(factors.index)
activate_totp = _own("people.second_factor")(totp.activate_totp)
deactivate_totp = _own("people.second_factor")(totp.deactivate_totp)
recovery_codes = _own("people.second_factor")(recovery.view_recovery_codes)
new_recovery_codes = _own("people.second_factor")(recovery.generate_recovery_codes)
download_recovery_codes = _own("people.second_factor")(recovery.download_recovery_codes)
keys = _own("people.second_factor")(webauthn.list_webauthn)
add_key = _own("people.second_factor")(webauthn.add_webauthn)
remove_key = _own("people.second_factor")(webauthn.remove_webauthn)
rename_key = _own("people.second_factor")(webauthn.edit_webauthn)


def _new_password(request: HttpRequest, **named: Any) -> HttpResponse:
    """Change the password of one who has one; on a training site a link logs in, without one."""
    if not request.user.has_usable_password():
        messages.info(request, _("You log in by a link and have no password to change."))
        return redirect("people:me")
    return account.password_change(request, **named)


change_password = _own("people.password_changed")(_new_password)


@sensitive_post_parameters("password", "code")
@page("people.prove")
def prove(request: HttpRequest) -> HttpResponse:
    """Ask for password and second factor; the proof holds five minutes (21 CFR 11.200)."""
    if in_training(request):
        return _prove_in_training(request)
    form = ProofForm(request.POST or None, user=request.user)
    status = 200
    if request.method == "POST":
        email = request.user.email
        attempt = begin_attempt("proof", email, address_of(request))
        if attempt.news:
            tell("people.locked_out", by=request.actor, at=timezone.now(), step="proof")
        if attempt.locked:
            return render(request, "people/locked.html", status=429)
        if form.is_valid():
            pass_attempt(attempt)
            return _proved(request, both=form.has_factor)
        tell("people.proof_failed", by=request.actor, at=timezone.now())
        status = 422
    options = webauthn_auth.begin_authentication(request.user) if form.has_key else None
    context = {"form": form, "next": safe_next(request), "js_data": {"request_options": options}}
    return render(request, "people/prove.html", context, status=status)


def _proved(request: HttpRequest, *, both: bool) -> HttpResponse:
    """Keep the proof: for signatures if both components were given, for one's own log-in always."""
    now = timezone.now()
    record_authentication(request, request.user, "password", reauthenticated=True)
    if both:
        keep_proof(request, now)
    how = "password and second factor" if both else "password"
    tell("people.proof", by=request.actor, at=now, how=how)
    return redirect(safe_next(request))


def _prove_in_training(request: HttpRequest) -> HttpResponse:
    """In training nobody has a password: the page shows a code to be typed, as if it were one."""
    code = request.session.setdefault("training_code", f"{secrets.randbelow(9000) + 1000}")
    form = TrainingProofForm(request.POST or None, code=code)
    if request.method == "POST" and form.is_valid():
        del request.session["training_code"]
        now = timezone.now()
        keep_proof(request, now)
        tell("people.proof", by=request.actor, at=now, how="training code")
        return redirect(safe_next(request))
    status = 422 if form.errors else 200
    context = {"form": form, "next": safe_next(request), "code": code}
    return render(request, "people/prove.html", context, status=status)


@sensitive_post_parameters("password", "again")
@page("people.take_up")
def take_up_link(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person choose a password; then a second factor is asked for."""
    now = timezone.now()
    link = link_of(token, "account", now)
    form = PasswordForm(request.POST or None, email=link.person.email)
    if request.method == "POST" and form.is_valid():
        # Hashed before the transaction, which must be short.
        digest = make_password(form.cleaned_data["password"])
        user = take_up(token=token, password_hash=digest, by=_holder(request, link), at=now)
        log_in_by_link(request, user, "one-time link")
        record_authentication(request, user, "password", reauthenticated=True)
        messages.success(request, _("Your password is set. Now choose a second factor."))
        return redirect("mfa_index")
    status = 422 if form.errors else 200
    context = {"form": form, "person": link.person}
    return render(request, "people/take_up.html", context, status=status)


@page("people.enter_training")
@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Log in by a training link; production knows no such page."""
    if settings.MODE != "training":
        raise Http404
    now = timezone.now()
    link = link_of(token, "training", now)
    user = enter_training(token=token, by=_holder(request, link), at=now)
    log_in_by_link(request, user, "training link")
    request.session[TRAINING] = True
    attach_actor(request)
    return redirect("start")


def _holder(request: HttpRequest, link: Invitation) -> Actor:
    person = link.person
    return Actor(person.number, person.name, person.organisation, source=source_of(request))


def _half_way(request: HttpRequest) -> Login | None:
    """Return the log-in that waits for its second factor in this session, if there is one."""
    return unstash_login(request, peek=True)
