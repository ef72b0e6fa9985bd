"""T15: what an attacker tries at the door: many at once, forged requests, stolen sessions."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from conduct_people import browser_of, client, collect_static, open_training, prove
from django.db import connection
from django.test import Client

from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.people.hashing import AT_ONCE, CappedArgon2
from adjuvant.conduct.people.link_services import take_up
from adjuvant.conduct.people.models import Attempt, Delegation, Person, User
from adjuvant.conduct.people.services import appoint, invite_person
from adjuvant.core import AdjuvantError, StepRefused

PASSWORD = "correct horse battery staple"
EMAIL = "ward@example.org"


def told(action):
    return Event.objects.filter(action=action).count()


def invited(manager):
    return invite_person(
        name="A. Ward", organisation="S01", email=EMAIL, by=manager, at=datetime.now(UTC)
    )


def test_log_in_works_under_the_role_that_serves(site):
    """On PostgreSQL the server's role owns nothing: each table it needs must be granted."""
    people = open_training()
    made = invited(people["data_manager"])
    browser = client()

    answer = browser.post(
        f"/people/welcome/{made.token}/", {"password": PASSWORD, "again": PASSWORD}
    )
    page = browser.get("/account/2fa/totp/activate/")
    out = browser.post("/account/logout/")
    locked = [client().post("/account/login/", {"login": EMAIL, "password": "x"}) for _ in range(6)]
    trained = browser_of(people["coordinator", "S01"].id)
    prove(trained)
    ended = trained.post("/people/me/")

    assert [answer.status_code, page.status_code, out.status_code] == [302, 200, 302]
    assert "Too many failed" in locked[-1].content.decode()
    assert ended.status_code == 302


def guess(n, tries):
    """Guess passwords at once from n threads; return how many were looked at."""
    collect_static()
    gate = threading.Barrier(n)

    def one(number):
        gate.wait()
        for k in range(tries):
            Client(headers={"host": "localhost"}).post(
                "/account/login/", {"login": EMAIL, "password": f"guess {number} {k}"}
            )
        connection.close()

    with ThreadPoolExecutor(n) as pool:
        list(pool.map(one, range(n)))
    return Attempt.objects.filter(outcome="failed").count()


def test_guesses_that_come_at_once_are_no_more_than_five(people):
    made = invited(people["data_manager"])
    client().post(f"/people/welcome/{made.token}/", {"password": PASSWORD, "again": PASSWORD})

    looked_at = guess(8, 2)

    assert looked_at <= 5
    assert told("people.log_in_failed") <= 5
    assert 1 <= told("people.locked_out") <= 8  # told once, not for each: the trail is not filled


@pytest.mark.slow
def test_five_hundred_guesses_on_both_databases_are_five_at_most(site):
    people = open_training()
    made = invited(people["data_manager"])
    client().post(f"/people/welcome/{made.token}/", {"password": PASSWORD, "again": PASSWORD})
    began = time.monotonic()

    looked_at = guess(20, 25)

    print(f"T15: 500 guesses, {looked_at} looked at, {time.monotonic() - began:.0f} s")
    assert looked_at <= 5


def test_hashing_is_capped_however_many_ask(monkeypatch):
    now, most, lock = 0, 0, threading.Lock()

    def slow(self, password, encoded):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return True

    monkeypatch.setattr("django.contrib.auth.hashers.Argon2PasswordHasher.verify", slow)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: CappedArgon2().verify("x", "y"), range(32)))

    assert most == AT_ONCE == 2


@pytest.mark.parametrize(
    "path",
    ["/account/login/", "/account/logout/", "/people/invite/", "/people/me/", "/people/prove/",
     "/people/sites/S01/log/sign/", "/people/welcome/x/"],
)  # fmt: skip
def test_request_forged_by_another_site_is_refused(people, path):
    browser = browser_of(people["principal_investigator", "S01"].id)
    browser.handler.enforce_csrf_checks = True
    before = Event.objects.count()

    answer = browser.post(path, {"name": "x"}, headers={"origin": "https://evil.example"})

    assert answer.status_code == 403
    assert Event.objects.count() == before


