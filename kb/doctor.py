"""What can be wrong with an installation, each as a sentence that says what to do. Nothing is changed."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import run_checks
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q
from django.utils import timezone

from kb.contents import read_mark
from kb.finding import indexing
from kb.finding.searchindex import Damaged
from kb.models import Edition, EditionEntry, Picture, Scheduled
from kb.pictures import Stored

LITTLE_SPACE = 500_000_000  # bytes
CLOCKS_APART = 10  # seconds
PICTURES_NAMED = 3
BEHIND = timedelta(days=1)
"""How long the search index may lag behind the edition: the next search takes in what is new."""

type Check = Callable[[], Iterator[str]]


def examine() -> Iterator[tuple[str, list[str]]]:
    """Yield what was looked at with what is wrong there; without a database, what needs one is not looked at."""
    for name, check in WITHOUT_DATABASE.items():
        yield name, list(check())
    faults = list(database())
    yield "database", faults
    if not faults:
        for name, check in WITH_DATABASE.items():
            yield name, list(check())


def deployment() -> Iterator[str]:
    """What Django itself finds, and our own checks of the published articles."""
    for found in run_checks(include_deployment_checks=True):
        if not found.is_silenced():
            yield f"{found.msg} {found.hint or ''}".strip()


def https() -> Iterator[str]:
    site = urlsplit(settings.SITE_URL)
    if site.scheme == "http" and site.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield (
            f"SITE_URL is {settings.SITE_URL}, so passwords and cookies travel unprotected:"
            " put a proxy with TLS in front, and set SITE_URL to its https address."
        )
    if site.scheme == "https" and settings.SECURE_PROXY_SSL_HEADER is None:
        yield (
            "SITE_URL is an https address, but TRUST_PROXY_HEADERS is not True: behind a proxy that ends TLS every page"
            " redirects to itself for ever. Let the proxy set X-Forwarded-Proto, and set TRUST_PROXY_HEADERS=True."
        )


def static_files() -> Iterator[str]:
    """Every static file of this version has to be collected; without DEBUG a page fails on one that is not."""
    collected = getattr(staticfiles_storage, "hashed_files", None)  # by a storage with a manifest
    names = {name for finder in finders.get_finders() for name, _ in finder.list([])}
    if collected is not None and (missing := sorted(names - collected.keys())):
        yield (
            f"{len(missing)} static files are not collected in {settings.STATIC_ROOT}, such as {missing[0]}:"
            " run manage.py collectstatic --noinput."
        )


def folders() -> Iterator[str]:
    """Whether there is a place to write to, and room in it."""
    wanted = {
        "MEDIA_ROOT": Path(settings.MEDIA_ROOT),
        "SEARCH_ROOT": settings.SEARCH_ROOT,
        "EDITION_COPY": settings.EDITION_COPY.parent,
    }
    if connection.vendor == "sqlite" and (file := Path(connection.settings_dict["NAME"])).is_file():
        wanted["DATABASE_URL"] = file.parent  # beside its file, SQLite keeps others
    for name, folder in wanted.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            yield f"{folder} ({name}) can’t be written to: {error.strerror}. Make it the property of {_account()}."
            continue
        if (free := shutil.disk_usage(folder).free) < LITTLE_SPACE:
            yield f"Only {free // 1_000_000} MB are left on the disk of {folder} ({name}): free some space."


def _account() -> str:
    return f"the account that runs the site (now the one with the number {os.geteuid()})"


def database() -> Iterator[str]:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError) as error:
        yield f"The database can’t be reached; check that it runs and that DATABASE_URL is right. It says: {error}"
        return
    if missing:
        yield f"{len(missing)} migrations are not applied, such as {missing[0][0]}: run manage.py migrate."


def clock() -> Iterator[str]:
    """A wrong clock publishes at the wrong time, and turns away people who sign in."""
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs((cursor.fetchone()[0] - now).total_seconds())
        if apart > CLOCKS_APART:
            yield f"The clocks of this machine and of the database are {apart:.0f} seconds apart: set both by NTP."
    published_at = Edition.objects.values_list("published_at", flat=True).first()
    if published_at and (published_at - now).total_seconds() > CLOCKS_APART:
        yield f"The last publish was at {published_at:%Y-%m-%d %H:%M} UTC, which is to come: set the clock by NTP."


def edition() -> Iterator[str]:
    """What readers see, by the rules of today's code."""
    if not EditionEntry.objects.exists():
        yield "Nothing is published: sign in and publish, or run manage.py load_content fixtures, or restore a backup."
    for found in run_checks(tags=["database"], databases=["default"]):
        yield f"{found.msg} {found.hint or ''}".strip()


def search_index() -> Iterator[str]:
    """Searches make the index and mend it. What stays wrong is what they can't, or what nobody has searched for."""
    remedy = "Run manage.py rebuild_search."
    mark = read_mark()
    try:
        stamp = indexing.stamp_on_disk()
    except Damaged as error:
        yield f"The search index in {settings.SEARCH_ROOT} can’t be used: {error}. {remedy}"
        return
    except OSError as error:
        yield (
            f"The search index in {settings.SEARCH_ROOT} can’t be read: {error.strerror}. Make it the property of"
            f" {_account()}, or check the disk."
        )
        return
    if stamp is None:
        yield f"There is no search index in {settings.SEARCH_ROOT} yet, and the first searches have to wait. {remedy}"
    elif stamp != mark.stamp and mark.published_at and timezone.now() - mark.published_at > BEHIND:
        yield f"The search index in {settings.SEARCH_ROOT} is older than what is published. {remedy}"


def pictures() -> Iterator[str]:
    """A picture without its file is a hole in an article."""
    wanted = (Stored.at(picture.address) for picture in Picture.objects.order_by("pk").iterator())
    names = [size.name for picture in wanted if picture for size in (picture, picture.smaller) if size]
    folder = Path(settings.MEDIA_ROOT) / "pictures"
    if missing := [name for name in names if not (folder / name).is_file()]:
        yield (
            f"{len(missing)} files of pictures are missing from {folder}: {', '.join(missing[:PICTURES_NAMED])}"
            f"{', …' if len(missing) > PICTURES_NAMED else ''}. Copy them there from a backup, or check MEDIA_ROOT."
        )


def administrator() -> Iterator[str]:
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
    if not people.filter(Q(is_superuser=True) | Q(groups__name="Administrators")).exists():
        yield "Nobody can administer the site: run manage.py createsuperuser."


def scheduled() -> Iterator[str]:
    for refused in Scheduled.objects.exclude(refusal="").select_related("article"):
        yield f"“{refused.article}” was to go live but was refused: {refused.refusal}. Mend it and publish it anew."


WITHOUT_DATABASE: dict[str, Check] = {
    "deployment": deployment,
    "https": https,
    "static files": static_files,
    "folders": folders,
}
WITH_DATABASE: dict[str, Check] = {
    "clock": clock,
    "edition": edition,
    "search index": search_index,
    "pictures": pictures,
    "administrator": administrator,
    "scheduled articles": scheduled,
}
