"""Keeping this node's search index in step with the edition.

Whoever searches finds out that the edition has moved on, and takes in what is new. A few articles are taken in on the
spot; for many, as on a node that starts with an empty folder, a thread does it while searches make do with what there
is. One process at a time changes the folder, and all of them read it. Where the folder can't be written, as on a full
disk, each process holds an index of its own in memory until it starts anew.

Documents are read from where the edition has them, so an index that is lost while the database is away is made anew all
the same.
"""

import logging
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from hashlib import blake2b
from importlib.metadata import version
from itertools import batched
from pathlib import Path
from threading import Lock, Thread

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from kb import plaintext
from kb.contents import read_mark
from kb.document import Document, parse
from kb.edition import CurrentEdition, current
from kb.entry import Entry
from kb.finding import language, passages, searchindex
from kb.finding.indexreader import IndexReader
from kb.finding.searchindex import Damaged, SearchIndex
from kb.problems import DocumentInvalid
from kb.serving.turns import Busy, my_turn
from kb.serving.watch import database_down_for

log = logging.getLogger(__name__)

A_FEW = 100
"""As many new articles a search takes in before it answers: about a second's work."""
BATCH = 500
"""After so many articles the work is put on the disk, so that a crash does not undo all of it."""
PATIENCE = 2.0
"""Seconds to wait for another process that changes the folder."""
PATIENCE_OF_A_SEARCH = 0.3
PATIENCE_BESIDE = 60 * 60.0
"""The same for a search, for which a reader waits, and for the thread, for which nobody does."""
BUSY_FOR = 1.0
"""Seconds in which searches make do with what there is, rather than wait for that process again."""
RETRY = 10.0
"""Seconds before something that failed is tried again."""
LEFT_BEHIND = 24 * 60 * 60.0
"""Seconds without a change after which the index of another version of the code is deleted."""
AT_ONCE = 50
_FOLDER = re.compile(r"[0-9a-f]{12}(\.new|\.old)?")

type Watch = Callable[[Sequence[Entry]], Iterable[Entry]]
"""Passes articles on, and may tell somebody how far it has come."""


def in_step(edition: CurrentEdition) -> IndexReader | None:
    """The index of `edition`, or as much of it as there is by now; None while there is none."""
    return _node(settings.SEARCH_ROOT).reader(edition)


def doubt() -> None:
    """Have the index looked over before it is used again, because it failed."""
    _node(settings.SEARCH_ROOT).close()


def stamp_on_disk() -> str | None:
    """Which edition the index on this node's disk is of: empty while it is being made, None where there is none.

    Raises Damaged or OSError. Changes nothing.
    """
    folder = settings.SEARCH_ROOT / _form()
    return SearchIndex(folder).reader.stamp if (folder / "meta.json").exists() else None


def rebuild(watch: Watch = iter) -> int:
    """Make the index anew beside the present one, and let it take that one's place. Deletes all others.

    Returns how many articles it holds. Raises Busy, Damaged or OSError.
    """
    return _node(settings.SEARCH_ROOT).rebuild(watch)


@cache
def _node(root: Path) -> "_Node":
    return _Node(root)


@cache
def _form() -> str:
    """The name of the folder: other code that shapes an index makes another one."""
    digest = blake2b(version("tantivy").encode(), digest_size=6)
    for module in (language, passages, plaintext, searchindex):
        digest.update(Path(module.__file__ or "").read_bytes())
    return digest.hexdigest()


