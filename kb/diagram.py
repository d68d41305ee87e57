"""The small picture in “what the error means”: stations in a row, and the link that is cut.

Written in one line: `QuickBooks / sync --request--> Bank gateway / says “500” --offline--x Bank core / database`.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

MAX_STATIONS = 3  # as many names as stand side by side on a phone
_LINK = re.compile(r"\s+--(?:(?![>x]\s)\s*(?P<label>[^-]{1,24}?)\s*--)?(?P<end>[>x])\s+")


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
    if len(name) > 16 or len(note) > 20:
        raise ValueError(f"“{text.strip()[:40]}” is too long: 16 characters for a station’s name, 20 for its note")
    return Station(name, note, label, is_cut)


@dataclass(frozen=True)
class Drawn:
    """A station at its place: in a picture 360 units wide, with `x` the middle of its stop."""

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
    """Spread the stations over the width of the picture."""
    gap = (308 - 52) // (len(stations) - 1)
    return tuple(Drawn(station, 52 + at * gap, 52 + max(at - 1, 0) * gap) for at, station in enumerate(stations))


def in_words(stations: tuple[Station, ...]) -> str:
    """The picture for people who don't see it."""
    sentences = [
        f"The link from {before.name} to {after.name} is cut."
        if after.is_cut
        else f"{before.name} reaches {after.name}."
        for before, after in pairwise(stations)
    ]
    return " ".join(sentences)
