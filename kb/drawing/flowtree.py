"""A flow as a tree: what its drawing and its nested list have in common.

Every node stands once, under one of its parents; where another answer leads to it too, there is a connector
instead. A depth-first search picks the parents: at each node it first follows the answer from which most of
the nodes not yet taken can be reached. That one goes straight on, the others branch off before it. For a
flow of n nodes without cycles it follows that

- a branch is never larger than what goes straight on, so nothing is more than log2(n) + 1 levels deep;
- the places are a topological order (the search's postorder, reversed), so every connector points forward.

Drafts may be unsound: then a connector may point back (a cycle) or nowhere, and what no path reaches comes
last.
"""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from kb.flow import Flow, Node, title_of

NOWHERE = "Leads nowhere"
UNREACHED = "No path leads here"
DEEPEST = 30
"""Levels of the nested list; a draft may go deeper than a browser should nest and a template can."""


@dataclass(frozen=True)
class Label:
    """The words for one node."""

    title: str
    note: str = ""


@dataclass(frozen=True)
class Way:
    """All options of `source` that lead to `target`, in one. In a draft, `target` may be no node."""

    source: str
    target: str
    labels: tuple[str, ...]

    @property
    def answer(self) -> str:
        return " · ".join(label for label in self.labels if label)


@dataclass(frozen=True)
class Place:
    """Where the node `key` stands, or a connector to it. Roots have no `way`; level 0 is the outermost."""

    key: str
    level: int
    way: Way | None = None
    is_connector: bool = False


@dataclass(frozen=True)
class Item:
    """A node with the items it leads to; or, `is_elsewhere`, the mention of one that has its own item."""

    key: str
    answer: str
    label: Label
    href: str
    items: tuple["Item", ...] = ()
    is_here: bool = False
    is_elsewhere: bool = False
    is_unreached: bool = False


@dataclass(frozen=True)
class Graph:
    """The ways on from each node, in the order of its options. In a draft, `start` may be no node."""

    start: str
    ways: Mapping[str, tuple[Way, ...]]

    def targets(self, key: str) -> list[str]:
        return [way.target for way in self.ways[key] if way.target in self.ways]

    def reach(self, key: str, taken: Container[str] = ()) -> set[str]:
        """The node `key` and all that can be reached from it past none that are taken."""
        seen = {key}
        waiting = [key]
        while waiting:
            new = {target for target in self.targets(waiting.pop()) if target not in taken} - seen
            seen |= new
            waiting += new
        return seen

    @cached_property
    def unreached(self) -> frozenset[str]:
        """Keys of the nodes that no path leads to; none without a start, since then that is the fault."""
        return frozenset(self.ways) - self.reach(self.start) if self.start in self.ways else frozenset()


@dataclass(frozen=True)
class _Search:
    """What the search finds: each node's parent, roots having none, and its target that goes straight on."""

    parents: dict[str, str | None] = field(default_factory=dict)
    straight: dict[str, str] = field(default_factory=dict)


def graph(flow: Flow) -> Graph:
    """The whole flow."""
    return Graph(flow.start, {key: ways(node) for key, node in flow.by_key.items()})


def around(flow: Flow, trail: Sequence[str]) -> Graph:
    """A walk that has passed the nodes of `trail`, and the answers between which it now stands."""
    whole = graph(flow).ways
    ways = {here: tuple(way for way in whole[here] if way.target == after) for here, after in pairwise(trail)}
    ways |= {here: whole[here] for here in trail[-1:]}
    return Graph(next(iter(trail), ""), {way.target: () for here in trail[-1:] for way in whole[here]} | ways)


def places(graph: Graph) -> tuple[Place, ...]:
    """Every node and every connector, in reading order: a node comes before what it leads to."""
    search = _Search()
    for root in _entries(graph):
        _take(graph, root, search)
    roots = [key for key, parent in search.parents.items() if parent is None]
    # The search takes the start, then strays from last to first, so that connectors between them lead onward.
    first = roots[:1] if graph.start in graph.ways else []
    waiting = [Place(key, 0) for key in [*roots[len(first) :], *first]]
    found = []
    while waiting:
        place = waiting.pop()
        found.append(place)
        if not place.is_connector:
            waiting += reversed(_after(graph, place, search))
    return tuple(found)


