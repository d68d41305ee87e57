"""All settings. They read the environment only, and are safe where nothing is set."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from config import env
from config.sentry import report_errors

BASE_DIR = Path(__file__).resolve().parent.parent

# Who we are

DEBUG = env.boolean("DEBUG", default=False)
# Sessions end at each restart under a key made up on the spot: good enough for DEBUG only.
SECRET_KEY = env.secret("SECRET_KEY", secrets.token_urlsafe(50) if DEBUG else None)
SITE_NAME = env.text("SITE_NAME", "Bank Feed Clinic")
_site = env.site_url("SITE_URL", "http://127.0.0.1:8000" if DEBUG else None)
SITE_URL = _site.geturl()

_host = _site.hostname or ""
_loopback = ["localhost", "127.0.0.1", "[::1]"]
_extra_hosts = env.hosts("EXTRA_HOSTS")
ALLOWED_HOSTS = [
    f"[{_host}]" if ":" in _host else _host,
    *(_loopback if _host in ("localhost", "127.0.0.1", "::1") else []),
    *_extra_hosts,
]

# What it is made of

INSTALLED_APPS = [
    "triage",
    "kb",
    "markdownx",
    "config.apps.Desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
]

# The policy stands before WhiteNoise so that a drawing opened by itself cannot run scripts.
# Sessions, sign-in and messages are lazy: a page that does not ask for them sets no cookie.
MIDDLEWARE = [
    "config.watching.note_route",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.headers.SecurityHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.health.answer_probes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kb.serving.away.PutOff",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.charset.ReadableForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kb.signin.session.SessionRules",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                # The admin needs these two. Both are lazy, but a reader's page must not touch
                # `user`, `perms` or `messages`: doing so makes it vary on the cookie.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database


def _database() -> dict[str, Any]:
    database = env.database("DATABASE_URL", default="sqlite:///var/db.sqlite3", base=BASE_DIR)
    if database["ENGINE"].endswith("sqlite3"):
        database["CONN_MAX_AGE"] = 60
        database["OPTIONS"] = {
            # Taking the write lock at once lets a second writer wait its turn; upgrading a read
            # transaction later would fail with "database is locked" however long it waited.
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            # Safe against a crash of the process; WAL also survives a power cut uncorrupted.
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
        }
        return database
    timeout_ms = env.integer("DATABASE_TIMEOUT_MS", default=15_000, minimum=100, maximum=3_600_000)
    # Each thread keeps its connection, and looks whether it still works before it uses it again.
    database["CONN_MAX_AGE"] = 600
    database["CONN_HEALTH_CHECKS"] = True
    database["OPTIONS"] = {
        "application_name": "bank-feed-clinic",
        "connect_timeout": "3",
        "options": (
            f"-c statement_timeout={timeout_ms} -c lock_timeout={timeout_ms}"
            f" -c idle_in_transaction_session_timeout={timeout_ms}"
        ),
        **database["OPTIONS"],
    }
    return database


DATABASES = {"default": _database()}

# Files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / env.text("STATIC_ROOT", "var/static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / env.text("MEDIA_ROOT", "var/media")
SEARCH_ROOT = BASE_DIR / env.text("SEARCH_ROOT", "var/search")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
# What browsers ask for at fixed addresses, without a link to it: /favicon.ico and the like.
WHITENOISE_ROOT = BASE_DIR / "static" / "site-root"

_MEGABYTE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * _MEGABYTE
# An article with its flowchart is one admin page: a hundred inline rows of a dozen fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# More than the import takes, so that it can say so itself: see kb.unpacking.MOST_FILES.
DATA_UPLOAD_MAX_NUMBER_FILES = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * _MEGABYTE
FILE_UPLOAD_PERMISSIONS = 0o644

# Readers' pages

# A copy of the edition, from which readers are served while the database is away
EDITION_COPY = BASE_DIR / env.text("EDITION_COPY", "var/edition.sqlite3")
# What each process keeps of pages that were made already
PAGE_CACHE_BYTES = env.integer("PAGE_CACHE_MB", default=64, minimum=1, maximum=10_000) * _MEGABYTE

# The Markdown editor of the admin

MARKDOWNX_MARKDOWNIFY_FUNCTION = "kb.preview.render"
MARKDOWNX_URLS_PATH = "/admin/markdownx/preview/"
MARKDOWNX_UPLOAD_URLS_PATH = "/admin/markdownx/upload/"

# Security

_https = _site.scheme == "https"
SECURE_SSL_REDIRECT = _https
# Load balancers ask over plain http whether a node is well.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
# Browsers keep the lists of such sites for months, so this is a promise that is hard to take back.
SECURE_HSTS_PRELOAD = env.boolean("HSTS_PRELOAD", default=False)
# W021 asks everybody for it; it is for whoever owns the domain to give.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Only a proxy that always sets this header itself may be trusted with it.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.boolean("TRUST_PROXY_HEADERS", default=False) else None
)
USE_X_FORWARDED_HOST = False
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}

SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# How long a session holds at most, and how long without a click.
SESSION_COOKIE_AGE = env.integer("SESSION_HOURS", default=8, minimum=1, maximum=168) * 60 * 60
SESSION_IDLE_SECONDS = env.integer("SESSION_IDLE_MINUTES", default=60, minimum=5, maximum=1440) * 60
CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# Behind a proxy that ends TLS, Django sees http where the browser's Origin says https.
CSRF_TRUSTED_ORIGINS = [SITE_URL, *(f"{_site.scheme}://{host}" for host in _extra_hosts)]

# Required where the site is on the internet; a look at it on this machine takes no phone.
REQUIRE_SECOND_FACTOR = env.boolean("REQUIRE_SECOND_FACTOR", default=_https and not DEBUG)
OTP_TOTP_ISSUER = SITE_NAME
# Its waits double with every failure, without end. kb/signin/throttle.py counts instead.
OTP_TOTP_THROTTLE_FACTOR = 0

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Other sites that may show the triage in a frame
EMBED_ORIGINS = env.origins("EMBED_ORIGINS")
# Where to report a hole in this site
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")

# Language and time

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Logs and figures

# A line for each request: when, which page, how it was answered. Nothing about who asked.
LOG_REQUESTS = env.boolean("LOG_REQUESTS", default=False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LOG_FORMAT", ("plain", "json"), default="plain"),
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Replaces Django's own handlers, which are silent without DEBUG or send mail.
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # Below ERROR this is a line for every wrong address that a robot tries.
        "django.request": {"level": "ERROR"},
        "feeds.request": {"level": "INFO"},
    },
}

# Whoever shows this token may read /metrics; without one there is no such page.
METRICS_TOKEN = env.optional_secret("METRICS_TOKEN")
METRICS_ROOT = BASE_DIR / env.text("METRICS_ROOT", "var/metrics")
if METRICS_TOKEN:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_ROOT)  # the package looks for it while it is imported

if _sentry_dsn := env.optional_secret("SENTRY_DSN"):
    report_errors(_sentry_dsn)
