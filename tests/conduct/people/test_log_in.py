"""Log-in: invitation, two factors, lockout, proof, the ages of a session; all of it told."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from conduct_people import browser_of, client, prove

from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.audit.models import Change, Event
from adjuvant.conduct.people import pages, session_age
from adjuvant.conduct.people.models import Attempt, Invitation, Person, User
from adjuvant.conduct.people.services import invite_person, make_training_link, renew_access
from adjuvant.core import StepRefused

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EMAIL = "ward@example.org"


def now():
    return datetime.now(UTC)


def code(steps=0):
    """The six digits that the app shows; another step of 30 seconds is another code."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + steps))


@pytest.fixture
def person(people):
    """A person of S01 with a password and an authenticator app."""
    made = invite_person(
        name="A. Ward", organisation="S01", email=EMAIL, by=people["data_manager"], at=now()
    )
    browser = client()
    answer = browser.post(
        f"/people/welcome/{made.token}/", {"password": PASSWORD, "again": PASSWORD}
    )
    assert answer.status_code == 302, answer.content.decode()
    found = Person.objects.get(number=made.person.number)
    TOTP.activate(found.user, SECRET)
    return found


def log_in(browser, password=PASSWORD, email=EMAIL, second=None):
    answer = browser.post("/account/login/", {"login": email, "password": password})
    if second is None or answer.status_code != 302:
        return answer
    return browser.post("/account/2fa/authenticate/", {"code": second})


def logged_in(browser):
    return "_auth_user_id" in browser.session


def told(action):
    return Event.objects.filter(action=action).count()


def test_invited_person_chooses_a_password_once_and_is_led_to_a_second_factor(people):
    made = invite_person(
        name="A. Ward", organisation="S01", email=EMAIL, by=people["data_manager"], at=now()
    )
    browser, path = client(), f"/people/welcome/{made.token}/"

    shown = browser.get(path)
    answer = browser.post(path, {"password": PASSWORD, "again": PASSWORD})
    elsewhere = browser.get("/people/")
    again = client().get(path)

    assert "A. Ward" in shown.content.decode()
    assert answer.url == "/account/2fa/"
    assert elsewhere.status_code == 302
    assert elsewhere.url == "/account/2fa/"
    assert again.status_code == 409
    assert told("people.take_up") == 1


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "too short"),
        ("password1234", "password1234", "too common"),
        (EMAIL, EMAIL, "too similar"),
        (PASSWORD, PASSWORD + "x", "The two differ"),
    ],
)
def test_weak_password_is_refused_at_its_field(people, password, again, words):
    made = invite_person(
        name="A. Ward", organisation="S01", email=EMAIL, by=people["data_manager"], at=now()
    )

    answer = client().post(f"/people/welcome/{made.token}/", {"password": password, "again": again})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not User.objects.filter(email=EMAIL).exists()


def test_link_that_is_old_or_replaced_lets_nobody_in(people):
    first = invite_person(
        name="A. Ward", organisation="S01", email=EMAIL, by=people["data_manager"],
        at=now() - timedelta(days=7, minutes=1),
    )  # fmt: skip
    old = client().get(f"/people/welcome/{first.token}/").status_code
    second = renew_access(person=first.person.number, by=SYSTEM, at=now())
    third = renew_access(person=first.person.number, by=SYSTEM, at=now())

    replaced = client().get(f"/people/welcome/{second.token}/").status_code
    newest = client().get(f"/people/welcome/{third.token}/").status_code

    assert (old, replaced, newest) == (409, 409, 200)
    assert not Invitation.objects.filter(token_sha256=third.token).exists()


def test_both_factors_are_needed_and_the_session_gets_a_new_id(person):
    browser = client()
    browser.get("/account/login/")
    log_in(browser)
    half = logged_in(browser)
    before = browser.session.session_key

    answer = browser.post("/account/2fa/authenticate/", {"code": code()})

    assert not half
    assert answer.status_code == 302
    assert logged_in(browser)
    assert browser.session.session_key != before
    assert told("people.log_in") == 2  # by the link, and now


def test_code_is_good_once(person):
    first, second, digits = client(), client(), code()

    log_in(first, second=digits)
    log_in(second, second=digits)

    assert logged_in(first)
    assert not logged_in(second)


