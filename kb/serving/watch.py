"""Which edition the site is at, known without asking the database in a reader's way.

In a server process three threads stand beside the requests. One asks the database all the time where it is, puts live
what is due and reads a new edition. One keeps a copy of it on disk, which takes a while where there are thousands of
articles. The third sees to it that nobody waits for a database that says nothing: after some seconds it cuts this
process off from it, so that whatever waits fails and its sender can be told. Readers are served the last edition
meanwhile.

Without these threads (in commands, in tests, under DEBUG) the database is asked each time.
"""

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakSet

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.utils import timezone

from kb.contents import Contents, read_contents, read_mark
from kb.edition import CurrentEdition, edition_of, texts_of
from kb.entry import Entry
from kb.models import EditionEntry
from kb.scheduling import current_at, release_due
from kb.serving.build import build
from kb.serving.shelf import Shelf, ShelfUnusable

log = logging.getLogger(__name__)

EVERY = 0.7  # seconds between an answer and the next question: a new edition is seen within a second
PATIENCE = 3.0  # seconds that the database has to say where it is
PATIENCE_TO_READ = 60.0  # seconds that it has to hand over a whole edition
ERRANDS_KEPT = 1_000


class Watch:
    """What this process knows of the edition and of the database, and the threads that keep it so."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._edition: CurrentEdition | None = None
        self._down_since: float | None = None
        self._deadline: float | None = None
        self._has_tried = threading.Event()
        self._has_news = threading.Event()
        self._errands: deque[Callable[[], object]] = deque(maxlen=ERRANDS_KEPT)

    def start(self) -> None:
        for task in (self._ask_forever, self._keep_forever, self._keep_time):
            threading.Thread(target=task, name=f"watch{task.__name__}", daemon=True).start()

    @property
    def edition(self) -> CurrentEdition | None:
        """The newest edition that is known; only right after the start this waits, at most `PATIENCE`."""
        self._has_tried.wait(PATIENCE + 1)
        return self._edition

    @property
    def down_for(self) -> float | None:
        """Since how many seconds the database has not answered; None while it does."""
        since = self._down_since
        return None if since is None else time.monotonic() - since

    def _ask_forever(self) -> None:
        connection_created.connect(_remember, dispatch_uid=_remember)
        while True:
            try:
                close_old_connections()
                self._ask()
                self._run_errands()
            except (DatabaseError, InterfaceError) as error:
                self._note_down(str(error))
            except Exception:
                log.exception("The edition could not be read; readers get the last one")
            else:
                self._note_up()
            self._has_tried.set()
            time.sleep(EVERY)

    def _ask(self) -> None:
        with self._within(PATIENCE):
            mark = read_mark()
        if mark.next_due_at is not None and mark.next_due_at <= (now := timezone.now()):
            with self._within(PATIENCE_TO_READ):
                release_due(now)
                mark = read_mark()
        if self._edition is not None and mark.is_of(self._edition):
            return
        with self._within(PATIENCE_TO_READ):
            here = self._edition.contents if self._edition else self._shelf.contents()
            contents = here if here is not None and mark.is_of(here) else read_contents(mark, here)
            self._edition = edition_of(contents, self._texts_of)
        self._has_news.set()

    def do(self, errand: Callable[[], object]) -> None:
        """Run an errand soon after, or never where the database goes away or this process ends before."""
        self._errands.append(errand)

    def _run_errands(self) -> None:
        while self._errands:
            errand = self._errands.popleft()
            with self._within(PATIENCE):
                _run(errand)

    def _keep_forever(self) -> None:
        while True:
            self._has_news.wait()
            self._has_news.clear()
            edition = self._edition
            try:
                if edition is not None and edition.contents is not None:
                    self._keep(edition.contents)
            except (OperationalError, InterfaceError):  # the thread that asks says so
                self._has_news.set()
                time.sleep(EVERY)
            except Exception:
                log.exception("The copy of the edition for when the database is away was not kept")
            finally:
                connection.close()  # it may be long until the next publish

    def _keep(self, contents: Contents) -> None:
        try:
            self._shelf.keep(contents, _texts_by_digest)
        except ShelfUnusable as error:
            log.warning("The copy of the edition for when the database is away was not kept: %s", error)

    def _texts_of(self, entries: Collection[Entry]) -> dict[str, str]:
        kept = self._shelf.texts([entry.digest for entry in entries])
        missing = [entry for entry in entries if entry.digest not in kept]
        return kept | texts_of(missing) if missing else kept

    def _note_down(self, why: str) -> None:
        self._count_as_down(why)
        if self._edition is None and (contents := self._shelf.contents()) is not None:
            with suppress(KeyError, TypeError, ValueError):  # not of this version of the code
                self._edition = edition_of(contents, self._texts_of)
        connection.close()

    def _count_as_down(self, why: str) -> None:
        if self._down_since is None:
            self._down_since = time.monotonic()
            log.error("The database does not answer; readers are served the last edition: %s", why)

    def _note_up(self) -> None:
        if self._down_since is not None:
            log.warning("The database answers again, after %.0f seconds", self.down_for)
            self._down_since = None

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = None

    def _keep_time(self) -> None:
        while True:
            time.sleep(0.2)
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self._deadline = None
                self._count_as_down("it accepts questions and says nothing")
                _cut_off()


def _texts_by_digest(digests: Collection[str]) -> Iterator[tuple[str, str]]:
    return EditionEntry.objects.filter(digest__in=digests).values_list("digest", "revision__text").iterator()


_connections: WeakSet[Any] = WeakSet()
_connections_lock = threading.Lock()


def _remember(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "postgresql":
        with _connections_lock:
            _connections.add(connection.connection)


def _cut_off() -> None:
    """Shut the lines of this process to a PostgreSQL that says nothing: what waits for it fails instead of hanging."""
    with _connections_lock:
        lines = list(_connections)
    for line in lines:
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(line.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)


_watch: Watch | None = None


def start() -> None:
    """Begin to watch, in this process and in those that it forks."""
    global _watch
    _watch = Watch(Shelf(settings.EDITION_COPY, format=build()))
    _watch.start()
    os.register_at_fork(after_in_child=_watch.start)


def beside(errand: Callable[[], object]) -> None:
    """Run what only counts something, where no reader waits for it: at once only in processes without a watch."""
    if _watch is not None:
        _watch.do(errand)
        return
    with suppress(OperationalError, InterfaceError):
        _run(errand)


def _run(errand: Callable[[], object]) -> None:
    """Raises OperationalError or InterfaceError where the database is away; any other fault is the errand's own."""
    try:
        errand()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("Something was not counted")


def edition_for(request: HttpRequest) -> CurrentEdition:
    """The edition to answer with. Whoever may be signed in gets the very newest, to see at once what was published.

    Raises OperationalError where none has ever been read and the database is away.
    """
    if _watch is None:
        return current_at(timezone.now())
    if settings.SESSION_COOKIE_NAME in request.COOKIES and _watch.down_for is None:
        with suppress(DatabaseError, InterfaceError):
            return current_at(timezone.now())
    if (edition := _watch.edition) is None:
        raise OperationalError("The database is away, and there is no copy of an edition yet.")
    return edition


def stamp_of(edition: CurrentEdition) -> str:
    """What tells one edition from all others."""
    return f"{edition.number}-{edition.stamp}"


def stamp() -> str | None:
    """The stamp of the edition that this process serves; None while it watches none."""
    edition = _watch.edition if _watch else None
    return stamp_of(edition) if edition else None


def database_down_for() -> float | None:
    """Since how many seconds the database has not answered; None while it does, or while nobody watches it."""
    return _watch.down_for if _watch else None
