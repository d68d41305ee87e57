"""The whole site as one file: every row, the live documents for people to read, and the pictures.

A ZIP archive. Rows are Django's JSON lines with their primary keys as they are, so they fit SQLite and PostgreSQL
alike. Sessions are left out, and so is what ties a hash of the day to an address: no copy of it may outlive the day.
"""

import json
import os
import re
import shutil
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, override
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from kb.exporting import file_name
from kb.models import Edition, EditionEntry
from kb.pictures import NAME

FORMAT = 1
ABOUT, ROWS, DOCUMENTS, PICTURES = "about.json", "rows.jsonl", "documents/", "pictures/"
NOT_KEPT = {"sessions.session", "kb.dailysalt", "kb.postcount"}
MADE_BY_MIGRATE = {"contenttypes.contenttype", "auth.permission", "auth.group"}
"""What every migrated database holds before anybody has used it; restoring puts the archive's rows in their place."""
CHUNK = 1_000
LONGEST_ABOUT = 1_000_000  # bytes
LONGEST_ROW = 32_000_000  # bytes
_MEMBER = re.compile(rf"{re.escape(ABOUT)}|{re.escape(ROWS)}|{DOCUMENTS}[\w-]+\.md|{PICTURES}{NAME}", re.ASCII)

type Counts = dict[str, int]


class NoArchive(Exception):
    """It can't be written, or not be restored here. The message says why, and what to do."""


class _Exactly(DjangoJSONEncoder):
    """Keeps the microseconds, which Django's own encoder drops."""

    @override
    def default(self, o: object) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def write(path: Path, *, now: datetime) -> Counts:
    """Write the site into `path`, which is replaced only by a whole archive. Returns what went in, by kind.

    Raises NoArchive, and then `path` is as it was.
    """
    migrations = _migrations()
    try:
        with _replacing(path) as draft, ZipFile(draft, "w", ZIP_DEFLATED) as archive:
            with _one_view():
                rows = _write_rows(archive)
                documents = _write_documents(archive)
                edition = Edition.objects.values_list("number", flat=True).first() or 0
            pictures = _write_pictures(archive)  # they never change, so they need no view of one moment
            about = {"format": FORMAT, "made_at": now.isoformat(), "edition": edition}
            archive.writestr(ABOUT, json.dumps({**about, "migrations": migrations, "rows": rows}, indent=2))
    except OSError as error:
        raise NoArchive(f"{path} can’t be written: {error.strerror}.") from error
    return {"rows": sum(rows.values()), "documents": documents, "pictures": pictures}


def restore(path: Path) -> Counts:
    """Put the site in `path` into the empty database; whole or not at all. Raises NoArchive."""
    try:
        with ZipFile(path) as archive:
            about = _about(archive)
            _check_members(archive.infolist())
            if damaged := archive.testzip():
                raise BadZipFile(f"{damaged} has changed")
            with transaction.atomic():
                _check_empty()
                _load_rows(archive, about["rows"])
                pictures = _load_pictures(archive)
    except OSError as error:
        raise NoArchive(f"{error.filename or path}: {error.strerror}. Nothing was restored.") from error
    except (BadZipFile, zlib.error, EOFError) as error:
        raise NoArchive(f"{path} is damaged, or no backup at all: {error}. Nothing was restored.") from error
    ContentType.objects.clear_cache()
    return {"rows": sum(about["rows"].values()), "pictures": pictures}


def kept_models() -> list[type[models.Model]]:
    """Every model whose rows are in an archive."""
    return [
        model
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy and model._meta.label_lower not in NOT_KEPT
    ]


def _migrations() -> dict[str, str]:
    """The last migration of each app. Raises NoArchive when one is not applied."""
    loader = MigrationLoader(connection)
    last = dict(loader.graph.leaf_nodes())
    if any(node not in loader.applied_migrations for node in last.items()):
        raise NoArchive("The database has migrations that are not applied yet: run manage.py migrate first.")
    return last


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file beside `path`, for its owner alone, that takes the place of `path` once it is whole."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as draft:
        try:
            yield draft
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, path)
        except BaseException:
            os.unlink(draft.name)
            raise


