"""The people of a training trial, and browsers in which they are logged in."""

from datetime import UTC, datetime

from django.test import Client


def open_training(at=None):
    """Make the training sites; return role or (role, site) -> Actor, each proved at `at`."""
    from adjuvant.conduct.audit.actor import Actor
    from adjuvant.conduct.people.models import Delegation
    from adjuvant.conduct.people.training import open_training_sites

    at = at or datetime.now(UTC)
    open_training_sites(at)
    people = {}
    for line in Delegation.objects.select_related("person", "site"):
        key = (line.role, line.site.code) if line.site else line.role
        one = line.person
        people[key] = Actor(one.number, one.name, one.organisation, source="test", proved_at=at)
    return people


def client():
    """Return a client that is not logged in."""
    collect_static()
    return Client(headers={"host": "localhost", "user-agent": "test"})


def browser_of(number):
    """Return a client that came by a training link of this person."""
    from adjuvant.conduct.audit.actor import SYSTEM
    from adjuvant.conduct.people.services import make_training_link

    made = make_training_link(person=number, by=SYSTEM, at=datetime.now(UTC))
    browser = client()
    answer = browser.get(f"/people/training/{made.token}/")
    assert answer.status_code == 302, answer.content[:500]
    return browser


def prove(client):
    """Type the training code that the page shows."""
    page = client.get("/people/prove/").content.decode()
    code = page.split('id="shown-code">')[1][:4]
    answer = client.post("/people/prove/", {"code": code, "next": "/people/"})
    assert answer.status_code == 302, answer.content[:500]


def collect_static():
    """Collect the static files once in the life of the process: pages name them by their hash."""
    from pathlib import Path

    from django.conf import settings
    from django.core.management import call_command

    if not Path(settings.STATIC_ROOT).is_dir():
        call_command("collectstatic", verbosity=0, interactive=False)
