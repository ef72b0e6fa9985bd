"""Addresses of log-in and of one's own factors: of allauth's, those that this site has."""

from django.urls import path

from adjuvant.conduct.people import account_views as views

urlpatterns = [
    path("login/", views.log_in, name="account_login"),
    path("logout/", views.log_out, name="account_logout"),
    path("inactive/", views.inactive, name="account_inactive"),
    path("reauthenticate/", views.prove, name="account_reauthenticate"),
    path("password/change/", views.change_password, name="account_change_password"),
    path("2fa/", views.the_factors, name="mfa_index"),
    path("2fa/authenticate/", views.second_factor, name="mfa_authenticate"),
    path("2fa/reauthenticate/", views.prove, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", views.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", views.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        views.new_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        views.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("2fa/webauthn/", views.keys, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", views.add_key, name="mfa_add_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.remove_key, name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", views.rename_key, name="mfa_edit_webauthn"),
]