def test_unknown_e_mail_and_wrong_password_read_the_same(person):
    known = log_in(client(), password="wrong wrong wrong")
    unknown = log_in(client(), email="nobody@example.org")

    def plain(answer):
        text = answer.content.decode()
        start = text.index("<main")
        return text[start:].replace(EMAIL, "X").replace("nobody@example.org", "X")

    def without_token(text):
        return "".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)

    assert known.status_code == unknown.status_code
    assert without_token(plain(known)) == without_token(plain(unknown))
    assert told("people.log_in_failed") == 2


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_account_is_locked_after_five_failures_whether_it_exists_or_not(person, email):
    for _ in range(5):
        log_in(client(), password="wrong wrong wrong", email=email)

    browser = client()
    answer = log_in(browser, email=email, second=code())

    assert not logged_in(browser)
    assert "Too many failed login attempts" in answer.content.decode()
    assert told("people.locked_out") == 1
    assert told("people.log_in_failed") == 5


def test_lockout_ends_after_fifteen_minutes(person):
    for _ in range(5):
        log_in(client(), password="wrong wrong wrong")
    Attempt.objects.update(at=now() - timedelta(minutes=15, seconds=1))

    browser = client()
    log_in(browser, second=code())

    assert logged_in(browser)


def test_second_factor_is_locked_after_five_wrong_codes(person):
    browser = client()
    log_in(browser)

    answers = [
        browser.post("/account/2fa/authenticate/", {"code": "000000"}).status_code for _ in range(5)
    ]
    locked = browser.post("/account/2fa/authenticate/", {"code": code()})

    assert answers == [200] * 5
    assert locked.status_code == 429
    assert not logged_in(browser)
    assert told("people.locked_out") == 1


def test_lockout_of_the_log_in_does_not_keep_a_person_from_signing(person):
    """Nobody outside may keep an investigator from an emergency disclosure."""
    browser = client()
    log_in(browser, second=code())
    for _ in range(5):
        log_in(client(), password="wrong wrong wrong")

    answer = browser.post("/people/prove/", {"password": PASSWORD, "code": code(1), "next": "/"})

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("password", "digits"), [("wrong", None), (PASSWORD, "000000"), (PASSWORD, ""), ("", None)]
)
def test_proof_needs_password_and_second_factor(person, password, digits):
    browser = client()
    log_in(browser, second=code())
    given = code(1) if digits is None else digits

    answer = browser.post("/people/prove/", {"password": password, "code": given})

    assert answer.status_code == 422
    assert pages.PROVED_AT not in browser.session
    assert told("people.proof_failed") == 1


def test_proof_with_both_is_kept_and_told(person):
    browser = client()
    log_in(browser, second=code())

    answer = browser.post(
        "/people/prove/", {"password": PASSWORD, "code": code(1), "next": "https://evil.example/"}
    )

    assert answer.status_code == 302
    assert answer.url == "/"
    assert pages.PROVED_AT in browser.session
    assert told("people.proof") == 1


def test_log_in_alone_is_no_proof_for_a_signature(person):
    browser = client()
    log_in(browser, second=code())

    assert pages.PROVED_AT not in browser.session


def test_session_ends_after_twenty_idle_minutes(people):
    browser = browser_of(people["coordinator", "S01"].id)
    _age(browser, session_age.SEEN, timedelta(minutes=20))

    answer = browser.get("/people/")

    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/?next=%2Fpeople%2F&ended=idle")
    assert not logged_in(browser)
    assert told("people.session_ended") == 1


def test_session_lives_on_while_it_is_used(people):
    browser = browser_of(people["coordinator", "S01"].id)
    _age(browser, session_age.SEEN, timedelta(minutes=19))

    assert browser.get("/people/").status_code == 200
    seen = datetime.fromisoformat(browser.session[session_age.SEEN])
    assert now() - seen < timedelta(minutes=1)


def test_session_ends_after_twelve_hours_whatever_happens(people):
    browser = browser_of(people["coordinator", "S01"].id)
    _age(browser, session_age.BEGAN, timedelta(hours=12))

    answer = browser.get("/people/", headers={"HX-Request": "true"})

    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith("/account/login/")
    assert not logged_in(browser)


