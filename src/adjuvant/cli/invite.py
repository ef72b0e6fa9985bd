"""`adjuvant invite`: the people who begin a trial, and a new link for who lost theirs."""

from pathlib import Path

import click

from adjuvant.cli.output import print_json
from adjuvant.core import UsageError

__all__ = ["invite"]


@click.command()
@click.option(
    "--study",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The study folder (default: this one).",
)
@click.option(
    "--role",
    type=click.Choice(["data_manager", "principal_investigator"]),
    help="Whom the command line may appoint; these two invite all others on the site's pages.",
)
@click.option("--name", help="Printed name, as it stands under signatures.")
@click.option("--email", help="What the person logs in with.")
@click.option("--organisation", help="Where the person works.")
@click.option("--site", default="", help="Code of the site, for a principal investigator.")
@click.option("--time-zone", default="", help="Opens the site, if it is not open: Asia/Tokyo.")
@click.option("--renew", metavar="NUMBER", help="A new link for a person (P0003), and no other.")
@click.option(
    "--url", default="http://localhost:8000", show_default=True, help="Address of the site."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def invite(
    study: Path,
    role: str | None,
    name: str | None,
    email: str | None,
    organisation: str | None,
    site: str,
    time_zone: str,
    renew: str | None,
    url: str,
    as_json: bool,
) -> None:
    """Invite a data manager or a principal investigator; print a link that is good once.

    A principal investigator is a physician. Give the link to that person alone: whoever opens it
    chooses the password. It is good for seven days.
    """  # fmt: skip
    missing = [
        option
        for option, value in (
            ("--role", role), ("--name", name), ("--email", email),
            ("--organisation", organisation),
        )
        if not value
    ]  # fmt: skip
    if renew is None and missing:
        raise UsageError(f"{', '.join(missing)} missing; see 'adjuvant invite --help'")
    if role == "principal_investigator" and not site and renew is None:
        raise UsageError("--site is missing: a principal investigator leads one site")
    from adjuvant.conduct.server import open_site

    open_site(study)
    if renew is not None:
        number, words, token = _renew(renew)
    else:
        number, words, token = _invite(
            str(role), str(name), str(email), str(organisation), site, time_zone
        )
    _print(number, words, f"{url.rstrip('/')}/people/welcome/{token}/", as_json)


def _renew(number: str) -> tuple[str, str, str]:
    from django.utils import timezone

    from adjuvant.conduct.audit.actor import SYSTEM
    from adjuvant.conduct.people.services import renew_access

    made = renew_access(person=number, by=SYSTEM, at=timezone.now(), reason="command line")
    return made.person.number, made.person.name, made.token


def _invite(
    role: str, name: str, email: str, organisation: str, site: str, time_zone: str
) -> tuple[str, str, str]:
    from django.utils import timezone

    from adjuvant.conduct.audit.actor import SYSTEM
    from adjuvant.conduct.people.models import Site
    from adjuvant.conduct.people.services import invite_person, open_site
    from adjuvant.conduct.people.study_rules import rules_now

    now = timezone.now()
    if site and time_zone and not Site.objects.filter(code=site).exists():
        named = {one.id: one for one in rules_now().sites}
        known = named.get(site)
        open_site(
            code=site, name=known.name if known else site, country=known.country if known else "",
            time_zone=time_zone, by=SYSTEM, at=now, reason="command line",
        )  # fmt: skip
    made = invite_person(
        name=name, organisation=organisation, email=email,
        physician=role == "principal_investigator", role=role,
        site=site if role == "principal_investigator" else "", by=SYSTEM, at=now,
        reason="command line",
    )  # fmt: skip
    return made.person.number, f"{made.person.name}, {role.replace('_', ' ')}", made.token


def _print(number: str, words: str, link: str, as_json: bool) -> None:
    if as_json:
        print_json({"schema": "adjuvant/invitation/1", "person": number, "link": link})
        return
    click.echo(f"{number}  {words}")
    click.echo(f"Link, good once and for seven days, for that person alone:\n  {link}")
