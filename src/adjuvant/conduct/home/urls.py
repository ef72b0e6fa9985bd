"""All addresses of the site."""

from django.urls import include, path

from adjuvant.conduct.home import views

urlpatterns = [
    path("", views.start, name="start"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("audit/", include("adjuvant.conduct.audit.urls")),
    path("people/", include("adjuvant.conduct.people.urls")),
    path("protocol/", include("adjuvant.conduct.protocols.urls")),
    path("subjects/", include("adjuvant.conduct.subjects.urls")),
]
