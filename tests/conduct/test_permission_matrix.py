"""T7: every address x role x own or other site, generated from the URL resolver.

An address whose view is no page, or whose action stands in no table, fails here: so nobody can
add one without saying who may open it. The test knows no address by heart.
"""

from datetime import UTC, datetime, timedelta

import pytest
from conduct_databases import copy_sqlite, leave_database, use_database
from conduct_people import browser_of, client, open_training
from conduct_protocol import template

from adjuvant.conduct.people.permission_table import ACTIONS, EVERYBODY, PUBLIC, ROLES

# What stands in an address, for something of S01 and of S02; "{subject}" is made by the test.
# A new kind of argument must be added here, or the matrix fails.
ARGUMENTS = {
    "site": ("S01", "S02"),
    "token": ("x", "y"),
    "line": ("{line}", "{other line}"),
    "pk": ("1", "2"),
    "digest": ("0" * 64, "1" * 64),
    "visit": ("SCR", "SCR"),
    "form": ("consent", "consent"),
    "repeat": ("1", "1"),
    "seq": ("{event}", "{other event}"),
    "position": ("0", "0"),
    "side": ("new", "new"),
    "table": ("subjects_subject", "subjects_subject"),
    "row": ("{row}", "{other row}"),
}
# What `number` means, by app.
NUMBERS = {
    "people": ("{person}", "{other person}"),
    "subjects": ("{subject}", "{other subject}"),
    "allocation": ("{subject}", "{other subject}"),
    "audit": ("1", "2"),
    "protocols": ("0.1.0", "0.1.0"),
}
OF_ONE_SITE = {"site", "line", "seq", "row"}


def addresses():
    """Return (name, route, arguments, view) of every address of the site."""
    from django.urls import get_resolver

    return list(_walk(get_resolver(), "", ""))


def _walk(resolver, space, route):
    for pattern in resolver.url_patterns:
        path = route + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inner = pattern.namespace or space
            yield from _walk(pattern, inner, path)
        else:
            name = f"{space}:{pattern.name}" if space else str(pattern.name)
            yield name, path, tuple(pattern.pattern.converters), pattern.callback


def test_every_address_is_a_page_whose_action_stands_in_the_table():
    unlisted = [
        name
        for name, _, _, view in addresses()
        if getattr(view, "action", None) not in {*ACTIONS, *EVERYBODY, *PUBLIC}
    ]

    assert unlisted == []
    assert len(addresses()) > 60


def test_public_addresses_are_these_alone():
    public = {name for name, _, _, view in addresses() if getattr(view, "action", "") in PUBLIC}

    assert public <= {
        "account_login", "account_inactive", "mfa_authenticate", "people:take_up", "people:enter",
        "health",
    }  # fmt: skip


def test_every_role_and_every_action_has_words_and_a_holder():
    used = {role for permission in ACTIONS.values() for role in (*permission.own, *permission.all)}

    assert used <= set(ROLES)
    assert set(ROLES) <= used
    assert all(p.words and (p.own or p.all) for p in ACTIONS.values())
    assert all(not set(p.own) & set(p.all) for p in ACTIONS.values())


@pytest.fixture(scope="module")
def world(sqlite_template, tmp_path_factory):
    """A trial with a subject at each of two sites, and a browser for each role, made once."""
    folder = tmp_path_factory.mktemp("matrix")
    file = folder / "adjuvant.sqlite3"
    copy_sqlite(sqlite_template, file)
    (folder / "anchors").mkdir()
    use_database(f"sqlite://{file}", anchors=folder / "anchors")
    yield _made()
    leave_database()


