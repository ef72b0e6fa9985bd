"""Addresses of the app `allocation`."""

from django.urls import path

from adjuvant.conduct.allocation import custody_views, views

app_name = "allocation"
urlpatterns = [
    path("", views.allocations, name="list"),
    path("recruitment/", views.recruitment, name="recruitment"),
    path("custody/", custody_views.custody, name="custody"),
    path("custody/register/", custody_views.register, name="register"),
    path("custody/open/", custody_views.unlock, name="open"),
    path("custody/restored/", custody_views.after_restore, name="after_restore"),
    path("<str:number>/", views.randomise, name="randomise"),
    path("<str:number>/answer/", views.answer, name="answer"),
    path("<str:number>/receipt.txt", views.receipt, name="receipt"),
    path("<str:number>/error/", views.in_error, name="in_error"),
    path("<str:number>/disclosure/", views.disclosure, name="disclosure"),
    path("<str:number>/stratum/", views.stratum, name="stratum"),
]
