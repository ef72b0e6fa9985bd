"""Django's settings of a study's site; everything that differs between studies is in its folder.

ADJUVANT_STUDY    the study folder (holds protocol.yaml); the site's own files lie in STUDY/site.
DATABASE_URL      postgresql://role@host:port/name?host=/socket/folder; without it, SQLite.
ADJUVANT_SECRETS  the file of keys; without it, STUDY/site/secrets.json.
"""

import os
from pathlib import Path
from typing import Any

from adjuvant.conduct.database_url import databases
from adjuvant.conduct.people.login_settings import *  # noqa: F403
from adjuvant.conduct.secrets import read_secrets
from adjuvant.conduct.study_name import study_name

STUDY = Path(os.environ["ADJUVANT_STUDY"])
SITE = STUDY / "site"
PROTOCOL_FILE = STUDY / "protocol.yaml"
STUDY_NAME = study_name(PROTOCOL_FILE)
ANCHORS = Path(os.environ.get("ADJUVANT_ANCHORS", SITE / "anchors"))
SECRETS_FILE = Path(os.environ.get("ADJUVANT_SECRETS", SITE / "secrets.json"))
SECRETS = read_secrets(SECRETS_FILE)
SECRET_KEY = SECRETS.django
MODE = SECRETS.mode  # "training" or "production": fixed when the site is made

DEBUG = False
ALLOWED_HOSTS = os.environ.get("ADJUVANT_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("ADJUVANT_ORIGINS", "").split(",") if o]
HTTPS = os.environ.get("ADJUVANT_HTTPS", "0" if MODE == "training" else "1") == "1"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "adjuvant.conduct.audit.apps.AuditConfig",
    "adjuvant.conduct.people.apps.PeopleConfig",
    "adjuvant.conduct.trail.apps.TrailConfig",
    "adjuvant.conduct.protocols.apps.ProtocolsConfig",
    "adjuvant.conduct.subjects.apps.SubjectsConfig",
    "adjuvant.conduct.allocation.apps.AllocationConfig",
    "adjuvant.conduct.home.apps.HomeConfig",
]
MIDDLEWARE = [
    "adjuvant.conduct.logs.log_requests",
    "django.middleware.security.SecurityMiddleware",
    "adjuvant.conduct.home.headers.headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "adjuvant.conduct.people.session_age.session_age",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "adjuvant.conduct.home.urls"
WSGI_APPLICATION = "adjuvant.conduct.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # home's own templates first: they dress allauth's pages.
        "DIRS": [Path(__file__).parent / "home" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "adjuvant.conduct.home.frame.frame",
            ]
        },
    }
]

DATABASES = databases(os.environ.get("DATABASE_URL", ""), SITE / "adjuvant.sqlite3")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "home" / "locale"]

STATIC_URL = "static/"
STATIC_ROOT = SITE / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = SITE / "no-media"  # attachments live in the database, beside their audit entry
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_TAGS = {25: "good", 30: "warn", 40: "bad"}  # success, warning, error: names of the CSS

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = SITE / "outbox"
if os.environ.get("ADJUVANT_SMTP"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, _, EMAIL_PORT = os.environ["ADJUVANT_SMTP"].partition(":")
DEFAULT_FROM_EMAIL = os.environ.get("ADJUVANT_MAIL_FROM", "adjuvant@localhost")

LOGGING_CONFIG = None  # adjuvant.conduct.logs sets it: structured, without personal data