def ways(node: Node) -> tuple[Way, ...]:
    """A label that is still empty gives way to its key."""
    labels: defaultdict[str, list[str]] = defaultdict(list)
    for option in node.options:
        labels[option.to].append(option.label.strip() or option.key)
    return tuple(Way(node.key, target, tuple(texts)) for target, texts in labels.items())


def _after(graph: Graph, place: Place, search: _Search) -> list[Place]:
    straight = search.straight.get(place.key)
    return [
        Place(
            way.target,
            place.level if way.target == straight else place.level + 1,
            way,
            is_connector=search.parents.get(way.target) != place.key,
        )
        for way in sorted(graph.ways[place.key], key=lambda way: way.target == straight)
    ]


def _entries(graph: Graph) -> list[str]:
    """Keys from which the search takes all: the start, strays that nothing leads to, any others."""
    start = [graph.start] if graph.start in graph.ways else []
    reached = {key for root in start for key in graph.reach(root)}
    strays = [key for key in reversed([*graph.ways]) if key not in reached]
    led_to = {target for key in strays for target in graph.targets(key)}
    return [*start, *(key for key in strays if key not in led_to), *strays]


def _take(graph: Graph, root: str, search: _Search) -> None:
    waiting: list[tuple[str, str | None]] = [(root, None)]
    while waiting:
        key, parent = waiting.pop()
        if key in search.parents:
            continue
        search.parents[key] = parent
        targets = graph.targets(key)
        sizes = {target: len(graph.reach(target, search.parents)) for target in targets if target not in search.parents}
        # Of the largest the last, which keeps the order of the options.
        straight = max(reversed(sizes), key=sizes.__getitem__, default=None)
        if straight is not None:
            search.straight[key] = straight
        # The one that is put in last is followed first.
        waiting += [(target, key) for target in sorted(targets, key=lambda target: target == straight)]


def outline(
    flow: Flow, *, labels: Mapping[str, Label], href: Mapping[str, str], trail: Sequence[str] = ()
) -> tuple[Item, ...]:
    """Nest the places: one item for the start, then one for each point at which unreached nodes begin.

    `trail` holds the keys of a walk's nodes, the present one last. Without an address, an item is no link.
    """
    whole = graph(flow)
    depths: dict[str, int] = {}
    items: defaultdict[str | None, list[Item]] = defaultdict(list)
    found = places(whole)
    for place in found:
        if not place.is_connector:
            depths[place.key] = (depths[place.way.source] + 1) % DEEPEST if place.way else 0
    for place in reversed(found):
        source = place.way.source if place.way else None
        mention = Item(
            place.key,
            place.way.answer if place.way else "",
            label_of(flow, place.key, labels),
            href.get(place.key, ""),
            is_elsewhere=True,
        )
        full = replace(
            mention,
            items=tuple(reversed(items[place.key])),
            is_here=place.key in trail[-1:],
            is_elsewhere=False,
            is_unreached=place.key in whole.unreached,
        )
        is_too_deep = source is not None and not place.is_connector and not depths[place.key]
        items[source].append(mention if place.is_connector or is_too_deep else full)
        if is_too_deep:
            items[None].append(replace(full, answer=""))
    return tuple(reversed(items[None]))


def label_of(flow: Flow, key: str, labels: Mapping[str, Label]) -> Label:
    """The label that was given; without one, or with a blank one, the node's own words."""
    if key not in flow.by_key:
        return Label(f"{NOWHERE}: there is no “{key}”" if key else NOWHERE)
    label = labels.get(key, Label(""))
    return label if label.title.strip() else Label(title_of(flow.by_key[key]) or key, label.note)
