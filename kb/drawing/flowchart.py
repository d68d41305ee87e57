"""The drawing of a flow: a vertical line with stops, narrow enough for a phone.

What goes straight on in the tree of the flow stays on its parent's rail, and what branches off turns to the
right. A row holds nothing but its own text, and the rails that pass it are left of that, so no line crosses a
label.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from kb.drawing import flowtree, lettering
from kb.drawing.flowtree import Label, Place, Way
from kb.flow import Flow

WIDTH = 360
"""Units across: about the pixels of a phone, so that text comes out at its natural size."""

_RAIL = 20  # x of the first rail
_STEP = 44  # from rail to rail where there is room
_NARROWEST_STEP = 18
_TO_TEXT = 24  # from a rail to the text of its rows
_LEAST_TEXT = 200  # that the last rail should leave for text
_MARGIN = 5  # in a box, around its text
_GAP = 4  # between boxes
_PILL_SIDE = 11  # in a pill, beside its text
_BEND = 16  # radius


class Shape(StrEnum):
    """What a row shows on its rail: the four kinds of node, and the three ends of a connector."""

    QUESTION = "question"
    STEP = "step"
    OUTCOME = "outcome"
    JUMP = "jump"
    BELOW = "below"
    ABOVE = "above"
    NOWHERE = "nowhere"


class State(StrEnum):
    """Where a row or a line stands in a walk. What was passed has none; without a walk, nothing has."""

    NONE = ""
    HERE = "here"
    AHEAD = "ahead"


@dataclass(frozen=True)
class Line:
    """One line of text. `y` is its baseline; `x` is its left end, but in a pill its middle."""

    text: str
    x: int
    y: int


@dataclass(frozen=True)
class Pill:
    """The answer that leads to a row."""

    x: int
    y: int
    width: int
    height: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Box:
    """One row: the node `key`, or the connector from `source` to it. Its shape is at `stop_x`, `stop_y`."""

    key: str
    source: str
    shape: Shape
    x: int
    y: int
    width: int
    height: int
    stop_x: int
    stop_y: int
    pill: Pill | None
    title: tuple[Line, ...]
    note: tuple[Line, ...]
    is_unreached: bool = False

    @property
    def is_connector(self) -> bool:
        return self.shape in _ENDS

    @property
    def d(self) -> str:
        """The path of the shape."""
        return f"M{self.stop_x} {self.stop_y}{_OUTLINES[self.shape]}"


@dataclass(frozen=True)
class Edge:
    """All options of `source` that lead to `target`, as one line.

    It goes down the rail of the source at `x`, from where the edge before it turned off, to `end`; what turns
    off there has a `turn`. So no two lines lie on each other, which would make them look heavier.
    """

    source: str
    target: str
    labels: tuple[str, ...]
    x: int
    start: int
    end: int
    turn: str = ""

    @property
    def d(self) -> str:
        return f"M{self.x} {self.start}V{self.end}{self.turn}"


@dataclass(frozen=True)
class Row:
    """A box with its address, if it has one, and its state."""

    box: Box
    href: str
    state: State


@dataclass(frozen=True)
class Rail:
    """An edge or a part of it, as a path, with its state."""

    d: str
    state: State


@dataclass(frozen=True)
class Drawing:
    """What the template renders: a chart whose nodes are links, and in which a walk may be marked."""

    chart: "Chart"
    rails: tuple[Rail, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Chart:
    """A flow laid out: its nodes as `boxes`, and the edges that end in a connector also as `connectors`."""

    height: int
    boxes: tuple[Box, ...]
    connectors: tuple[Box, ...]
    edges: tuple[Edge, ...]
    is_mini: bool = False
    width: int = WIDTH

    @cached_property
    def rows(self) -> tuple[Box, ...]:
        """Boxes and connectors from top to bottom."""
        return tuple(sorted((*self.boxes, *self.connectors), key=lambda box: box.y))

    def linked(self, href: Mapping[str, str], trail: Sequence[str] = ()) -> Drawing:
        """Give each node its address, and mark a walk: `trail` holds its nodes, the present one last."""
        passed = {*pairwise(trail), *trail}

        def state(what: str | tuple[str, str]) -> State:
            if what in trail[-1:]:
                return State.HERE
            return State.AHEAD if trail and what not in passed else State.NONE

        rows = tuple(
            Row(box, href.get(box.key, ""), state((box.source, box.key) if box.is_connector else box.key))
            for box in self.rows
        )
        return Drawing(self, tuple(self._rails({edge: state((edge.source, edge.target)) for edge in self.edges})), rows)

    def _rails(self, states: Mapping[Edge, State]) -> Iterator[Rail]:
        """Split an edge where a walk came down its rail but did not turn off with it."""
        walked_to = {edge.source: edge.end for edge, state in states.items() if not state}
        for edge, state in states.items():
            if state and edge.turn and edge.end < walked_to.get(edge.source, 0):
                yield Rail(f"M{edge.x} {edge.start}V{edge.end}", State.NONE)
                yield Rail(f"M{edge.x} {edge.end}{edge.turn}", state)
            else:
                yield Rail(edge.d, state)


@dataclass(frozen=True)
class _Letters:
    """Sizes of letters and distances of baselines. Keep in step with `.flow` in the style sheet."""

    title: int
    title_leading: int
    pill: int
    pill_leading: int
    note: int = 13  # 0: no notes
    note_leading: int = 17


_FULL = _Letters(title=15, title_leading=19, pill=13, pill_leading=16)
_MINI = _Letters(title=18, title_leading=22, pill=16, pill_leading=19, note=0)

_ENDS = {Shape.BELOW, Shape.ABOVE, Shape.NOWHERE}
_OUTLINES = {
    Shape.QUESTION: "m-9 0a9 9 0 0 1 18 0a9 9 0 0 1-18 0z",
    Shape.STEP: "m0-11l11 11-11 11-11-11z",
    Shape.OUTCOME: "m-6-9h12q3 0 3 3v12q0 3-3 3h-12q-3 0-3-3v-12q0-3 3-3z",
    Shape.JUMP: "m-9-9h9l10 9-10 9h-9z",
    Shape.BELOW: "m-7-5h14l-7 10z",
    Shape.ABOVE: "m-7 5h14l-7-10z",
    Shape.NOWHERE: "m-6-6l12 12m0-12l-12 12",
}
_REACH = {
    Shape.QUESTION: 9,
    Shape.STEP: 10,
    Shape.OUTCOME: 8,
    Shape.JUMP: 7,
    Shape.BELOW: 3,
    Shape.ABOVE: 3,
    Shape.NOWHERE: 3,
}
"""How far from the middle of a shape a line ends."""


def draw(flow: Flow, *, labels: Mapping[str, Label], mini: bool = False, around: Sequence[str] = ()) -> Chart:
    """Lay the flow out.

    `mini` is for beside the text: larger letters, since it is shown smaller, and no notes. With `around`, the
    keys of the nodes of a walk, only this walk is drawn and the answers between which it now stands.
    """
    graph = flowtree.around(flow, around) if around else flowtree.graph(flow)
    places = flowtree.places(graph)
    levels = max((place.level for place in places), default=0) or 1
    step = max(_NARROWEST_STEP, min(_STEP, (WIDTH - _RAIL - _TO_TEXT - _LEAST_TEXT - _MARGIN) // levels))
    boxes: dict[str, Box] = {}
    connectors: list[Box] = []
    edges: list[Edge] = []
    ends: dict[str, int] = {}
    top = 0
    for place in places:
        shape = _shape(flow, place, boxes.keys())
        label = flowtree.label_of(flow, place.key, labels)
        is_unreached = shape not in _ENDS and place.key in graph.unreached
        box = _box(place, shape, label, _MINI if mini else _FULL, step=step, top=top, is_unreached=is_unreached)
        top += box.height + _GAP
        if place.way is not None:
            source = place.way.source
            edges.append(_edge(place.way, boxes[source], box, ends.get(source, 0), min(_BEND, step - 4)))
            ends[source] = edges[-1].end
        if box.is_connector:
            connectors.append(box)
        else:
            boxes[place.key] = box
    return Chart(max(0, top - _GAP), tuple(boxes.values()), tuple(connectors), tuple(edges), mini)


def _shape(flow: Flow, place: Place, above: Set[str]) -> Shape:
    if place.key not in flow.by_key:
        return Shape.NOWHERE
    if place.is_connector:
        return Shape.ABOVE if place.key in above else Shape.BELOW
    return Shape(flow.by_key[place.key].kind)


def _edge(way: Way, source: Box, target: Box, start: int, bend: int) -> Edge:
    """`start` is where the source's last edge turned off, 0 for its first."""
    start = start or source.stop_y + _REACH[source.shape]
    end, turn = target.stop_y - _REACH[target.shape], ""
    if source.stop_x != target.stop_x:
        end = target.stop_y - bend
        turn = f"q0 {bend} {bend} {bend}H{target.stop_x - _REACH[target.shape]}"
    return Edge(way.source, way.target, way.labels, source.stop_x, start, end, turn)