@contextmanager
def _one_view() -> Iterator[None]:
    """See the database as it is at one moment, and hold nobody up: `atomic` takes the lock of writers on SQLite."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" if connection.vendor == "postgresql" else "BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write_rows(archive: ZipFile) -> Counts:
    counts: Counts = {}
    with archive.open(ROWS, "w", force_zip64=True) as member, TextIOWrapper(member, "utf-8", newline="\n") as stream:
        for model in kept_models():
            rows = _counted(model._base_manager.order_by("pk").iterator(CHUNK), model._meta.label_lower, counts)
            serializers.serialize("jsonl", rows, stream=stream, cls=_Exactly)
    return counts


def _counted[T](rows: Iterator[T], label: str, counts: Counts) -> Iterator[T]:
    counts[label] = 0
    for row in rows:
        counts[label] += 1
        yield row


def _write_documents(archive: ZipFile) -> int:
    entries = EditionEntry.objects.order_by("pk").values_list("kind", "identity", "revision__text")
    written = 0
    for kind, identity, text in entries.iterator(CHUNK):
        archive.writestr(f"{DOCUMENTS}{file_name(kind, identity)}", text)
        written += 1
    return written


def _write_pictures(archive: ZipFile) -> int:
    names = [path for path in sorted(_picture_folder().glob("*.webp")) if re.fullmatch(NAME, path.name)]
    for path in names:
        archive.write(path, f"{PICTURES}{path.name}", compress_type=ZIP_STORED)
    return len(names)


def _picture_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "pictures"


def _about(archive: ZipFile) -> dict[str, Any]:
    try:
        with archive.open(ABOUT) as member:
            about = json.loads(member.read(LONGEST_ABOUT))
        number, migrations, rows = about["format"], about["migrations"], about["rows"]
        if not all(isinstance(count, int) for count in rows.values()):
            raise TypeError
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError, RecursionError):
        raise NoArchive(f"{archive.filename} is no backup of this site: {ABOUT} is missing or damaged.") from None
    if number != FORMAT:
        raise NoArchive(
            f"{archive.filename} has format {number}, and this version of the site reads format {FORMAT}:"
            " restore it with the version that wrote it, then upgrade."
        )
    if migrations != (here := _migrations()):
        apart = sorted(app for app in {*migrations, *here} if migrations.get(app) != here.get(app))
        raise NoArchive(
            f"{archive.filename} was written by another version of the site (its tables differ in {', '.join(apart)}):"
            " restore it with the version that wrote it, then upgrade."
        )
    return dict(about)


def _check_members(members: list[ZipInfo]) -> None:
    """Raise NoArchive for what no backup holds, and for what would fill the disk."""
    for name, times in Counter(member.filename for member in members).items():
        if times > 1 or not _MEMBER.fullmatch(name):
            raise NoArchive(f"The archive holds {name!r}, or holds it twice, as no backup does: nothing was restored.")
    if any(member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members):
        raise NoArchive("The archive is encrypted or packed as no backup is: nothing was restored.")
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    size, free = sum(member.file_size for member in members), shutil.disk_usage(folder).free
    if size > free:
        raise NoArchive(f"The archive unpacks to {size:,} bytes, and the disk has {free:,} left: free some first.")


def _check_empty() -> None:
    for model in kept_models():
        if model._meta.label_lower not in MADE_BY_MIGRATE and model._base_manager.exists():
            raise NoArchive(
                f"The database is not empty (it holds {model._meta.verbose_name_plural}), and nothing in it is"
                " overwritten: make a new one, run manage.py migrate, and restore into that."
            )


def _load_rows(archive: ZipFile, expected: Counts) -> None:
    Group.objects.all().delete()
    ContentType.objects.all().delete()  # and the permissions with them
    wanted = {model._meta.label_lower: model for model in kept_models()}
    counts = Counter[str]()
    with archive.open(ROWS) as member:
        for number, line in enumerate(_lines(member), start=1):
            try:
                (row,) = serializers.deserialize("jsonl", [line])
                label = row.object._meta.label_lower
                if label not in wanted:
                    raise ValueError(f"{label} is not part of a backup")
                counts[label] += 1
                row.save(force_insert=True)
            except (DeserializationError, ValidationError, DatabaseError, ValueError, TypeError) as error:
                reason = error.__cause__ or error
                raise NoArchive(f"Line {number} of {ROWS} does not fit: {reason} Nothing was restored.") from error
    if counts != Counter(expected):
        raise NoArchive(f"{ROWS} is not whole: some rows are missing, or too many. Nothing was restored.")
    try:
        connection.check_constraints()
    except DatabaseError as error:
        raise NoArchive(f"The rows do not fit together: {error} Nothing was restored.") from error
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(wanted.values())):
            cursor.execute(statement)


def _lines(member: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream, none of which may fill the memory."""
    while line := member.readline(LONGEST_ROW):
        if not line.endswith(b"\n"):
            raise NoArchive(f"{ROWS} is damaged: it has a line that does not end. Nothing was restored.")
        yield line


def _load_pictures(archive: ZipFile) -> int:
    """Unpack beside where pictures are, and move them there once all are whole."""
    members = [member for member in archive.infolist() if member.filename.startswith(PICTURES)]
    folder = _picture_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="restoring-") as aside:
        unpacked = []
        for member in members:
            unpacked.append(Path(aside) / member.filename.removeprefix(PICTURES))
            with archive.open(member) as source, unpacked[-1].open("wb") as target:
                shutil.copyfileobj(source, target)
        for path in unpacked:
            path.replace(folder / path.name)
    return len(members)
