"""The copy of the edition on disk, and what is left of it after accidents."""

import resource
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from typing import override

import pytest

from kb.contents import Contents, read_contents, read_mark
from kb.document import digest, dump
from kb.edition import edition_of
from kb.serving.shelf import Shelf, ShelfUnusable
from tests.factories import an_error, publish_document

FORMAT = "1"


def contents_of(*digests: str, number: int = 1) -> Contents:
    return Contents(number, "stamp", entries=tuple({"digest": digest} for digest in digests))


def shelved(*documents: str) -> dict[str, str]:
    return {digest(an_error(code)): dump(an_error(code)) for code in documents}


class Texts:
    """Where texts come from; notes what was asked for."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.asked: list[set[str]] = []

    def __call__(self, digests: Collection[str]) -> Iterable[tuple[str, str]]:
        self.asked.append(set(digests))
        return [(digest, self.texts[digest]) for digest in digests]


class SlowTexts(Texts):
    """Says when it is asked, and answers when it is let."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(texts)
        self.is_asked, self.may_answer = Event(), Event()

    @override
    def __call__(self, digests: Collection[str]) -> Iterable[tuple[str, str]]:
        self.is_asked.set()
        assert self.may_answer.wait(10)
        return super().__call__(digests)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "below" / "edition.sqlite3", format=FORMAT)


def test_an_empty_shelf_has_nothing(shelf: Shelf) -> None:
    assert shelf.contents() is None
    assert shelf.texts(["0" * 32]) == {}
    assert not shelf.holds(1, "stamp")


def test_what_is_kept_is_found_again_by_another_process(shelf: Shelf, tmp_path: Path) -> None:
    texts = shelved("700")

    shelf.keep(contents_of(*texts), Texts(texts))

    other = Shelf(tmp_path / "below" / "edition.sqlite3", format=FORMAT)
    assert other.holds(1, "stamp")
    assert (found := other.contents()) is not None
    assert list(found.entries) == list(contents_of(*texts).entries)
    assert other.texts([*texts]) == texts


def test_the_next_edition_fetches_what_is_new_and_drops_what_is_gone(shelf: Shelf) -> None:
    texts = shelved("700", "710", "720")
    old, kept, new = texts
    source = Texts(texts)
    shelf.keep(contents_of(old, kept), source)

    shelf.keep(contents_of(kept, new, number=2), source)

    assert source.asked == [{old, kept}, {new}]
    assert shelf.texts([old]) == {}
    assert shelf.holds(2, "stamp")


def test_of_two_processes_with_the_same_edition_one_keeps_it(shelf: Shelf, tmp_path: Path) -> None:
    texts = shelved("700")
    first, second = SlowTexts(texts), SlowTexts(texts)
    with ThreadPoolExecutor() as threads:
        keeping = threads.submit(shelf.keep, contents_of(*texts), first)
        assert first.is_asked.wait(10)
        other = Shelf(tmp_path / "below" / "edition.sqlite3", format=FORMAT)
        keeping_too = threads.submit(other.keep, contents_of(*texts), second)
        assert not second.is_asked.wait(0.2)
        first.may_answer.set()
        keeping.result()
        keeping_too.result()

    assert not second.asked
    assert other.texts([*texts]) == texts


def test_a_copy_of_another_version_of_the_code_counts_as_none(shelf: Shelf, tmp_path: Path) -> None:
    shelf.keep(contents_of(), Texts({}))

    other = Shelf(tmp_path / "below" / "edition.sqlite3", format="2")

    assert other.contents() is None
    assert not other.holds(1, "stamp")


@pytest.mark.parametrize("rubbish", [b"", b"rubbish" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_copy_is_none_and_is_made_anew(shelf: Shelf, tmp_path: Path, rubbish: bytes) -> None:
    texts = shelved("700")
    shelf.keep(contents_of(*texts), Texts(texts))
    (tmp_path / "below" / "edition.sqlite3").write_bytes(rubbish)
    (name,) = texts

    assert shelf.contents() is None
    assert shelf.texts([name]) == {}
    shelf.keep(contents_of(*texts), Texts(texts))
    assert shelf.texts([name]) == texts


def test_a_text_that_was_tampered_with_is_not_read(shelf: Shelf) -> None:
    texts = shelved("700")
    (name,) = texts

    shelf.keep(contents_of(name), Texts({name: "Another text"}))

    assert shelf.texts([name]) == {}


def test_contents_that_were_tampered_with_are_not_read(shelf: Shelf, tmp_path: Path) -> None:
    shelf.keep(contents_of("a" * 32), Texts({"a" * 32: "A text"}))

    with closing(sqlite3.connect(tmp_path / "below" / "edition.sqlite3")) as file, file:
        file.execute("UPDATE edition SET contents = replace(contents, 'aaaa', 'bbbb')")

    assert shelf.contents() is None


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ShelfUnusable):
        Shelf(tmp_path / "file" / "edition.sqlite3", format=FORMAT).keep(contents_of(), Texts({}))


def test_a_full_disk_leaves_the_copy_before_as_it_was(shelf: Shelf, tmp_path: Path) -> None:
    texts = shelved("700")
    (name,) = texts
    shelf.keep(contents_of(name), Texts(texts))

    with no_room_beyond((tmp_path / "below" / "edition.sqlite3").stat().st_size), pytest.raises(ShelfUnusable):
        shelf.keep(contents_of("x" * 100_000, number=2), Texts({"x" * 100_000: "x"}))

    assert shelf.holds(1, "stamp")
    assert shelf.texts([name]) == texts


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow longer, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.django_db
def test_the_site_read_from_the_shelf_is_the_site(shelf: Shelf, empty_site: None) -> None:
    first, second = an_error("700", aliases=("old-700",)), an_error("710")
    publish_document(first)
    publish_document(second)
    contents = read_contents(read_mark())
    texts = {digest(document): dump(document) for document in (first, second)}
    shelf.keep(contents, Texts(texts))
    from_database = edition_of(contents)

    kept = shelf.contents()

    assert kept is not None
    from_shelf = edition_of(kept, lambda entries: shelf.texts([entry.digest for entry in entries]))
    assert from_shelf.entries == from_database.entries
    assert from_shelf.identities == from_database.identities
    assert from_shelf.changes == from_database.changes
    assert from_shelf.document("700") == from_database.document("700")
