"""The start page, and what a watching program asks."""

from dataclasses import replace

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import resolve
from django.utils import timezone

from adjuvant.conduct.audit.guards import guard_faults
from adjuvant.conduct.home.checklist import Point, first_patient
from adjuvant.conduct.people.pages import page
from adjuvant.conduct.subjects.drafts import drafts_of
from adjuvant.conduct.subjects.models import Subject
from adjuvant.conduct.subjects.readiness import criteria, eligibility_digest
from adjuvant.core import StepRefused

__all__ = ["health", "start"]

_MOST_TO_SIGN = 10


@page("home.start")
def start(request: HttpRequest) -> HttpResponse:
    """Show where the trial stands, and what waits for this person."""
    points = [_openable(request, p) for p in first_patient(list(request.sites), timezone.now())]
    context = {
        "points": points,
        "all_done": all(point.done for point in points),
        "drafts": drafts_of(request.actor.id),
        "to_sign": _to_sign(request),
    }
    return render(request, "home/start.html", context)


def _openable(request: HttpRequest, point: Point) -> Point:
    """Return the point, without its address where this person may not open it."""
    action = getattr(resolve(point.url).func, "action", "") if point.url else ""
    return point if not action or request.may(action) else replace(point, url="")


def _to_sign(request: HttpRequest) -> list[Subject]:
    """Return screened subjects whose criteria are all met and whose eligibility is not signed."""
    sites = [code for code in request.sites if request.may("subjects.sign_eligibility", code)]
    waiting = []
    subjects = Subject.objects.filter(site__code__in=sites, status="screening")
    for subject in subjects.select_related("site").order_by("-added_at")[:50]:
        try:
            results = criteria(subject, timezone.now())
        except StepRefused:
            continue  # no version in force there: the checklist says so
        newest = subject.decisions.order_by("-id").first()
        signed = newest is not None and newest.digest == eligibility_digest(results)
        if all(result.passed for result in results) and not signed:
            waiting.append(subject)
    return waiting[:_MOST_TO_SIGN]


@page("home.health")
def health(_request: HttpRequest) -> HttpResponse:
    """Say whether the database answers and its guards stand; nothing about anybody."""
    try:
        faults = guard_faults(connection)
        state = {"database": "answers", "guards": "stand" if not faults else "missing"}
    except DatabaseError:
        faults, state = ["database"], {"database": "does not answer", "guards": "unknown"}
    return JsonResponse({"mode": settings.MODE, **state}, status=503 if faults else 200)
