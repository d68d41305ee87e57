"""Files that somebody hands in, as texts: checked, unpacked and decoded. Pure, and nothing is written to a disk."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

LARGEST_TEXT = 1_000_000  # bytes
LARGEST_TOTAL = 8_000_000  # bytes, of everything in one zip
MOST_FILES = 100  # in one go: written in one transaction, at some tenth of a second each

_TEXT_SUFFIXES = (".txt", ".md")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1


class FilesRefused(ValueError):
    """Files that can’t be taken. `reasons` holds a sentence for each fault; nothing of them is used."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("\n".join(reasons))


@dataclass(frozen=True)
class TextFile:
    """A file by its name, and what it says."""

    name: str
    text: str

    @property
    def is_document(self) -> bool:
        """Whether it is one of our documents; anything else is in the layout of the model article."""
        return self.name.lower().endswith(".md")


def unpack(name: str, content: bytes) -> list[TextFile]:
    """The texts in a file: itself, or all files of a zip. Raises FilesRefused."""
    if name.lower().endswith(".zip"):
        return _from_zip(name, content)
    return [decode(name, content)]


def decode(name: str, content: bytes) -> TextFile:
    """The text of one file. Raises FilesRefused for what is too big, or is no UTF-8 text."""
    if not name.lower().endswith(_TEXT_SUFFIXES):
        raise FilesRefused([f"“{name}” is neither a .txt, an .md nor a .zip file. Save it as plain text first."])
    if len(content) > LARGEST_TEXT:
        raise FilesRefused([too_big(name, len(content))])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FilesRefused([f"“{name}” is text in UTF-16. Save it again with the encoding UTF-8."])
    if b"\x00" in content:
        raise FilesRefused([f"“{name}” is not text, but a binary file."])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"“{name}” is not UTF-8 text (line {line}). Save it again with the encoding UTF-8."
        raise FilesRefused([message]) from None
    if not text.strip():
        raise FilesRefused([f"“{name}” is empty."])
    return TextFile(name, text)


def too_big(name: str, size: int, most: int = LARGEST_TEXT) -> str:
    return f"“{name}” has {size / 1e6:.1f} MB; {most / 1e6:.0f} MB is the most."


def _from_zip(name: str, content: bytes) -> list[TextFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = [entry for entry in packed.infolist() if not _is_litter(entry)]
            if reasons := [f"“{name}”: {reason}" for reason in _refusals(entries)]:
                raise FilesRefused(reasons)
            return [_read(name, packed, entry) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        if isinstance(error, FilesRefused):
            raise
        raise FilesRefused([f"“{name}” is damaged, or no zip file. Pack it again."]) from None


def _is_litter(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what systems put into a zip without being asked."""
    path = PurePosixPath(entry.filename)
    is_named_so = path.name.startswith("._") or path.name in {".DS_Store", "Thumbs.db", "desktop.ini"}
    return entry.is_dir() or "__MACOSX" in path.parts or is_named_so


def _refusals(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    """Everything that can be known before unpacking."""
    if not entries:
        yield "holds no files."
    if len(entries) > MOST_FILES:
        yield f"holds {len(entries):,} files; {MOST_FILES} is the most."
        return
    if sum(entry.file_size for entry in entries) > LARGEST_TOTAL:
        yield f"unpacks to more than {LARGEST_TOTAL / 1e6:.0f} MB."
    for entry in entries:
        file = entry.filename
        parts = PurePosixPath(file).parts
        if file.startswith("/") or ".." in parts or "\\" in file or ":" in file or not file.isprintable():
            shown = "".join(sign if sign.isprintable() else "�" for sign in file[:80])
            yield f"“{shown}” is no plain file name. Rename it and pack again."
        elif entry.flag_bits & _ENCRYPTED:
            yield f"“{file}” is encrypted. Pack it without a password."
        elif file.lower().endswith(".zip"):
            yield f"“{file}” is a zip within the zip. Unpack that one first."
        elif entry.compress_type not in _METHODS:
            yield f"“{file}” is packed in an unusual way. Pack it as an ordinary zip."
        elif entry.file_size > LARGEST_TEXT:
            yield too_big(file, entry.file_size)


def _read(archive: str, packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> TextFile:
    """One file; what it says of its own size is not trusted."""
    with packed.open(entry) as file:
        content = file.read(LARGEST_TEXT + 1)
    try:
        return decode(entry.filename, content)
    except FilesRefused as refused:
        raise FilesRefused([f"“{archive}”: {reason}" for reason in refused.reasons]) from None
