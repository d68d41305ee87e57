"""Whole sites in databases of their own, worked on by real commands: what is restored is compared row by row."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from kb.archive import ROWS

pytestmark = [pytest.mark.database, pytest.mark.xdist_group("archive")]

LIVELY = """
from datetime import datetime, UTC
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.storage import default_storage
from django.core.files.base import ContentFile
from django.utils import timezone
from kb.models import *
from kb.publishing import publish
from triage.models import OutcomeReport, WalkCount

now = datetime(2026, 11, 20, 8, 30, 15, 123456, tzinfo=UTC)
editor = User.objects.create_user("zoë", password="correct horse battery", last_login=now)
editor.groups.add(Group.objects.get(name="Editors"))
article = Article.objects.get(code="102")
article.title = "Another title\\u2028of it"
article.save()
publish([article], by=editor, now=timezone.now(), note="Twice")
Article.objects.filter(code="103").update(title="Half a thought")
Feedback.objects.create(article=article, revision=1, verdict="yes", comment="Thanks; \\n“ok” ☃", day=now,
    created_at=now)
OutcomeReport.objects.create(article=article, revision=1, node="wait", content_hash="x", verdict="no", day=now,
    created_at=now)
WalkCount.objects.create(article=article, revision=1, letters="BA", day=now, views=7)
Redirect.objects.create(article=article, identity="old-name")
DailySalt.objects.create(day=now, salt="of the day")
SessionStore().create()
stem = "0123456789abcdef" * 2
for name in (f"{stem}-1000x500.webp", f"{stem}-800x400.webp"):
    default_storage.save(f"pictures/{name}", ContentFile(b"RIFF" + name.encode() * 100))
Picture.objects.create(name=f"{stem}-1000x500.webp", alternative="A form", width=1000, height=500, size=4,
    uploaded_at=now)
"""

DUMP = """
import json
from django.apps import apps
from django.db import connection
rows = {}
for model in apps.get_models(include_auto_created=True):
    label = model._meta.label_lower
    if not model._meta.proxy and label not in {"sessions.session", "kb.dailysalt"}:
        fields = [field.attname for field in model._meta.concrete_fields]
        skip = 1 if model._meta.auto_created else 0
        rows[label] = sorted(repr(row[skip:]) for row in model._base_manager.values_list(*fields))
print(json.dumps(rows))
"""

PAGES = """
import json
from django.test import Client
from django.urls import reverse
from kb.edition import current
addresses = ["/", "/errors/", "/compare/", "/feed.xml", "/sitemap.xml", "/triage/", "/e/old-name", *(
    entry.url for entry in current().entries.values()), "/errors/102.md", "/triage/102/",
    "/media/pictures/0123456789abcdef0123456789abcdef-1000x500.webp"]
answers = {}
for address in addresses:
    answer = Client().get(address, SERVER_NAME="testserver", headers={"accept-encoding": "identity"})
    answers[address] = [answer.status_code, answer.getvalue().decode()]