class _Node:
    """The index as this process has it open."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = root / _form()
        self._index: SearchIndex | None = None
        self._turn = Lock()
        self._helper: Thread | None = None
        self._not_before = 0.0

    def close(self) -> None:
        self._index = None

    def reader(self, edition: CurrentEdition) -> IndexReader | None:
        index = self._index
        if (index is None or index.reader.stamp != edition.stamp) and time.monotonic() >= self._not_before:
            self._see_through(partial(self._catch_up, edition))
            index = self._index
        return index.reader if index else None

    def rebuild(self, watch: Watch) -> int:
        with self._my_turn(PATIENCE, self._folder):
            fresh = self._folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            edition = current()
            entries = list(edition.entries.values())
            SearchIndex(fresh).change(add=_documents(edition, watch(entries)), stamp=edition.stamp)
            if self._folder.exists():
                self._take_away()
            fresh.rename(self._folder)
            self._clear_away(older_than=0)
        self.close()
        return len(entries)

    def _see_through(self, work: Callable[[], None]) -> None:
        """Do what needs the index. Where the one on the disk fails, look it over, and if need be go on in memory."""
        try:
            try:
                work()
            except Damaged:
                self.close()
                work()
        except Busy:  # whoever is at work does the same; a search after it sees what came of it
            self._not_before = time.monotonic() + BUSY_FOR
        except (DatabaseError, InterfaceError):
            self._wait()
        except (Damaged, OSError):
            index = self._index
            if index is not None and index.folder is None:
                self._wait()
            else:
                log.exception("The search index in %s can't be written; this process holds one in memory", self._folder)
                self._index = SearchIndex(None)
                self._see_through(work)

    def _wait(self) -> None:
        self._not_before = time.monotonic() + RETRY
        log.exception("The search index can't follow the edition; it tries again in %d seconds", RETRY)

    def _catch_up(self, edition: CurrentEdition) -> None:
        index = self._opened()
        index.reload()
        if index.reader.stamp == edition.stamp or (self._helper is not None and self._helper.is_alive()):
            return
        if len(_changes(index, edition)[1]) > A_FEW:
            self._helper = Thread(target=self._help, args=[edition], name="search-index", daemon=True)
            self._helper.start()
        else:
            self._bring_up_to(edition, PATIENCE_OF_A_SEARCH)

    def _help(self, edition: CurrentEdition) -> None:
        """Do the same beside the answering of requests."""
        try:
            self._see_through(partial(self._bring_up_to, edition, PATIENCE_BESIDE))
        finally:
            connections.close_all()

    def _bring_up_to(self, edition: CurrentEdition, patience: float) -> None:
        index = self._opened()
        with self._my_turn(patience, index.folder):
            index.reload()
            if index.reader.stamp == edition.stamp or _is_overtaken(edition):
                return
            gone, missing = _changes(index, edition)
            *early, last = [*batched(missing, BATCH)] or [()]
            for batch in early:
                index.change(add=_documents(edition, batch))
            index.change(remove=gone, add=_documents(edition, last), stamp=edition.stamp)
            if index.folder is not None:
                self._clear_away(older_than=LEFT_BEHIND)

    def _opened(self) -> SearchIndex:
        """The index; an empty one where there is none, or one that is damaged."""
        if self._index is None:
            self._index = self._open()
        return self._index

    def _open(self) -> SearchIndex:
        try:
            return SearchIndex(self._folder)
        except Damaged as first:
            with self._my_turn(PATIENCE, self._folder):
                try:  # what was met may have been another process's change, or is mended by now
                    return SearchIndex(self._folder)
                except Damaged:
                    log.warning("The search index in %s is damaged (%s) and is made anew", self._folder, first)
                    self._take_away()
                    return SearchIndex(self._folder)

    def _take_away(self) -> None:
        """Delete the index, all at once for other processes: one may be opening it, and put files back into it."""
        stale = self._folder.with_suffix(".old")
        shutil.rmtree(stale, ignore_errors=True)
        self._folder.rename(stale)
        shutil.rmtree(stale, ignore_errors=True)

    def _clear_away(self, *, older_than: float) -> None:
        """Delete the indexes of other versions of the code that nobody has changed for so many seconds."""
        for folder in self._root.iterdir():
            is_an_index = _FOLDER.fullmatch(folder.name) is not None and folder.is_dir()
            if is_an_index and folder != self._folder and time.time() - folder.stat().st_mtime >= older_than:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _my_turn(self, patience: float, folder: Path | None) -> Iterator[None]:
        """Be the only one to change an index, among threads, and among processes where it has a folder. Raises Busy."""
        until = time.monotonic() + patience
        if not self._turn.acquire(timeout=patience):
            raise Busy
        try:
            if folder is None:
                yield
                return
            with my_turn(self._root / "lock", until - time.monotonic()):
                yield
        finally:
            self._turn.release()


def _is_overtaken(edition: CurrentEdition) -> bool:
    """Whether the site is at another edition by now, to which another process may have brought the index already."""
    if database_down_for() is not None:
        return False
    try:
        return not read_mark().is_of(edition)
    except (DatabaseError, InterfaceError):
        return False


def _changes(index: SearchIndex, edition: CurrentEdition) -> tuple[frozenset[str], list[Entry]]:
    """The digests that the index should hold no more, and the articles that it should hold and does not."""
    held = index.reader.digests
    entries = edition.entries.values()
    return held - {entry.digest for entry in entries}, [entry for entry in entries if entry.digest not in held]


def _documents(edition: CurrentEdition, entries: Iterable[Entry]) -> Iterator[tuple[str, Document]]:
    for some in batched(entries, AT_ONCE):
        texts = edition.texts(some)
        for entry in some:
            try:
                yield entry.digest, parse(texts[entry.digest])
            except (KeyError, DocumentInvalid):  # `manage.py check` names it; the others can be found all the same
                log.exception("Revision %s can't be read, and so can't be found", entry.revision_id)
