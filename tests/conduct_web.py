"""A browser without JavaScript, logged in as a person of the trial."""

from conduct_people import browser_of, prove
from django.test import Client


def browser(person: str, *, proved: bool = False) -> Client:
    """Return a browser in which a person (by number) is logged in; `proved` just now."""
    client = browser_of(person)
    if proved:
        prove(client)
    return client
