"""The walk: answers replayed over a flow. Pure; all state is in the address."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.flow import Flow, Jump, Node, Option, Question, Trail


@dataclass(frozen=True)
class Taken:
    """One decision of a walk."""

    node: Node
    option: Option


@dataclass(frozen=True)
class Walk:
    """How far the answers lead. `is_misled` means that the last node was answered with an option it does not have."""

    flow: Flow
    taken: tuple[Taken, ...]
    end: Node
    is_misled: bool = False

    @property
    def trail(self) -> Trail:
        return tuple((step.node.key, step.option.key) for step in self.taken)

    @property
    def visited(self) -> frozenset[str]:
        """Keys of all nodes on the way, the end included."""
        return frozenset({step.node.key for step in self.taken} | {self.end.key})

    def before(self, key: str) -> Trail:
        """The answers given before the node `key` was reached."""
        kept = []
        for node, option in self.trail:
            if node == key:
                break
            kept.append((node, option))
        return tuple(kept)

    def answering(self, key: str, option: str) -> "Walk":
        """The walk with one answer given or changed. Later answers stay as far as their questions are still asked."""
        return replay(self.flow, {**dict(self.trail), key: option})


def replay(flow: Flow, answers: Mapping[str, str]) -> Walk:
    """Follow `answers` (node key to option key) from the start until they give out. Order and surplus don't matter.

    Ends for every sound flow, since a sound flow has no cycles; an answer is used once even in an unsound one.
    """
    left = dict(answers)
    taken: list[Taken] = []
    node = flow.by_key[flow.start]
    while node.options and node.key in left:
        wanted = left.pop(node.key)
        option = next((option for option in node.options if option.key == wanted), None)
        if option is None or option.to not in flow.by_key:
            return Walk(flow, tuple(taken), node, is_misled=True)
        taken.append(Taken(node, option))
        node = flow.by_key[option.to]
    return Walk(flow, tuple(taken), node)


def settled(flow: Flow, seen: Mapping[str, str]) -> Trail:
    """The answers that need not be asked for, since what was seen settles them: from the start to the first that does.

    `seen` maps observations to “yes” or “no”. A jump is not taken: it leads away from the article.
    """
    answers: dict[str, str] = {}
    while isinstance(end := replay(flow, answers).end, Question) and end.observes in seen and end.key not in answers:
        answers[end.key] = seen[end.observes]
    walk = replay(flow, answers)
    return walk.trail[:-1] if isinstance(walk.end, Jump) else walk.trail
