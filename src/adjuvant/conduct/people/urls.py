"""Addresses of the app `people`."""

from django.urls import path

from adjuvant.conduct.people import account_views, site_views, views

app_name = "people"
urlpatterns = [
    path("", views.people, name="people"),
    path("invite/", views.invite, name="invite"),
    path("person/<str:number>/", views.person, name="person"),
    path("person/<str:number>/change/", views.change, name="change"),
    path("person/<str:number>/appoint/", views.appoint, name="appoint"),
    path("person/<str:number>/new-link/", views.renew, name="renew"),
    path("person/<str:number>/end-sessions/", views.end_sessions, name="end_sessions"),
    path("delegation/<int:line>/end/", views.end_line, name="end_line"),
    path("sites/", site_views.sites, name="sites"),
    path("sites/open/", site_views.open_site, name="open_site"),
    path("sites/<str:site>/", site_views.site, name="site"),
    path("sites/<str:site>/paper/", site_views.document, name="document"),
    path("sites/<str:site>/activate/", site_views.activate, name="activate"),
    path("sites/<str:site>/close/", site_views.close, name="close"),
    path("sites/<str:site>/log/", site_views.log, name="log"),
    path("sites/<str:site>/log/sign/", site_views.delegate, name="delegate"),
    path("permissions/", views.permissions, name="permissions"),
    path("me/", views.me, name="me"),
    path("prove/", account_views.prove, name="prove"),
    path("welcome/<str:token>/", account_views.take_up_link, name="take_up"),
    path("training/<str:token>/", account_views.enter, name="enter"),
]
