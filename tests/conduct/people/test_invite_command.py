"""`adjuvant invite`: how the first people of a production site come in."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from conduct_people import client
from conduct_protocol import template

from adjuvant.cli.invite import invite
from adjuvant.conduct.audit.actor import SYSTEM
from adjuvant.conduct.people.models import Delegation, Person, Site
from adjuvant.conduct.people.permissions import may
from adjuvant.conduct.protocols.services import load_version
from adjuvant.core import AdjuvantError, StepRefused, UsageError

WHO = ["--name", "A. Ward", "--email", "ward@example.org", "--organisation", "Trial unit"]


@pytest.fixture
def loaded(sqlite_site):
    load_version(text=template(), by=SYSTEM, at=datetime.now(UTC))


def run(study, *options):
    """Run the command; a refusal of ours comes through, as `main` prints it."""
    done = CliRunner().invoke(invite, ["--study", str(study), *options])
    if isinstance(done.exception, AdjuvantError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_data_manager_gets_a_link_that_opens_the_choice_of_a_password(study, loaded):
    told = json.loads(run(study, "--role", "data_manager", *WHO, "--json"))
    path = told["link"].removeprefix("http://localhost:8000")

    page = client().get(path)

    assert page.status_code == 200
    assert "Welcome, A. Ward" in page.content.decode()
    assert may(told["person"], "people.appoint", None)


def test_principal_investigator_opens_the_site_and_holds_the_tasks_of_the_role(study, loaded):
    printed = run(
        study,
        "--role",
        "principal_investigator",
        "--site",
        "S01",
        "--time-zone",
        "Asia/Tokyo",
        *WHO,
    )

    line = Delegation.objects.get(role="principal_investigator")
    assert "good once and for seven days" in printed
    assert Site.objects.get().country == "JPN"
    assert (line.site.code, line.person.physician) == ("S01", True)
    assert line.tasks == ["inform", "enrol", "sign_eligibility", "infuse"]
    assert may(line.person.number, "people.delegate", "S01")


def test_second_principal_investigator_of_a_site_is_refused_and_nobody_is_written(study, loaded):
    pi = ("--role", "principal_investigator", "--site", "S01", "--time-zone", "Asia/Tokyo")
    run(study, *pi, *WHO)

    with pytest.raises(StepRefused, match="is principal investigator there"):
        run(study, *pi, "--name", "B", "--email", "b@example.org", "--organisation", "H")

    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--role", "data_manager"], "--name, --email, --organisation missing"),
        (["--role", "principal_investigator", *WHO], "--site is missing"),
    ],
)
def test_what_is_missing_is_named(study, sqlite_site, options, words):
    with pytest.raises(UsageError, match=words):
        run(study, *options)


def test_no_other_role_comes_from_the_command_line(study, sqlite_site):
    done = CliRunner().invoke(invite, ["--role", "unblinded_statistician", *WHO])

    assert done.exit_code == 2
    assert "unblinded_statistician" in done.output


def test_renewed_link_is_printed_for_whom_it_is(study, loaded):
    run(study, "--role", "data_manager", *WHO)

    printed = run(study, "--renew", "P0001", "--url", "https://trial.example.org/")

    assert printed.startswith("P0001  A. Ward")
    assert "https://trial.example.org/people/welcome/" in printed
