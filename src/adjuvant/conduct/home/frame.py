"""What every page shows: the study's name, whether it is training, who is logged in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

__all__ = ["frame"]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the values of the frame around every page."""
    return {"training": settings.MODE == "training", "actor": getattr(request, "actor", None)}