def _box(
    place: Place, shape: Shape, label: Label, letters: _Letters, *, step: int, top: int, is_unreached: bool
) -> Box:
    rail = _RAIL + place.level * step
    left = rail - min(_RAIL, step - 4) if place.level else 0
    pill = _pill(place, rail + _TO_TEXT, top + _MARGIN, letters)
    y = pill.y + pill.height + _MARGIN if pill else top + _MARGIN
    title = _write(label.title, rail + _TO_TEXT, y + letters.title, letters.title, letters.title_leading)
    bottom = title[-1].y
    notes: list[Line] = []
    if letters.note and shape not in _ENDS:
        for text in filter(None, (label.note, flowtree.UNREACHED if is_unreached else "")):
            notes += _write(text, title[0].x, bottom + letters.note_leading, letters.note, letters.note_leading)
            bottom = notes[-1].y
    return Box(
        key=place.key,
        source=place.way.source if place.way else "",
        shape=shape,
        x=left,
        y=top,
        width=WIDTH - left,
        height=bottom + letters.title // 3 + _MARGIN - top,
        stop_x=rail,
        stop_y=title[0].y - letters.title // 3,
        pill=pill,
        title=title,
        note=tuple(notes),
        is_unreached=is_unreached,
    )


def _pill(place: Place, x: int, y: int, letters: _Letters) -> Pill | None:
    if place.way is None:
        return None
    size, leading = letters.pill, letters.pill_leading
    texts = lettering.wrap(place.way.answer, size, WIDTH - _MARGIN - x - 2 * _PILL_SIDE)
    width = max(lettering.width(text, size) for text in texts) + 2 * _PILL_SIDE
    lines = (Line(text, x + width // 2, y + leading * (at + 1)) for at, text in enumerate(texts))
    return Pill(x, y, width, 6 + leading * len(texts), tuple(lines))


def _write(text: str, x: int, y: int, size: int, leading: int) -> tuple[Line, ...]:
    lines = lettering.wrap(text, size, WIDTH - _MARGIN - x)
    return tuple(Line(line, x, y + leading * at) for at, line in enumerate(lines))
