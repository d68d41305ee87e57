"""A copy of the edition on this machine's disk, so that readers are served while the database is away.

One SQLite file for all processes of a machine. It holds the contents of one edition, and documents by the digest of
their text, so that nothing in it can be taken for something else. It is only ever a copy: a damaged one is thrown away,
and where none can be written the site goes on without.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import batched
from pathlib import Path

from kb.contents import Contents
from kb.serving.turns import Busy, my_turn

_TABLES = """
    CREATE TABLE IF NOT EXISTS edition
        (only INTEGER PRIMARY KEY CHECK (only = 1), format TEXT, number INTEGER, stamp TEXT, contents TEXT);
    CREATE TABLE IF NOT EXISTS document (digest TEXT PRIMARY KEY, text TEXT);
"""
_PATIENCE = 2  # seconds that one process waits for another
_PATIENCE_TO_KEEP = 10 * 60.0  # seconds; the other one keeps the same edition, or soon the next
_PATIENCE_OF_A_READER = 0.1  # seconds; the database has the text too
_DOCUMENTS_AT_ONCE = 200  # in one transaction, so that nobody who reads waits for all ten thousand

type Texts = Callable[[Collection[str]], Iterable[tuple[str, str]]]


class ShelfUnusable(Exception):
    """The copy can't be read or written; the message says why."""


class Shelf:
    """The copy in one file. `format` names the shape of what is kept: a copy of another format counts as none."""

    def __init__(self, path: Path, *, format: str) -> None:
        self._path = path
        self._format = format

    def keep(self, contents: Contents, texts: Texts) -> None:
        """Put an edition in the place of the one before, unless it is here already.

        `texts` gives digests and texts of the documents that are asked of it. Raises ShelfUnusable.
        """
        if self.holds(contents.number, contents.stamp):
            return
        try:
            with my_turn(self._path.with_suffix(".lock"), _PATIENCE_TO_KEEP):
                if not self.holds(contents.number, contents.stamp):
                    self._keep_or_mend(contents, texts)
        except (Busy, OSError) as error:
            raise ShelfUnusable(str(error)) from error

    def _keep_or_mend(self, contents: Contents, texts: Texts) -> None:
        try:
            self._keep(contents, texts)
        except sqlite3.OperationalError as error:  # a full disk, no rights, another process: not the copy's fault
            raise ShelfUnusable(str(error)) from error
        except sqlite3.DatabaseError:
            self._throw_away()
            try:
                self._keep(contents, texts)
            except sqlite3.DatabaseError as error:
                raise ShelfUnusable(str(error)) from error

    def contents(self) -> Contents | None:
        """The edition that is kept, if there is one, whole and of this format."""
        try:
            with closing(self._open_to_read()) as shelf:
                row = shelf.execute("SELECT contents FROM edition WHERE format = ?", [self._format]).fetchone()
            seal, _, text = row[0].partition(" ") if row else ("", "", "")
            return Contents(**json.loads(text)) if seal == _digest(text) else None
        except (sqlite3.DatabaseError, ValueError, TypeError):
            return None

    def holds(self, number: int, stamp: str) -> bool:
        """Whether this edition is kept already."""
        try:
            with closing(self._open_to_read()) as shelf:
                kept = shelf.execute("SELECT format, number, stamp FROM edition").fetchone()
        except sqlite3.DatabaseError:
            return False
        return bool(kept == (self._format, number, stamp))

    def texts(self, digests: Sequence[str]) -> dict[str, str]:
        """The documents with these digests, by digest: those that are here and whole."""
        query = "SELECT digest, text FROM document WHERE digest IN (SELECT value FROM json_each(?))"
        try:
            with closing(self._open_to_read(_PATIENCE_OF_A_READER)) as shelf:
                rows = shelf.execute(query, [json.dumps(digests)]).fetchall()
        except sqlite3.DatabaseError:
            return {}
        return {digest: text for digest, text in rows if _digest(text) == digest}

    def _keep(self, contents: Contents, texts: Texts) -> None:
        # A rollback journal and not WAL: a copy in WAL can't be opened where the disk is read-only.
        with closing(sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)) as shelf:
            shelf.executescript(_TABLES)
            wanted = {entry["digest"] for entry in contents.entries}
            here = {digest for (digest,) in shelf.execute("SELECT digest FROM document")}
            for some in batched(sorted(wanted - here), _DOCUMENTS_AT_ONCE):
                fetched = list(texts(some))
                with _transaction(shelf):
                    shelf.executemany("INSERT OR REPLACE INTO document VALUES (?, ?)", fetched)
            with _transaction(shelf):
                shelf.executemany("DELETE FROM document WHERE digest = ?", [(digest,) for digest in here - wanted])
                text = json.dumps(vars(contents), ensure_ascii=False)
                row = [self._format, contents.number, contents.stamp, f"{_digest(text)} {text}"]
                shelf.execute("INSERT OR REPLACE INTO edition VALUES (1, ?, ?, ?, ?)", row)

    def _open_to_read(self, patience: float = _PATIENCE) -> sqlite3.Connection:
        return sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=patience)

    def _throw_away(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)


@contextmanager
def _transaction(shelf: sqlite3.Connection) -> Iterator[None]:
    shelf.execute("BEGIN IMMEDIATE")
    with shelf:
        yield


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
