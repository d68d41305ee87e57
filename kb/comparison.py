"""Two texts side by side, line beside line, with the words marked in which they differ. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

CONTEXT = 2
"""Unchanged lines that stay visible beside a changed one."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_WORD = re.compile(r"\w+")
_ALIKE = 0.4  # share of common words from which two lines count as two versions of one
_MOST_PAIRS = 900  # pairs of changed lines that are tried against each other; beyond that they stand as they come
_MOST_WORDS = 3_000  # words of a line by which its other version is looked for


@dataclass(frozen=True)
class Piece:
    """Some words of a line."""

    text: str
    is_changed: bool = False


type Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Row:
    """Two lines beside each other, None where the other text has nothing; or `folded` lines that are the same."""

    left: Line | None = None
    right: Line | None = None
    folded: int = 0

    @property
    def is_changed(self) -> bool:
        return not self.folded and self.left != self.right


def side_by_side(left: str, right: str, *, context: int = CONTEXT) -> tuple[Row, ...]:
    """Both texts line by line; stretches that are the same are folded, up to `context` lines beside a change."""
    return tuple(_folded(list(_rows(_lines(left), _lines(right))), context))


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _rows(lefts: Sequence[str], rights: Sequence[str]) -> Iterator[Row]:
    for tag, i, i_end, j, j_end in SequenceMatcher(None, lefts, rights).get_opcodes():
        if tag == "equal":
            yield from (Row(_whole(line), _whole(line)) for line in lefts[i:i_end])
        else:
            yield from _aligned(lefts[i:i_end], rights[j:j_end])


def _aligned(lefts: Sequence[str], rights: Sequence[str]) -> Iterator[Row]:
    """Put changed lines opposite their other versions: the two most alike first, then what is above and below them."""
    best = _most_alike(lefts, rights)
    if best is None:
        for left, right in zip_longest(lefts, rights):
            yield Row(_whole(left, is_changed=True), _whole(right, is_changed=True))
        return
    i, j = best
    yield from _aligned(lefts[:i], rights[:j])
    yield _marked(lefts[i], rights[j])
    yield from _aligned(lefts[i + 1 :], rights[j + 1 :])


def _most_alike(lefts: Sequence[str], rights: Sequence[str]) -> tuple[int, int] | None:
    if len(lefts) * len(rights) > _MOST_PAIRS:
        return None
    found, highest = None, _ALIKE
    words = [_WORD.findall(line)[:_MOST_WORDS] for line in lefts]
    for j, right in enumerate(rights):
        matcher = SequenceMatcher(None, b=_WORD.findall(right)[:_MOST_WORDS])
        for i, of_left in enumerate(words):
            matcher.set_seq1(of_left)
            if matcher.real_quick_ratio() > highest and matcher.quick_ratio() > highest and matcher.ratio() > highest:
                found, highest = (i, j), matcher.ratio()
    return found


def _marked(left: str, right: str) -> Row:
    """Two versions of one line, their differing words marked."""
    before, after = _TOKEN.findall(left), _TOKEN.findall(right)
    lefts: list[Piece] = []
    rights: list[Piece] = []
    for tag, i, i_end, j, j_end in SequenceMatcher(None, before, after).get_opcodes():
        _append(lefts, before[i:i_end], is_changed=tag != "equal")
        _append(rights, after[j:j_end], is_changed=tag != "equal")
    return Row(tuple(lefts), tuple(rights))


def _append(pieces: list[Piece], tokens: Sequence[str], *, is_changed: bool) -> None:
    if tokens:
        pieces.append(Piece("".join(tokens), is_changed))


def _whole(line: str | None, *, is_changed: bool = False) -> Line | None:
    return None if line is None else (Piece(line, is_changed),)


def _folded(rows: Sequence[Row], context: int) -> Iterator[Row]:
    changed = [at for at, row in enumerate(rows) if row.is_changed]
    shown = {near for at in changed for near in range(at - context, at + context + 1)}
    hidden: list[Row] = []
    for at, row in enumerate(rows):
        if at not in shown:
            hidden.append(row)
            continue
        yield from _fold(hidden)
        hidden.clear()
        yield row
    yield from _fold(hidden)


def _fold(rows: Sequence[Row]) -> Iterator[Row]:
    """One row for several; a single line is as short as the note that it was folded."""
    if len(rows) == 1:
        yield rows[0]
    elif rows:
        yield Row(folded=len(rows))
