"""The place in a text that shows best why it was found, with what matches marked. Pure."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kb.finding.language import COMMON, stem

LENGTH = 190
"""Characters of an excerpt, or a few less."""
RUN_UP = 50
"""Characters before the first match, at most."""

_WORD = re.compile(r"\w+")

type Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A stretch of an excerpt."""

    text: str
    is_match: bool = False


def excerpt(text: str, phrases: Collection[tuple[str, ...]]) -> tuple[Piece, ...]:
    """Cut out of `text`, in one line, where most different phrases (stems, see language) are; else its beginning."""
    line = " ".join(text.split())
    found = list(_matches(line, phrases))
    start, end = _window(line, found)
    pieces = _pieces(line, start, end, [span for span in found if start <= span[0] and span[1] <= end])
    return (*([Piece("… ")] if start else []), *pieces, *([Piece(" …")] if end < len(line) else []))


def _matches(line: str, phrases: Collection[tuple[str, ...]]) -> Iterator[Span]:
    """Where the phrases stand, from left to right; common words may stand between the words of a phrase."""
    starts = {phrase[0] for phrase in phrases}
    longest = max(map(len, phrases), default=0)
    initials = {said[0] for phrase in phrases for said in phrase}  # a stem begins as its word does
    words = [
        (stem(word) if word[0] in initials else "", match.span())
        for match in _WORD.finditer(line)
        if (word := match[0].lower()) not in COMMON
    ]
    at = 0
    while at < len(words):
        length = _length_at([said for said, _ in words[at : at + longest]], phrases) if words[at][0] in starts else 0
        if length:
            yield words[at][1][0], words[at + length - 1][1][1]
        at += length or 1


def _length_at(stems: list[str], phrases: Collection[tuple[str, ...]]) -> int:
    """The words of the longest phrase with which these stems begin."""
    return max((length for length in range(1, len(stems) + 1) if tuple(stems[:length]) in phrases), default=0)


def _window(line: str, found: list[Span]) -> Span:
    if len(line) <= LENGTH:
        return 0, len(line)
    starts = [_word_start(line, max(0, at - RUN_UP), at) for at, _ in found] or [0]
    start = max(starts, key=lambda start: (_variety(line, found, start), -start))
    end = min(len(line), start + LENGTH)
    return start, end if end == len(line) else max(line.rfind(" ", start, end), start + 1)


def _word_start(line: str, at: int, latest: int) -> int:
    """The beginning of the first word from `at` on."""
    if at == 0:
        return 0
    space = line.find(" ", at - 1, latest)
    return latest if space < 0 else space + 1


def _variety(line: str, found: list[Span], start: int) -> int:
    return len({line[at:end].lower() for at, end in found if start <= at and end <= start + LENGTH})


def _pieces(line: str, start: int, end: int, found: list[Span]) -> Iterator[Piece]:
    at = start
    for begin, finish in found:
        if begin > at:
            yield Piece(line[at:begin])
        yield Piece(line[begin:finish], is_match=True)
        at = finish
    if at < end:
        yield Piece(line[at:end])
