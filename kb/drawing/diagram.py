"""The small picture in “what the error means”: stations in a row, and the link that is cut.

Written in one line: `QuickBooks / sync --request--> Bank gateway / says “500” --offline--x Bank core / database`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kb.drawing import lettering

MAX_STATIONS = 3  # as many names as stand side by side on a phone
WIDTH = 360
"""Units across: about the pixels of a phone, so that text comes out at its natural size."""
_NAME, _NOTE = 15, 13  # sizes of letters; labels are written like notes
_SPACE = 5
"""Between two texts. More on any screen, since letters are reckoned at their widest."""
_LEAST_MARGIN = 12  # around a stop
_LINK = re.compile(r"\s+--(?:(?![>x]\s)\s*(?P<label>[^-]+?)\s*--)?(?P<end>[>x])\s+")


@dataclass(frozen=True)
class Station:
    """One stop. `label` and `is_cut` describe the link that leads to it; the first station has none."""

    name: str
    note: str = ""
    label: str = ""
    is_cut: bool = False


def parse(text: str) -> tuple[Station, ...]:
    """Read the line. Raises ValueError with a sentence for editors."""
    pieces = _LINK.split(f"{text.strip()}")
    stations = [_station(pieces[0])]
    for label, end, name in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        stations.append(_station(name, label or "", is_cut=end == "x"))
    if not 2 <= len(stations) <= MAX_STATIONS:
        raise ValueError(f"the diagram needs two to {MAX_STATIONS} stations, joined by “-->” or “--x”")
    return tuple(stations)


def _station(text: str, label: str = "", *, is_cut: bool = False) -> Station:
    name, _, note = f" {text} ".partition(" / ")
    name, note = name.strip(), note.strip()
    if not name:
        raise ValueError("every station of the diagram needs a name")
    return Station(name, note, label, is_cut)


def fault_of(text: str) -> str:
    """Why a line can’t be drawn, in a sentence for editors; empty when it can."""
    try:
        stations = parse(text)
    except ValueError as error:
        return str(error)
    if _room(stations) <= WIDTH:
        return ""
    widest = max(map(_widest, stations), key=lambda text: _width(*text))[0]
    return f"the diagram’s words don’t fit side by side on a phone: shorten “{widest}”, or what stands beside it"


@dataclass(frozen=True)
class Drawn:
    """A station at its place: in a picture `WIDTH` units wide, with `x` the middle of its stop."""

    station: Station
    x: int
    line_from: int

    @property
    def middle(self) -> int:
        """The middle of the link that leads here."""
        return (self.line_from + self.x) // 2

    @property
    def cut_x(self) -> int:
        return self.middle - 8


def drawn(stations: tuple[Station, ...]) -> tuple[Drawn, ...]:
    """Spread the stations over the width of the picture, as evenly as their words allow.

    Words that don't fit are drawn over each other, as they were before `fault_of` refused them.
    """
    before, apart, after = _half(stations[0]), list(_distances(stations)), _half(stations[-1])
    if _room(stations) > WIDTH:
        before, apart, after = WIDTH // 7, [0] * len(apart), WIDTH // 7
    places = [before]
    for at in range(1, len(apart)):
        evenly = before + (WIDTH - after - before) * at // len(apart)
        places.append(max(min(evenly, WIDTH - after - sum(apart[at:])), places[-1] + apart[at - 1]))
    places.append(WIDTH - after)
    return tuple(map(Drawn, stations, places, [before, *places]))


def _room(stations: tuple[Station, ...]) -> int:
    """The least width in which no two texts touch, and none is cut off."""
    return _half(stations[0]) + sum(_distances(stations)) + _half(stations[-1])


def _distances(stations: tuple[Station, ...]) -> Iterator[int]:
    """How far apart each two stops are at least."""
    for one, other in pairwise(stations):
        names = _width(one.name, _NAME) + _width(other.name, _NAME)
        notes = _width(one.note, _NOTE) + _width(other.note, _NOTE)
        yield max(-(-names // 2), -(-notes // 2), _width(other.label, _NOTE), 2 * _LEAST_MARGIN) + _SPACE


def _half(station: Station) -> int:
    """From the middle of a station to its edge."""
    return max(-(-max(_width(station.name, _NAME), _width(station.note, _NOTE)) // 2), _LEAST_MARGIN)


def _widest(station: Station) -> tuple[str, int]:
    """Of its texts the one that takes most room, with the size of its letters."""
    texts = (station.name, _NAME), (station.note, _NOTE), (station.label, _NOTE)
    return max(texts, key=lambda text: _width(*text))


def _width(text: str, size: int) -> int:
    return lettering.width(text, size, is_bold=size == _NAME)


def in_words(stations: tuple[Station, ...]) -> str:
    """The picture for people who don't see it."""
    sentences = [
        f"The link from {before.name} to {after.name} is cut."
        if after.is_cut
        else f"{before.name} reaches {after.name}."
        for before, after in pairwise(stations)
    ]
    return " ".join(sentences)
