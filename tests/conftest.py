"""Set the stage for every test: made-up settings, nothing of this machine's own.

pytest-django reads the settings once this file has been imported, so the environment is made here.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

os.environ.update(
    DJANGO_SETTINGS_MODULE="config.settings",
    DEBUG="False",
    SECRET_KEY="tests-only-0123456789-0123456789-0123456789-0123456789",
    SITE_NAME="Bank Feed Clinic",
    SITE_URL="http://testserver",
    EXTRA_HOSTS="",
    TRUST_PROXY_HEADERS="False",
    EMBED_ORIGINS="",
    SECURITY_CONTACT="",
    REQUIRE_SECOND_FACTOR="False",
    SESSION_HOURS="",
    SESSION_IDLE_MINUTES="",
    LOG_FORMAT="plain",
    LOG_REQUESTS="False",
    METRICS_TOKEN="",
    SENTRY_DSN="",
)
# A busy machine is no fault of the code: nothing here is timed.
hypothesis.register_profile(
    "suite", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
hypothesis.load_profile("suite")

# One index for all tests of a process: it follows the edition, and so from test to test.
os.environ["SEARCH_ROOT"] = tempfile.mkdtemp(prefix="search-")
atexit.register(shutil.rmtree, os.environ["SEARCH_ROOT"], ignore_errors=True)

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what meets the database: of the unit tests only these are run again on PostgreSQL."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if {"db", "transactional_db"} & set(fixtures) or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)


@pytest.fixture(autouse=True)
def media_root(settings) -> Iterator[Path]:
    """Give each test an uploads folder of its own, made only when something is uploaded."""
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        settings.MEDIA_ROOT = Path(folder)
        yield settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Every test database begins with the project's own content, published; what a test changes is rolled back."""
    from django.conf import settings
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("load_content", settings.BASE_DIR / "fixtures", verbosity=0)


@pytest.fixture
def kept_connection(db) -> Iterator[None]:
    """For tests that ask the WSGI application: the end of a request closes no connection, as in Django's own client."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def empty_site(db) -> None:
    """A site on which nothing has been written or published yet."""
    from kb.models import Article, AuditEntry, Edition, EditionEntry, Revision, Synonym

    EditionEntry.objects.all().delete()
    Revision.objects.all().delete()
    Article.objects.all().delete()
    Edition.objects.all().delete()
    Synonym.objects.all().delete()
    AuditEntry.objects.forget(before=datetime.max.replace(tzinfo=UTC))
