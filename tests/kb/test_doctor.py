from collections import namedtuple
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from kb import doctor
from kb.finding import indexing
from kb.models import Article, Edition, EditionEntry, Picture, Revision, Scheduled
from tests.factories import a_guide, publish_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound(settings, tmp_path: Path, monkeypatch) -> None:
    """An installation without a fault, to break one thing of."""
    settings.SITE_URL = "https://feeds.example"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.EDITION_COPY = tmp_path / "edition.sqlite3"
    settings.SEARCH_ROOT = tmp_path / "search"
    indexing.rebuild()
    User.objects.create_superuser("first")


def diagnosis() -> str:
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", stdout=out)
    assert end.value.code == 1
    return out.getvalue()


@pytest.mark.usefixtures("sound")
def test_a_sound_installation_has_nothing_to_mend(capsys):
    call_command("doctor")

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert all(line.endswith(": ok") for line in lines)


@pytest.mark.usefixtures("sound")
def test_debug_is_named(settings):
    settings.DEBUG = True

    assert "You should not have DEBUG set to True in deployment." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_site_without_tls_is_told_to_get_it(settings):
    settings.SITE_URL = "http://feeds.example"

    assert "passwords and cookies travel unprotected" in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_redirect_without_end_is_foreseen(settings):
    settings.SECURE_PROXY_SSL_HEADER = None

    assert "set TRUST_PROXY_HEADERS=True" in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_database_that_is_away_is_said_and_ends_the_examination(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)

    said = diagnosis()

    assert "The database can’t be reached; check that it runs and that DATABASE_URL is right" in said
    assert "pictures" not in said


@pytest.mark.usefixtures("sound")
def test_missing_migrations_are_counted():
    call_command("migrate", "sessions", "zero", fake=True, verbosity=0)

    assert "1 migrations are not applied, such as sessions.0001_initial: run manage.py migrate." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_static_files_that_are_not_collected_are_named(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "nothing"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

    assert "run manage.py collectstatic --noinput" in diagnosis()


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("name", ["MEDIA_ROOT", "SEARCH_ROOT"])
def test_a_folder_that_cannot_be_written_to_is_named(settings, tmp_path, name):
    (tmp_path / "file").write_text("")
    setattr(settings, name, tmp_path / "file" / "below")

    assert f"{tmp_path / 'file' / 'below'} ({name}) can’t be written to: Not a directory." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_folder_without_room_for_the_copy_of_the_edition_is_named(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.EDITION_COPY = tmp_path / "file" / "edition.sqlite3"

    assert f"{tmp_path / 'file'} (EDITION_COPY) can’t be written to: File exists." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_disk_that_is_nearly_full_is_named(monkeypatch):
    usage = namedtuple("usage", "free")(7_000_000)
    monkeypatch.setattr("kb.doctor.shutil.disk_usage", lambda folder: usage)

    assert "Only 7 MB are left on the disk of" in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_clock_behind_the_last_publish_is_named():
    Edition.objects.update(published_at=timezone.now() + timedelta(days=1))

    assert "which is to come: set the clock by NTP" in diagnosis()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.usefixtures("sound")
def test_clocks_that_are_apart_are_named(monkeypatch):
    monkeypatch.setattr("kb.doctor.timezone.now", lambda: timezone.datetime(2040, 1, 1, tzinfo=timezone.UTC))

    assert "The clocks of this machine and of the database are" in diagnosis()


@pytest.mark.usefixtures("sound", "empty_site")
def test_a_site_on_which_nothing_is_published_is_told_how_to_begin():
    assert "Nothing is published: sign in and publish" in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_published_article_that_today_s_code_cannot_read_is_named():
    entry = EditionEntry.objects.get(identity="102")
    Revision.objects.filter(pk=entry.revision_id).update(text="no document")

    assert "102: " in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_search_index_that_is_not_there_is_named_and_not_made(settings):
    for path in settings.SEARCH_ROOT.rglob("*.*"):
        path.unlink()

    assert f"There is no search index in {settings.SEARCH_ROOT} yet" in diagnosis()
    assert not list(settings.SEARCH_ROOT.rglob("*.*"))


@pytest.mark.usefixtures("sound")
def test_a_damaged_search_index_is_named(settings):
    for path in settings.SEARCH_ROOT.rglob("*.idx"):
        path.write_bytes(path.read_bytes()[::-1])

    said = diagnosis()

    assert f"The search index in {settings.SEARCH_ROOT} can’t be used: " in said
    assert "Run manage.py rebuild_search." in said


@pytest.mark.usefixtures("sound")
def test_a_search_index_that_cannot_be_read_is_named(settings):
    for path in settings.SEARCH_ROOT.rglob("meta.json"):
        path.unlink()
        path.mkdir()

    assert f"The search index in {settings.SEARCH_ROOT} can’t be read: Is a directory." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_search_index_that_does_not_follow_is_named_after_a_day():
    publish_document(a_guide(title="How to stop snoring"))
    fresh = dict(doctor.examine())["search index"]
    Edition.objects.update(published_at=timezone.now() - timedelta(days=2))

    assert fresh == []
    assert "is older than what is published. Run manage.py rebuild_search." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_rebuilding_the_search_index_mends_what_is_said_of_it(settings):
    for path in settings.SEARCH_ROOT.rglob("*.idx"):
        path.write_bytes(b"")
    call_command("rebuild_search", stdout=StringIO())

    assert dict(doctor.examine())["search index"] == []


@pytest.mark.usefixtures("sound")
def test_pictures_that_are_missing_from_the_disk_are_counted(media_root):
    for number in range(4):
        Picture.objects.create(
            name=f"{number:032x}-400x300.webp", alternative="x", width=4, height=3, size=1, uploaded_at=timezone.now()
        )
    (media_root / "pictures").mkdir()
    (media_root / "pictures" / f"{0:032x}-400x300.webp").write_bytes(b"RIFF")

    said = diagnosis()

    assert "3 files of pictures are missing from" in said
    assert f"{1:032x}" in said
    assert f"{0:032x}" not in said


@pytest.mark.usefixtures("sound")
def test_a_site_that_nobody_can_administer_is_told_how_to_make_somebody():
    User.objects.update(is_active=False)

    assert "Nobody can administer the site: run manage.py createsuperuser." in diagnosis()


@pytest.mark.usefixtures("sound")
def test_a_member_of_the_administrators_is_one():
    User.objects.update(is_superuser=False)
    User.objects.get().groups.add(Group.objects.get(name="Administrators"))

    assert all(not sentences for _, sentences in doctor.examine())


@pytest.mark.usefixtures("sound")
def test_a_scheduled_article_that_was_refused_is_named_with_the_reason():
    article = Article.objects.get(code="102")
    Scheduled.objects.create(article=article, at=timezone.now(), text="", refusal="102: no steps")

    assert "was to go live but was refused: 102: no steps. Mend it and publish it anew." in diagnosis()
