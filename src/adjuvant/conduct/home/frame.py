"""What every page shows: the study's name, whether it is training, who is logged in, the menu."""

from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

__all__ = ["MENU", "frame"]

# Address, the words of the menu, the action that one must be allowed to see it.
MENU: tuple[tuple[str, Any, str], ...] = (
    ("subjects:list", _("Subjects"), "subjects.view"),
    ("allocation:list", _("Randomisation"), "allocation.view"),
    ("protocols:versions", _("Protocol"), "protocols.view"),
    ("people:people", _("People"), "people.view"),
    ("people:sites", _("Sites"), "people.view"),
    ("audit:trail", _("Audit"), "audit.view"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the values of the frame around every page."""
    actor = getattr(request, "actor", None)
    return {
        "study_name": settings.STUDY_NAME,
        "training": settings.MODE == "training",
        "software_version": version("adjuvant"),
        "actor": actor,
        "menu": _menu(request) if actor else [],
    }


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the entries that this person may open; the page one is on is marked."""
    open_ = [(reverse(name), words) for name, words, action in MENU if request.may(action)]
    # /people/sites/ lies below /people/: the longest address that leads here is the one.
    here = max((url for url, _words in open_ if request.path.startswith(url)), key=len, default="")
    return [{"url": url, "words": words, "here": url == here} for url, words in open_]
