"""Addresses of the app `subjects`."""

from django.urls import path

from adjuvant.conduct.subjects import enrolment_views, form_views, identity_views, views

app_name = "subjects"
FORM = "<str:number>/<str:visit>/<str:form>/<int:repeat>/"
urlpatterns = [
    path("", views.list_subjects, name="list"),
    path("add/", views.add, name="add"),
    path("consent/", views.reconsent, name="reconsent"),
    path("screening/", enrolment_views.screening_log, name="screening_log"),
    path("transfers/", enrolment_views.transfer_sign, name="transfers"),
    path("identities/", identity_views.identities, name="identities"),
    path("identities/<str:site>/key/", identity_views.site_key, name="site_key"),
    path("identities/<str:site>/list/", identity_views.sealed_list, name="sealed_list"),
    path("<str:number>/", views.subject, name="subject"),
    path("<str:number>/enrol/", enrolment_views.enrol, name="enrol"),
    path("<str:number>/wristband/", enrolment_views.wristband, name="wristband"),
    path("<str:number>/identity/", identity_views.identity, name="identity"),
    path("<str:number>/eligibility/", enrolment_views.eligibility, name="eligibility"),
    path("<str:number>/not-enrolled/", enrolment_views.screen_failure, name="screen_failure"),
    path("<str:number>/withdraw/", enrolment_views.withdraw, name="withdraw"),
    path("<str:number>/transfer/", enrolment_views.transfer, name="transfer"),
    path("<str:number>/file/<str:digest>/", views.attachment, name="attachment"),
    path(FORM, views.record, name="record"),
    path(f"{FORM}fill/", form_views.fill, name="fill"),
    path(f"{FORM}check/", form_views.check, name="check"),
    path(f"{FORM}discard/", form_views.discard, name="discard"),
    path(f"{FORM}correct/", form_views.correct, name="correct"),
    path(f"{FORM}sign/", views.sign, name="sign"),
]