print(json.dumps(answers))
"""


@dataclass(frozen=True)
class OneSite:
    """A site with a database and pictures of its own."""

    url: str
    media: Path

    def manage(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": self.url,
                "MEDIA_ROOT": str(self.media),
                "DEBUG": "True",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else done.stdout

    def run(self, program: str) -> str:
        return self.manage("shell", "--no-imports", "-c", program)

    def rows(self) -> dict[str, list[str]]:
        return json.loads(self.run(DUMP))

    def pages(self) -> dict[str, list]:
        return json.loads(self.run(PAGES))

    def pictures(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.media.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def a_site(tmp_path_factory) -> Iterator[Callable[[str], OneSite]]:
    """Make empty, migrated sites on a kind of database: “sqlite”, or “postgresql” where the tests run on it."""
    made: list[str] = []

    def make(vendor: str) -> OneSite:
        folder = tmp_path_factory.mktemp("site")
        url = f"sqlite:///{folder / 'db.sqlite3'}"
        if vendor == "postgresql":
            made.append(f"site_{os.getpid()}_{len(made)}")  # other workers make sites too
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
                server.execute(f"CREATE DATABASE {made[-1]}")
            url = os.environ["DATABASE_URL"].replace("/postgres?", f"/{made[-1]}?")
        site = OneSite(url, folder / "media")
        site.manage("migrate", "-v0")
        return site

    yield make
    if made:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            for name in made:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def lively(a_site) -> OneSite:
    site = a_site(connection.vendor)
    site.manage("load_content", "fixtures", "-v0")
    site.run(LIVELY)
    return site


@pytest.fixture(scope="module")
def backup(lively, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "site.zip"
    lively.manage("backup", str(path))
    return path


def repacked(backup: Path, path: Path, **changes: bytes | None) -> Path:
    """The backup with other content under some names; `__` stands for a slash, and None leaves a name out."""
    with ZipFile(backup) as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        members = {name: source.read(name) for name in source.namelist()} | {
            name.replace("__", "/"): content for name, content in changes.items()
        }
        for name, content in members.items():
            if content is not None:
                target.writestr(name, content)
    return path


def test_a_restored_site_is_the_same_in_every_row_page_and_picture(lively, a_site, backup):
    restored = a_site(connection.vendor)

    said = restored.manage("restore", str(backup))

    assert said.startswith("Restored ")
    assert restored.rows() == lively.rows()
    assert restored.pages() == lively.pages()
    assert restored.pictures() == lively.pictures()
    assert len(restored.pictures()) == 2


def test_a_site_moves_to_the_other_kind_of_database_and_back(lively, a_site, backup, tmp_path):
    elsewhere, back = a_site("sqlite"), a_site(connection.vendor)

    elsewhere.manage("restore", str(backup))
    elsewhere.manage("backup", str(tmp_path / "again.zip"))
    back.manage("restore", str(tmp_path / "again.zip"))

    assert back.rows() == lively.rows()
    assert back.pages() == lively.pages()


def test_a_restored_site_can_be_worked_on(a_site, backup):
    restored = a_site(connection.vendor)
    restored.manage("restore", str(backup))

    said = restored.run(
        "from django.contrib.auth.models import User; from django.utils import timezone;"
        "from kb.models import *; from kb.publishing import publish;"
        "user = User.objects.get(username='zoë');"
        "print(user.check_password('correct horse battery'), user.has_perm('kb.publish_article'));"
        "print(len(publish([Article.objects.get(code='103')], by=user, now=timezone.now())));"
        "print(User.objects.create_user('new').pk > user.pk)"
    )

    assert said.split() == ["True", "True", "1", "True"]


def test_sessions_and_the_salt_of_the_day_are_left_out(backup):
    with ZipFile(backup) as archive:
        rows = archive.read(ROWS).decode()

    assert "sessions.session" not in rows
    assert "of the day" not in rows


def test_live_documents_can_be_read_without_the_site(backup):
    with ZipFile(backup) as archive:
        text = archive.read("documents/error-103.md").decode()

    assert text == (settings.BASE_DIR / "fixtures" / "error-103.md").read_text()


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_else_behind(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]


def test_a_backup_that_fails_keeps_the_one_before(lively, tmp_path):
    (tmp_path / "file").write_text("the one before")
    (tmp_path / "folder").mkdir()

    missing = lively.manage("backup", str(tmp_path / "nowhere" / "site.zip"), code=1)
    in_the_way = lively.manage("backup", str(tmp_path / "folder"), code=1)

    assert "site.zip can’t be written: No such file or directory." in missing
    assert "can’t be written: Is a directory." in in_the_way
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_nothing_is_restored_over_a_site(lively, backup):
    before = lively.rows()

    said = lively.manage("restore", str(backup), code=1)

    assert "The database is not empty (it holds" in said
    assert lively.rows() == before


def test_a_database_without_tables_is_told_to_be_migrated(tmp_path, backup):
    bare = OneSite(f"sqlite:///{tmp_path / 'bare.sqlite3'}", tmp_path / "media")

    assert "run manage.py migrate first" in bare.manage("restore", str(backup), code=1)
    assert "run manage.py migrate first" in bare.manage("backup", str(tmp_path / "bare.zip"), code=1)


def restored_here(path: Path) -> str:
    """What restoring into this test's own, emptied database says; nothing may be left of it."""
    from kb import archive

    with pytest.raises(CommandError) as refusal:
        call_command("restore", path)
    assert not list(Path(settings.MEDIA_ROOT).rglob("*.webp"))
    assert archive.Edition.objects.count() == 0
    return str(refusal.value)