def test_pages_carry_a_policy_without_inline_script_and_have_none(people):
    browser = browser_of(people["data_manager"].id)
    for path in ("/people/", "/people/prove/", "/account/2fa/", "/people/permissions/"):
        answer = browser.get(path)
        text = answer.content.decode()
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["Cache-Control"] == "no-store"
        assert " onclick=" not in text
        assert " style=" not in text
        for part in text.split("<script")[1:]:
            assert " src=" in part.split(">")[0] or 'type="application/json"' in part.split(">")[0]


def test_cookie_of_an_ended_session_opens_nothing(people):
    browser = browser_of(people["coordinator", "S01"].id)
    stolen = client()
    stolen.cookies["sessionid"] = browser.cookies["sessionid"].value
    alive = stolen.get("/people/").status_code

    browser.post("/account/logout/")

    assert alive == 200
    assert stolen.get("/people/").status_code == 302
    assert told("people.log_out") == 1


def test_proof_of_one_session_is_none_in_another(people):
    number = people["data_manager"].id
    first, second = browser_of(number), browser_of(number)
    prove(first)

    path = f"/people/person/{people['monitor'].id}/appoint/"

    assert first.get(path).status_code == 200
    assert second.get(path).status_code == 302


def test_address_to_return_to_leads_nowhere_else(people):
    browser = browser_of(people["data_manager"].id)
    for wanted in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil"):
        page = browser.get("/people/prove/", {"next": wanted}).content.decode()
        assert "evil" not in page
        assert "javascript:" not in page


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{ settings.SECRET_KEY }}", "'; --"]
)
def test_name_that_is_a_program_is_shown_as_text(people, name):
    browser = browser_of(people["data_manager"].id)
    browser.post("/people/invite/", {"name": name, "organisation": "x", "email": "e@example.org"})

    text = browser.get("/people/").content.decode()

    assert Person.objects.filter(name=name).exists()
    assert "<script>alert" not in text
    assert "django-insecure" not in text


def test_nobody_signs_up_and_no_page_tells_which_e_mail_is_known(people):
    for path in ("/account/signup/", "/account/password/reset/", "/account/email/",
                 "/account/login/code/", "/account/2fa/webauthn/login/"):  # fmt: skip
        assert client().get(path).status_code in (302, 404), path
        assert client().post(path, {"email": EMAIL}).status_code in (302, 404), path


def at_once(*steps):
    """Run steps in threads at the same moment; return what each answered, or its refusal."""
    gate = threading.Barrier(len(steps))

    def run(step):
        gate.wait()
        try:
            return step()
        except AdjuvantError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))


def test_of_two_roles_that_exclude_each_other_asked_for_at_once_one_is_given(site):
    manager = open_training()["data_manager"]
    number = invited(manager).person.number

    def ask(role):
        return lambda: appoint(person=number, role=role, by=manager, at=datetime.now(UTC))

    answers = at_once(ask("trial_statistician"), ask("unblinded_statistician"))

    assert sum(isinstance(one, StepRefused) for one in answers) == 1
    assert Delegation.objects.filter(person__number=number).count() == 1


def test_of_two_who_open_one_link_at_once_one_gets_in(site):
    made = invited(open_training()["data_manager"])
    who = Actor(made.person.number, made.person.name, "S01")

    def open_it(password_hash):
        return lambda: take_up(
            token=made.token, password_hash=password_hash, by=who, at=datetime.now(UTC)
        )

    answers = at_once(open_it("one"), open_it("two"))

    assert sum(isinstance(one, StepRefused) for one in answers) == 1
    assert User.objects.filter(email=EMAIL).count() == 1


def test_people_invited_at_once_get_numbers_of_their_own(site):
    manager = open_training()["data_manager"]

    def ask(n):
        return lambda: invite_person(
            name=f"Person {n}", organisation="x", email=f"p{n}@example.org", by=manager,
            at=datetime.now(UTC),
        )  # fmt: skip

    answers = at_once(*(ask(n) for n in range(6)))

    assert len({one.person.number for one in answers}) == 6
