"""All addresses of the site."""

from django.urls import include, path

from adjuvant.conduct.home import views

urlpatterns = [
    path("", views.start, name="start"),
    path("health/", views.health, name="health"),
    path("account/", include("adjuvant.conduct.people.account_urls")),
    path("audit/", include("adjuvant.conduct.trail.urls")),
    path("people/", include("adjuvant.conduct.people.urls")),
    path("protocol/", include("adjuvant.conduct.protocols.urls")),
    path("subjects/", include("adjuvant.conduct.subjects.urls")),
    path("allocation/", include("adjuvant.conduct.allocation.urls")),
]