ONE_ROW = b'{"model": "kb.redirect", "pk": 1, "fields": {"identity": "x", "article": 999}}\n'


@pytest.mark.usefixtures("empty_site")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"..__..__evil.sh": b"rm"}, r"holds '../../evil.sh', or holds it twice"),
        ({"__etc__cron.d__evil": b"rm"}, r"holds '/etc/cron.d/evil'"),
        ({"pictures__..__..__evil.webp": b"rm"}, "as no backup does"),
        ({"pictures__page.html": b"<script>"}, "as no backup does"),
        ({"about.json": None}, "is no backup of this site"),
        ({"about.json": b"[" * 100_000}, "is no backup of this site"),
        ({"about.json": b'{"format": 1}'}, "is no backup of this site"),
        ({"about.json": b'{"format": 2, "migrations": {}, "rows": {}}'}, "has format 2, and this version .* format 1"),
        ({"about.json": b'{"format": 1, "migrations": {}, "rows": {}}'}, r"tables differ in .*kb"),
        ({"rows.jsonl": b""}, "is not whole"),
        ({"rows.jsonl": b"{"}, "a line that does not end"),
        ({"rows.jsonl": b"\xff\n"}, "Line 1 of rows.jsonl does not fit"),
        ({"rows.jsonl": b"{}\n"}, "Line 1 of rows.jsonl does not fit"),
        ({"rows.jsonl": b'{"model": "sessions.session", "pk": "x", "fields": {}}\n'}, "not part of a backup"),
        ({"rows.jsonl": b'{"model": "kb.redirect", "pk": "one", "fields": {}}\n'}, "Line 1"),
        ({"rows.jsonl": b'{"model": "kb.redirect", "pk": 1, "fields": {"none": 1}}\n'}, "Line 1"),
        ({"rows.jsonl": ONE_ROW * 2}, "Line 2"),
    ],
)
def test_an_archive_that_does_not_fit_is_refused_in_a_sentence(backup, tmp_path, changes, sentence):
    hostile = repacked(backup, tmp_path / "hostile.zip", **changes)

    assert re.search(sentence, restored_here(hostile))


@pytest.mark.usefixtures("empty_site")
def test_a_damaged_archive_is_refused_in_a_sentence(backup, tmp_path):
    content = bytearray(backup.read_bytes())
    content[2000:2010] = b"\0" * 10
    (tmp_path / "damaged.zip").write_bytes(content)
    (tmp_path / "cut.zip").write_bytes(backup.read_bytes()[:5000])
    (tmp_path / "text.zip").write_text("no archive")

    for name in ("damaged", "cut", "text", "missing"):
        assert "Nothing was restored." in restored_here(tmp_path / f"{name}.zip")


@pytest.mark.usefixtures("empty_site")
def test_an_archive_that_would_fill_the_disk_is_refused_before_it_is_unpacked(backup, tmp_path, monkeypatch):
    bomb = repacked(backup, tmp_path / "bomb.zip", **{"rows.jsonl": b"0" * 10_000_000})
    monkeypatch.setattr("kb.archive.shutil.disk_usage", lambda folder: type("Usage", (), {"free": 9_000_000}))

    assert "free some first" in restored_here(bomb)


@pytest.mark.usefixtures("empty_site")
def test_a_line_without_an_end_does_not_fill_the_memory(backup, tmp_path, monkeypatch):
    monkeypatch.setattr("kb.archive.LONGEST_ROW", 1000)
    bomb = repacked(backup, tmp_path / "bomb.zip", **{"rows.jsonl": b" " * 10_000_000})

    assert "a line that does not end" in restored_here(bomb)


@hypothesis(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_damage_anywhere_is_refused_and_leaves_nothing(empty_site, backup, tmp_path_factory, data):
    content = bytearray(backup.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damaged") / "site.zip"
    path.write_bytes(content)

    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        with suppress(CommandError):  # a flipped bit of a date, say, is no damage
            call_command("restore", path, verbosity=0)
        cursor.execute("ROLLBACK TO SAVEPOINT before")
