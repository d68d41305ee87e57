"""Set the stage for every test: made-up settings, nothing of this machine's own.

pytest-django reads the settings once this file has been imported, so the environment is made here.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.update(
    DJANGO_SETTINGS_MODULE="config.settings",
    DEBUG="False",
    SECRET_KEY="tests-only-0123456789-0123456789-0123456789-0123456789",
    SITE_NAME="Bank Feed Clinic",
    SITE_URL="http://testserver",
    EXTRA_HOSTS="",
    TRUST_PROXY_HEADERS="False",
)
# The server that tests/throwaway_postgres.py starts, or else SQLite in memory.
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    from django.conf import settings

    # Hashing passwords slowly is the point of it, but not here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Tests see static files where they are written, with no collecting before.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = None


@pytest.fixture(autouse=True)
def media_root(settings) -> Iterator[Path]:
    """Give each test an uploads folder of its own, made only when something is uploaded."""
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        settings.MEDIA_ROOT = Path(folder)
        yield settings.MEDIA_ROOT