def _made():
    from adjuvant.conduct.audit.actor import SYSTEM
    from adjuvant.conduct.audit.models import Event
    from adjuvant.conduct.people.models import Delegation
    from adjuvant.conduct.protocols.services import approve_at_site, load_version
    from adjuvant.conduct.subjects.services import add_subject

    at = datetime.now(UTC)
    version = load_version(text=template(), by=SYSTEM, at=at)
    people = open_training(at)
    words = {}
    for site, mark in (("S01", ""), ("S02", "other ")):
        approve_at_site(
            site=site, version=version.version, approved_on=at.date() - timedelta(days=1),
            document="TRAINING", by=people["data_manager"], at=at,
        )  # fmt: skip
        head = people["principal_investigator", site]
        subject = add_subject(site=site, by=people["coordinator", site], at=at)
        line = Delegation.objects.get(person__number=head.id)
        event = Event.objects.get(action="subjects.add_subject", site=site)
        made = {"subject": subject.number, "person": head.id, "line": str(line.pk),
                "event": str(event.seq), "row": str(subject.pk)}  # fmt: skip
        words |= {f"{{{mark}{what}}}": value for what, value in made.items()}
    browsers = {}
    for key, actor in people.items():
        role, site = (key, None) if isinstance(key, str) else key
        if site != "S02":
            browsers[role] = browser_of(actor.id)
    return words, browsers


def filled(words, name, route, arguments, other):
    """Return the address with things of the other site in it, or of one's own."""
    path = route
    space = name.partition(":")[0]
    for argument in arguments:
        known = NUMBERS.get(space) if argument == "number" else ARGUMENTS.get(argument)
        assert known, f"say in ARGUMENTS what stands for <{argument}> of {route} ({name})"
        value = words.get(known[other], known[other])
        for kind in ("str", "int", "slug"):
            path = path.replace(f"<{kind}:{argument}>", value)
    assert "<" not in path, path
    return "/" + path


OF_A_SITE = ("principal_investigator", "investigator", "nurse", "coordinator")


def expected(view, role, arguments, name, other):
    """Return the answers that are right: (403,) or (404,) where it must be refused."""
    if view.action in (*PUBLIC, *EVERYBODY):
        return None
    permission = ACTIONS[view.action]
    given = role in permission.own or role in permission.all
    of_one_site = OF_ONE_SITE.intersection(arguments) or (
        "number" in arguments and name.partition(":")[0] in ("people", "subjects", "allocation")
    )
    if other and of_one_site and role in OF_A_SITE:
        return (404,) if given or "site" in arguments else (403, 404)
    return None if given else (403,)


def answers(world, method):
    """Yield what was asked and how it was answered, for every address, role and site."""
    words, browsers = world
    for name, route, arguments, view in addresses():
        for role, browser in browsers.items():
            for other in (False, True) if arguments else (False,):
                right = expected(view, role, arguments, name, other)
                if right is None:
                    continue
                path = filled(words, name, route, arguments, other)
                answer = getattr(browser, method)(path)
                # Refused too: no such method; and the proof that is asked before anything is told.
                asked_first = (answer.get("Location") or "").startswith("/people/prove/")
                if answer.status_code not in (*right, 405) and not (asked_first and 404 in right):
                    yield f"{role} {method} {path}: {answer.status_code}, not {right}"


def test_whoever_has_no_permission_is_refused_and_another_site_is_not_there(world):
    assert list(answers(world, "get")) == []


@pytest.mark.slow
def test_the_same_holds_for_what_is_sent(world):
    assert list(answers(world, "post")) == []


def test_without_log_in_every_other_address_leads_to_the_log_in(world):
    words, _ = world
    stranger = client()

    for name, route, arguments, view in addresses():
        if view.action in PUBLIC:
            continue
        for method in ("get", "post"):
            path = filled(words, name, route, arguments, False)
            answer = getattr(stranger, method)(path)

            assert answer.status_code == 302, f"{method} {path}: {answer.status_code}"
            assert answer.url.startswith("/account/login/"), path


def test_whoever_has_the_permission_is_not_refused(world):
    """Without this, a site that refuses everything would pass."""
    words, browsers = world
    opened = 0
    for name, route, arguments, view in addresses():
        for role, browser in browsers.items():
            permission = ACTIONS.get(view.action)
            if permission is None or role not in (*permission.own, *permission.all):
                continue
            path = filled(words, name, route, arguments, False)
            status = browser.get(path).status_code
            assert status not in (403, 500), f"{role} get {path}: {status}"
            opened += status == 200
    assert opened > 100
