"""What one text yields while it is read: its findings, its links, and the words that found no place."""

import re
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date

from kb.soundness import ROOM
from kb.textimport.lines import LITTLE_WORDS, fit, words_of
from kb.textimport.links import Links
from kb.textimport.report import Notes, excerpt

_EMPTY = LITTLE_WORDS | {
    "any", "are", "be", "been", "can", "do", "does", "has", "have", "i", "our", "that", "their", "there", "these",
    "this", "was", "were", "will", "you",
}  # fmt: skip
_LONGEST_KEY = 40
_RESERVED = frozenset({"as", "map", "v"})


@dataclass
class Reading:
    """`code` is the error that the text is about, empty for a guide; `today` dates its prices and its review."""

    code: str
    today: date
    links: Links
    notes: Notes
    places: dict[str, int] = field(default_factory=dict)
    """The line that each field of the document was read from."""
    unplaced: list[tuple[int, str]] = field(default_factory=list)

    def leave(self, line: int, text: str, why: str = "") -> None:
        """Keep words that fit nowhere as prose, and say so."""
        if text.strip():
            self.unplaced.append((line, self.links.prose(text.strip(), line)))
            self.notes.kept(line, f"{excerpt(text)}{f' ({why})' if why else ''}")

    def fitted(self, text: str, part: str, name: str, line: int) -> str:
        """The text as far as the desk has room for it in this field; the rest is kept as prose."""
        text, rest = fit(text, ROOM[part][name])
        self.leave(
            line, rest, why=f"too long for “{name.replace('_', ' ')}”, which has room for {ROOM[part][name]} characters"
        )
        return text

    def fitted_prose(self, text: str, part: str, name: str, line: int) -> str:
        """The same for a field that may hold links; where they would take too much room, words stand instead."""
        text = self.fitted(text, part, name, line)
        linked = self.links.prose(text, line)
        return linked if len(linked) <= ROOM[part][name] else self.links.words(text, line)


def key_for(text: str, taken: Container[str], fallback: str) -> str:
    """A key made of the words that matter, at most 40 characters, unlike those that are taken."""
    words = [re.sub(r"[^a-z0-9]", "", word) for word in words_of(text.replace("’", "").replace("'", ""))]
    telling = [word for word in words if word and word not in _EMPTY] or [word for word in words if word]
    key = ""
    for word in telling:
        longer = f"{key}-{word}" if key else word[:_LONGEST_KEY]
        if len(longer) > _LONGEST_KEY - 4:
            break
        key = longer
    key = key or fallback
    candidate, number = key, 2
    while candidate in taken or candidate in _RESERVED:
        candidate, number = f"{key}-{number}", number + 1
    return candidate
