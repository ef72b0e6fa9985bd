"""Addresses of the audit trail's pages."""

from django.urls import path

from adjuvant.conduct.trail import redaction_views, views

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("event/<int:seq>/", views.event, name="event"),
    path("record/<slug:table>/<str:row>/", views.history, name="history"),
    path("export/", views.export, name="export"),
    path("verify/", views.verify, name="verify"),
    path("redactions/", redaction_views.redactions, name="redactions"),
    path("event/<int:seq>/<int:position>/<slug:side>/redact/", redaction_views.ask, name="ask"),
    path("redactions/<int:number>/", redaction_views.decide, name="decide"),
]