def _age(browser, clock, by):
    session = browser.session
    session[clock] = (now() - by).isoformat()
    session.save()


def test_other_sessions_are_listed_and_ended(people):
    number = people["coordinator", "S01"].id
    first, second = browser_of(number), browser_of(number)

    listed = first.get("/people/me/").content.decode()
    first.post("/people/me/")

    assert listed.count("127.0.0.1") == 2
    assert first.get("/people/").status_code == 200
    assert second.get("/people/").status_code == 302
    assert told("people.end_sessions") == 1


def test_data_manager_ends_the_sessions_of_another_and_nobody_else_does(people):
    number = people["coordinator", "S01"].id
    coordinator, path = browser_of(number), f"/people/person/{number}/end-sessions/"

    refused = browser_of(people["principal_investigator", "S01"].id).post(path)
    before = coordinator.get("/people/").status_code
    browser_of(people["data_manager"].id).post(path)

    assert refused.status_code == 403
    assert before == 200
    assert coordinator.get("/people/").status_code == 302


def test_second_factor_and_password_changes_are_told(person):
    browser = client()
    log_in(browser, second=code())
    browser.post("/people/prove/", {"password": PASSWORD, "code": code(1)})

    removed = browser.post("/account/2fa/totp/deactivate/")
    closed = browser.get("/people/")
    changed = browser.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": PASSWORD + "!", "password2": PASSWORD + "!"},
    )

    assert removed.status_code == 302
    assert closed.url == "/account/2fa/"
    assert changed.status_code == 302, changed.content.decode()
    assert told("people.second_factor") == 1
    assert told("people.password_changed") == 2  # one goes, one comes


def test_taking_up_a_new_link_replaces_factors_and_ends_sessions(person):
    """For a lost telephone, and for one that was stolen."""
    browser = client()
    log_in(browser, second=code())
    made = renew_access(person=person.number, by=SYSTEM, at=now())

    client().post(
        f"/people/welcome/{made.token}/", {"password": PASSWORD + "2", "again": PASSWORD + "2"}
    )

    assert browser.get("/people/me/").status_code == 302
    assert not Authenticator.objects.filter(user=person.user).exists()


def test_no_secret_of_a_log_in_stands_in_the_trail_or_in_clear_in_the_database(person):
    browser = client()
    log_in(browser, second=code())
    hashed = User.objects.get(email=EMAIL).password

    texts = " ".join(
        f"{one.text.old} {one.text.new}" for one in Change.objects.select_related("text")
    )

    assert hashed not in texts
    assert PASSWORD not in texts
    assert SECRET not in str(Authenticator.objects.get(user=person.user).data)


def test_training_link_is_good_once_and_says_training(people):
    made = make_training_link(person=people["monitor"].id, by=SYSTEM, at=now())
    path, browser = f"/people/training/{made.token}/", client()

    first, second = browser.get(path), client().get(path)

    assert first.status_code == 302
    assert logged_in(browser)
    assert second.status_code == 409


def test_production_knows_no_training_link_and_no_training_proof(people, settings_of):
    made = make_training_link(person=people["monitor"].id, by=SYSTEM, at=now())
    trained = browser_of(people["data_manager"].id)
    settings_of(MODE="production")

    refused = client().get(f"/people/training/{made.token}/")
    page = trained.get("/people/prove/", follow=True).content.decode()

    assert refused.status_code == 404
    assert "shown-code" not in page
    assert trained.get("/people/").url == "/account/2fa/"
    with pytest.raises(StepRefused, match="training sites only"):
        make_training_link(person=people["monitor"].id, by=SYSTEM, at=now())


def test_training_proof_is_the_code_that_the_page_shows(people):
    browser = browser_of(people["data_manager"].id)
    wrong = browser.post("/people/prove/", {"code": "0000"})

    prove(browser)

    assert wrong.status_code == 422
    assert pages.PROVED_AT in browser.session


@pytest.fixture
def settings_of(monkeypatch):
    """Change settings for one test."""
    from django.conf import settings

    def change(**values):
        for name, value in values.items():
            monkeypatch.setattr(settings, name, value)

    return change
