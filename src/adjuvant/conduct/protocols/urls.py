"""Addresses of the app `protocols`."""

from django.urls import path

from adjuvant.conduct.protocols import views

app_name = "protocols"
urlpatterns = [
    path("", views.versions, name="versions"),
    path("amend/", views.amend, name="amend"),
    path("approve/", views.approve, name="approve"),
    path("list/", views.commit_list, name="commit_list"),
    path("version/<str:number>/", views.version, name="version"),
    path("version/<str:number>/text/", views.text, name="text"),
]
