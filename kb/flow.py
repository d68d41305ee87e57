"""A flow: the graph of questions, repair steps and outcomes that triage walks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from kb.figures import ESTIMATE, Duration, Level

MAX_DECISIONS = 8
NOT_SURE = "not-sure"


class Disposition(StrEnum):
    """What kind of end an outcome is."""

    FIXED = "fixed"
    WAIT = "wait"
    SELF_FIX = "self_fix"
    CALL_BANK = "call_bank"
    CALL_INTUIT = "call_intuit"
    CALL_EXPERT = "call_expert"
    OTHER_ERROR = "other_error"


class Actor(StrEnum):
    """Who has to do something now."""

    YOU = "you"
    BANK = "bank"
    INTUIT = "intuit"
    EXPERT = "expert"


class Verdict(StrEnum):
    """The three answers to “did it work?”."""

    FIXED = "fixed"
    NOT_FIXED = "not-fixed"
    COULD_NOT = "could-not"


@dataclass(frozen=True)
class Option:
    """One answer of a question: the node it leads to is named by key."""

    key: str
    label: str
    to: str
    detail: str = ""


@dataclass(frozen=True)
class Question:
    """`guards` names the irreversible repair step for which this question is the hard stop.

    `observes` names the site's observation that the answers “yes” and “no” report; other answers say nothing of it.
    """

    kind: ClassVar[str] = "question"
    key: str
    text: str
    options: tuple[Option, ...]
    short: str = ""
    help: str = ""
    why: str = ""
    where: str = ""
    guards: str = ""
    observes: str = ""


@dataclass(frozen=True)
class Repair:
    """Points at one of the article's repair steps and asks whether it worked."""

    kind: ClassVar[str] = "step"
    key: str
    step: str
    fixed: str
    not_fixed: str
    could_not: str
    short: str = ""

    @property
    def options(self) -> tuple[Option, ...]:
        return (
            Option(Verdict.FIXED, "Yes, it worked", self.fixed, "The new transactions came in"),
            Option(Verdict.NOT_FIXED, "No, same error", self.not_fixed, "I did it and nothing changed"),
            Option(Verdict.COULD_NOT, "I couldn’t do it", self.could_not, "Something stood in the way"),
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An end of the walk. `costs` and `steps` name the article's own by key; no costs means free."""

    kind: ClassVar[str] = "outcome"
    key: str
    text: str
    disposition: Disposition
    who: Actor
    do_now: str
    data_risk: Level
    data_risk_text: str
    time: Duration | None = None
    time_source: str = ESTIMATE
    time_text: str = ""
    who_text: str = ""
    short: str = ""
    lead: str = ""
    costs: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    error: str = ""
    hard_stop: str = ""
    if_it_fails: str = ""
    options: ClassVar[tuple[Option, ...]] = ()


@dataclass(frozen=True)
class Answer:
    """An answer that a jump carries over: a node of the target's flow and the key of one of its options."""

    node: str
    option: str


@dataclass(frozen=True)
class Jump:
    """Carries on in another article's flow, past the questions that `answers` settle."""

    kind: ClassVar[str] = "jump"
    key: str
    to: str
    text: str
    short: str = ""
    answers: tuple[Answer, ...] = ()
    options: ClassVar[tuple[Option, ...]] = ()


type Node = Question | Repair | Outcome | Jump

type Trail = tuple[tuple[str, str], ...]
"""Answers in walking order: the key of a node and the key of the option taken there."""


@dataclass(frozen=True)
class Flow:
    """A directed acyclic graph of nodes, entered at `start`."""

    start: str
    nodes: tuple[Node, ...] = field(default=())

    @cached_property
    def by_key(self) -> dict[str, Node]:
        return {node.key: node for node in self.nodes}

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(node for node in self.nodes if isinstance(node, Outcome))

    @cached_property
    def jumps(self) -> tuple[Jump, ...]:
        return tuple(node for node in self.nodes if isinstance(node, Jump))

    def targets(self, key: str) -> tuple[str, ...]:
        """Keys of the nodes that the node's options lead to, each once, dangling ones left out."""
        options = self.by_key[key].options if key in self.by_key else ()
        return tuple(dict.fromkeys(option.to for option in options if option.to in self.by_key))

    def reachable(self, *, start: str = "", without: Collection[str] = ()) -> frozenset[str]:
        """Keys of all nodes that a path from `start` (or the flow's own) reaches without passing through `without`."""
        seen: set[str] = set()
        start = start or self.start
        waiting = [start] if start in self.by_key else []
        while waiting:
            key = waiting.pop()
            if key in seen or key in without:
                continue
            seen.add(key)
            waiting.extend(self.targets(key))
        return frozenset(seen)

    def cycle(self) -> list[str]:
        """The keys of one cycle in walking order, or an empty list."""
        done: set[str] = set()
        for root in self.by_key:
            path: list[str] = []
            stack = [(root, iter(self.targets(root)))] if root not in done else []
            path.extend(key for key, _ in stack)
            while stack:
                following = next((key for key in stack[-1][1] if key not in done), None)
                if following is None:
                    done.add(stack.pop()[0])
                    path.pop()
                elif following in path:
                    return path[path.index(following) :]
                else:
                    path.append(following)
                    stack.append((following, iter(self.targets(following))))
        return []

    def path(self, start: str, end: str) -> "Trail | None":
        """The answers of a shortest way from one node to another, or None when there is none."""
        ways: dict[str, Trail] = {start: ()}
        waiting = [start]
        for key in waiting:
            if key == end:
                return ways[key]
            for option in self.by_key[key].options if key in self.by_key else ():
                if option.to not in ways and option.to in self.by_key:
                    ways[option.to] = (*ways[key], (key, option.key))
                    waiting.append(option.to)
        return None

    def longest_path(self, start: str = "") -> list[str]:
        """The keys along a path with the most decisions, from `start` or the flow's. Only for flows without cycles."""
        best: dict[str, list[str]] = {}
        start = start or self.start
        waiting = [start] if start in self.by_key else []
        while waiting:
            ahead = [target for target in self.targets(waiting[-1]) if target not in best]
            if not ahead:
                key = waiting.pop()
                best[key] = [key, *max((best[target] for target in self.targets(key)), key=len, default=[])]
            waiting += ahead
        return best.get(start, [])


@dataclass(frozen=True)
class Surroundings:
    """What a flow may name in its article, by key; a step comes with whether it can't be undone.

    `titles` are those of the causes and steps, by the name of the list and the key.
    """

    causes: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    steps: Mapping[str, bool] = field(default_factory=dict)
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def step_titles(self) -> dict[str, str]:
        return {key: title for (part, key), title in self.titles.items() if part == "steps"}


def title_of(node: Node, steps: Mapping[str, str] | None = None) -> str:
    """The words that name a node to people; a repair step takes its article's title from `steps`."""
    if isinstance(node, Repair):
        return node.short or (steps or {}).get(node.step) or node.step or node.key
    return node.text or node.key
