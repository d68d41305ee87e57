"""The search index of one node: the passages of all articles, in a folder on its disk, or else in memory.

Any number of processes may read it at once; whoever changes it has to hold the lock on the folder (see indexing).
Others see a change as a whole or not at all, also after a crash. It can be made anew from the edition at any time.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from os import SEEK_END
from pathlib import Path
from struct import error as StructError
from struct import unpack

from tantivy import Document as IndexDocument
from tantivy import Index, Schema, SchemaBuilder

from kb.document import Document, Kind
from kb.finding.indexreader import STATE, IndexReader
from kb.finding.language import analyzer
from kb.finding.passages import Part, passages_of

WRITING = 30_000_000
"""Bytes of memory for a change."""

_META = "meta.json"
_SUFFIXES = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_FOOTER_MAGIC = 1337
_CHUNK = 1 << 20


class Damaged(Exception):
    """The folder holds something else than a whole index."""


@contextmanager
def faults_of_the_engine() -> Iterator[None]:
    """Take what goes wrong in the engine for damage. Its panics are no Exceptions, and it names no type for them."""
    try:
        yield
    except (ValueError, KeyError, TypeError, StructError, FileNotFoundError) as error:
        raise Damaged(str(error)) from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise Damaged(str(error)) from error


def key_of(identity: str) -> int:
    """A number for an article's identity, which the index finds faster than a text."""
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest()) >> 1


def _schema() -> Schema:
    return (
        SchemaBuilder()
        .add_text_field("digest", tokenizer_name="raw", index_option="basic")
        .add_integer_field("about", indexed=True, fast=True)
        .add_integer_field("part", fast=True)
        .add_text_field("heading", tokenizer_name="stemmed")
        .add_text_field("text", tokenizer_name="stemmed")
        .add_text_field("words", tokenizer_name="whole", index_option="basic")
        .add_bytes_field("shown", stored=True)
        .build()
    )


class SearchIndex:
    """The index in a folder, as its last change left it; `reload` shows later changes by other processes.

    Without a folder it is held in memory, for this process alone.
    """

    def __init__(self, folder: Path | None) -> None:
        """Open the index, or make an empty one. Raises Damaged or OSError."""
        self.folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        with faults_of_the_engine():
            if folder is not None:
                _verify(folder)
            self._index = Index(_schema(), None if folder is None else str(folder))
            self._index.config_reader("manual")
        self._index.register_tokenizer("stemmed", analyzer(stemmed=True))
        self._index.register_tokenizer("whole", analyzer(stemmed=False))
        self.reload()

    def reload(self) -> None:
        """Show what is on the disk now. Raises Damaged."""
        with faults_of_the_engine():
            self._index.reload()
            self.reader = IndexReader(self._index.searcher(), self._index.schema)

    def change(self, *, remove: Iterable[str] = (), add: Iterable[tuple[str, Document]] = (), stamp: str = "") -> None:
        """Take out the documents of these digests and put others in. With a `stamp`, that edition is complete now.

        Raises Damaged.
        """
        with faults_of_the_engine():
            writer = self._index.writer(WRITING, num_threads=1)
            try:
                for digest in (STATE, *remove):
                    writer.delete_documents_by_term("digest", digest)
                for digest, document in add:
                    for entry in _entries(digest, document):
                        writer.add_document(entry)
                if stamp:
                    writer.add_document(_entry(STATE, shown=stamp))
                writer.commit()
            finally:
                writer.wait_merging_threads()
        self.reload()


def _entries(digest: str, document: Document) -> Iterator[IndexDocument]:
    """What the index holds of a document. Nobody searches for the chooser, but it knows how readers put things."""
    passages = passages_of(document)
    yield _entry(digest, words=" ".join(f"{passage.heading} {passage.text}" for passage in passages))
    for passage in passages:
        if passage.part is Part.OF_ANOTHER:
            yield _entry(digest, about=key_of(passage.about), part=passage.part, text=passage.text)
        elif document.kind is not Kind.CHOOSER:
            shown = json.dumps([passage.anchor, passage.heading, passage.text], ensure_ascii=False)
            heading = " ".join([passage.heading, *(document.aliases if passage.part is Part.TOP else ())])
            yield _entry(
                digest,
                about=key_of(document.identity),
                part=passage.part,
                heading=heading,
                text=f"{heading}\n{heading}\n{passage.answers}\n{passage.text}",
                shown=shown,
            )


def _entry(digest: str, *, shown: str = "", **fields: str | int) -> IndexDocument:
    entry = IndexDocument(digest=digest, **fields)
    if shown:
        entry.add_bytes("shown", shown.encode())
    return entry


def _verify(folder: Path) -> None:
    """Compare the files of the index with the checksums at their ends. Raises ValueError or OSError.

    The engine maps files into memory and trusts them: one that was cut short would end the process.
    """
    if not (folder / _META).exists():
        return
    for segment in json.loads((folder / _META).read_text())["segments"]:
        name, deletes = segment["segment_id"].replace("-", ""), segment["deletes"]
        suffixes = [*_SUFFIXES, *([f"{deletes['opstamp']}.del"] if deletes else [])]
        for suffix in suffixes:
            _verify_file(folder / f"{name}.{suffix}")


def _verify_file(path: Path) -> None:
    """A file ends with its checksum as JSON, the length of that, and a magic number. Raises ValueError or OSError."""
    with path.open("rb") as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(0, size - 8))
        length, magic = unpack("<II", file.read())
        body = size - 8 - length
        if magic != _FOOTER_MAGIC or body < 0:
            raise ValueError(f"{path.name} has no end")
        file.seek(body)
        expected = json.loads(file.read(length))["crc"]
        file.seek(0)
        checksum = 0
        while chunk := file.read(min(_CHUNK, body - file.tell())):
            checksum = zlib.crc32(chunk, checksum)
    if checksum != expected:
        raise ValueError(f"{path.name} is not what was written")
