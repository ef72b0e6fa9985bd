"""The start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

__all__ = ["start"]


def start(request: HttpRequest) -> HttpResponse:
    """Show what stands between here and the first patient."""
    return render(request, "home/start.html")
