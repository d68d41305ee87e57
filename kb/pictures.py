"""Pictures in prose (`![what it shows](/media/pictures/….webp)`), and what their names say. Pure.

A name says how large its picture is, and by that whether a smaller one is stored beside it. So a page can reserve the
room and offer both without asking anybody, and a document stays the same text wherever it is read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.document import Document, prose_of

FOLDER = "/media/pictures/"
NAME = r"[0-9a-f]{32}-[1-9][0-9]{0,3}x[1-9][0-9]{0,3}\.webp"
PICTURE = r"(?<!\\)!\[(?P<alternative>[^\[\]\n]*)\]\((?P<address>[^()\s]*)(?:[ ]+\"[^\"\n]*\")?\)"
SMALLER = 800
"""The width, in pixels, of the smaller one. What is not wider has none."""

_NAME = re.compile(r"(?P<stem>[0-9a-f]{32})-(?P<width>[1-9]\d{0,3})x(?P<height>[1-9]\d{0,3})\.webp", re.ASCII)
_ADDRESS = re.compile(re.escape(FOLDER) + rf"(?P<name>{NAME})")
_PICTURE = re.compile(PICTURE)
_CODE = re.compile(r"(?P<mark>`+)(?!`).+?(?<!`)(?P=mark)(?!`)", re.DOTALL)


@dataclass(frozen=True)
class Stored:
    """A picture that was uploaded here, as its name describes it; width and height in pixels."""

    stem: str
    width: int
    height: int

    @classmethod
    def at(cls, address: str) -> "Stored | None":
        """The picture at an address of this site; None for any other address."""
        match = _NAME.fullmatch(address.removeprefix(FOLDER)) if address.startswith(FOLDER) else None
        return cls(match["stem"], int(match["width"]), int(match["height"])) if match else None

    @property
    def name(self) -> str:
        return f"{self.stem}-{self.width}x{self.height}.webp"

    @property
    def address(self) -> str:
        return f"{FOLDER}{self.name}"

    @property
    def smaller(self) -> "Stored | None":
        """The same picture for narrow screens, where there is one."""
        if self.width <= SMALLER:
            return None
        return replace(self, width=SMALLER, height=max(1, round(self.height * SMALLER / self.width)))


@dataclass(frozen=True)
class Shown:
    """A picture as written in a text."""

    alternative: str
    address: str


def pictures_in(text: str) -> Iterator[Shown]:
    """The pictures of a Markdown text, in order; what stands in code is no picture."""
    for match in _PICTURE.finditer(_CODE.sub("", text)):
        yield Shown(match["alternative"].strip(), match["address"])


def pictures_of(document: Document) -> Iterator[tuple[str, Shown]]:
    """The pictures of a document, each with its field."""
    for field, text in prose_of(document):
        for shown in pictures_in(text):
            yield field, shown


def names_in(text: str) -> Iterator[str]:
    """The names of stored pictures that a text mentions anywhere, in code and comments too."""
    for match in _ADDRESS.finditer(text):
        yield match["name"]
