"""A flow: the graph of questions, repair steps and outcomes that triage walks, and the one function that lints it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from kb.figures import ESTIMATE, Duration, Level
from kb.problems import Gravity, Problem

MAX_DECISIONS = 8
MANY_OPTIONS = 5
MAX_OPTIONS = 26  # each has a letter in the code that is read over the phone
NOT_SURE = "not-sure"
RESERVED_KEYS = frozenset({"as", "map", "v"})


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
    """`guards` names the irreversible repair step for which this question is the hard stop."""

    kind: ClassVar[str] = "question"
    key: str
    text: str
    options: tuple[Option, ...]
    short: str = ""
    help: str = ""
    why: str = ""
    where: str = ""
    guards: str = ""


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
    """What a flow may name in its article, by key; a step comes with whether it can't be undone."""

    causes: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    steps: Mapping[str, bool] = field(default_factory=dict)


def title_of(node: Node, steps: Mapping[str, str] | None = None) -> str:
    """The words that name a node to people; a repair step takes its article's title from `steps`."""
    if isinstance(node, Repair):
        return node.short or (steps or {}).get(node.step) or node.step
    return node.text or node.key


def lint(flow: Flow, around: Surroundings, earlier: Sequence[Flow] = ()) -> list[Problem]:
    """Every fault of `flow` by itself; `earlier` are its published predecessors, newest first.

    Whether its links and jumps reach published content is checked where the site is known: kb.soundness.
    """
    problems = list(_lint_keys(flow))
    if not flow.nodes:
        return [*problems, Problem("flow.nodes", "the flow has no nodes")]
    if flow.start not in flow.by_key:
        problems.append(Problem("flow.start", f"the flow starts at “{flow.start}”, which is not one of its nodes"))
    for at, node in enumerate(flow.nodes):
        place = f"flow.nodes[{at}]"
        problems += _lint_options(flow, node, place)
        if isinstance(node, Outcome):
            problems += _lint_outcome(node, around, place)
        elif isinstance(node, Repair):
            problems += _lint_repair(node, around, place)
        elif isinstance(node, Question):
            problems += _lint_question(node, around, place)
        problems += _lint_meaning(node, earlier, place)
    cycle = flow.cycle()
    if cycle:
        names = " → ".join(f"“{title_of(flow.by_key[key])}”" for key in [*cycle, cycle[0]])
        problems.append(
            Problem(
                _place(flow, cycle[0]),
                f"the path goes round in a circle: {names}. To say “try later”, end in a wait outcome",
            )
        )
    problems += _lint_paths(flow, around, is_acyclic=not cycle)
    return problems


def _place(flow: Flow, key: str) -> str:
    return next((f"flow.nodes[{at}]" for at, node in enumerate(flow.nodes) if node.key == key), "flow")


def _lint_keys(flow: Flow) -> Iterator[Problem]:
    counts = Counter(node.key for node in flow.nodes)
    for at, node in enumerate(flow.nodes):
        name = title_of(node)
        if counts[node.key] > 1:
            yield Problem(f"flow.nodes[{at}].key", f"“{name}” has the key “{node.key}”, which another node has too")
        if node.key in RESERVED_KEYS:
            yield Problem(
                f"flow.nodes[{at}].key", f"“{node.key}” means something else in addresses; choose another key"
            )
        if not (node.step if isinstance(node, Repair) else node.text):
            yield Problem(f"flow.nodes[{at}].text", f"the node “{node.key}” has no text")


def _lint_options(flow: Flow, node: Node, place: str) -> Iterator[Problem]:
    name = title_of(node)
    for at, option in enumerate(node.options):
        where = f"{place}.options[{at}]" if isinstance(node, Question) else f"{place}.{option.key.replace('-', '_')}"
        if not option.to:
            yield Problem(where, f"the answer “{option.label}” to “{name}” leads nowhere")
        elif option.to not in flow.by_key:
            yield Problem(
                where, f"the answer “{option.label}” to “{name}” leads to “{option.to}”, which does not exist"
            )


def _lint_question(node: Question, around: Surroundings, place: str) -> Iterator[Problem]:
    name = node.text
    keys = [option.key for option in node.options]
    labels = [option.label.casefold() for option in node.options]
    if len(node.options) < 2:
        yield Problem(f"{place}.options", f"“{name}” needs at least two answers")
    if len(set(keys)) < len(keys):
        yield Problem(f"{place}.options", f"two answers to “{name}” have the same key")
    if len(set(labels)) < len(labels):
        yield Problem(f"{place}.options", f"two answers to “{name}” read the same")
    if len(node.options) >= 2 and len({option.to for option in node.options}) == 1:
        yield Problem(f"{place}.options", f"every answer to “{name}” leads to the same place, so it need not be asked")
    if NOT_SURE not in keys:
        yield Problem(f"{place}.options", f"“{name}” has no “I’m not sure” answer (key “{NOT_SURE}”)")
    if len(node.options) > MAX_OPTIONS:
        yield Problem(f"{place}.options", f"“{name}” has {len(node.options)} answers; {MAX_OPTIONS} is the most")
    elif len(node.options) > MANY_OPTIONS:
        message = f"“{name}” has {len(node.options)} answers; people choose badly from more than {MANY_OPTIONS}"
        yield Problem(f"{place}.options", message, Gravity.WARNING)
    if node.guards and node.guards not in around.steps:
        yield Problem(f"{place}.guards", f"“{name}” guards the step “{node.guards}”, which the article does not have")


def _lint_repair(node: Repair, around: Surroundings, place: str) -> Iterator[Problem]:
    if node.step not in around.steps:
        yield Problem(
            f"{place}.step",
            f"“{node.key}” points at the repair step “{node.step}”, which the article does not have",
        )


def _lint_outcome(node: Outcome, around: Surroundings, place: str) -> Iterator[Problem]:
    name = node.text
    required: dict[str, object] = {"do_now": node.do_now, "data_risk_text": node.data_risk_text}
    if node.disposition is not Disposition.FIXED:
        required |= {"time": node.time, "if_it_fails": node.if_it_fails}
    words = {
        "do_now": "what to do now",
        "data_risk_text": "what the data risk is",
        "time": "how long it takes",
        "if_it_fails": "what to do if that fails",
    }
    for part, held in required.items():
        if not held:
            yield Problem(f"{place}.{part}", f"the outcome “{name}” does not say {words[part]}")
    for part, keys, known in (
        ("costs", node.costs, around.costs),
        ("steps", node.steps, around.steps),
        ("causes", node.causes, around.causes),
    ):
        for key in keys:
            if key not in known:
                yield Problem(
                    f"{place}.{part}",
                    f"the outcome “{name}” names “{key}”, which is not among the article’s {part}",
                )
    if node.disposition is Disposition.OTHER_ERROR and not node.error:
        yield Problem(f"{place}.error", f"the outcome “{name}” sends people to another error without naming it")
    if around.causes and not node.causes and not node.error:
        yield Problem(f"{place}.causes", f"the outcome “{name}” names neither a cause nor another error")
    if node.time_source not in {ESTIMATE, *around.sources}:
        yield Problem(
            f"{place}.time_source",
            f"the outcome “{name}” names the source “{node.time_source}”, which the article does not list",
        )


def _lint_meaning(node: Node, earlier: Sequence[Flow], place: str) -> Iterator[Problem]:
    """Old links and reports rest on node keys, so a key that was published keeps what it stood for.

    Wording may change. What may not: the kind of node, and the step, article or disposition it stands for.
    """
    before = next((flow.by_key[node.key] for flow in earlier if node.key in flow.by_key), None)
    if before is not None and _meaning(before) != _meaning(node):
        yield Problem(
            f"{place}.key",
            f"the key “{node.key}” was published for “{title_of(before)}” and can’t stand for “{title_of(node)}”;"
            " give this node a new key",
        )


def _meaning(node: Node) -> tuple[str, str]:
    if isinstance(node, Repair):
        return node.kind, node.step
    if isinstance(node, Outcome):
        return node.kind, node.disposition
    if isinstance(node, Jump):
        return node.kind, node.to
    return node.kind, ""


def _lint_paths(flow: Flow, around: Surroundings, *, is_acyclic: bool) -> Iterator[Problem]:
    reached = flow.reachable()
    for node in flow.nodes:
        if flow.start in flow.by_key and node.key not in reached:
            yield Problem(_place(flow, node.key), f"no path leads to “{title_of(node)}”")
    if is_acyclic:
        decisions = len(flow.longest_path()) - 1
        if decisions > MAX_DECISIONS:
            yield Problem(
                "flow",
                f"the longest path has {decisions} decisions; {MAX_DECISIONS} is the most a stressed reader will take",
            )
    for node in flow.nodes:
        if isinstance(node, Repair) and around.steps.get(node.step) and node.key in _unguarded(flow, node.step):
            yield Problem(
                _place(flow, node.key),
                f"the step “{node.step}” can’t be undone, yet a path reaches it without its hard stop"
                " (a question that guards it)",
            )
    named = {cause for outcome in flow.outcomes for cause in outcome.causes}
    for at, cause in enumerate(around.causes):
        if cause not in named:
            yield Problem(f"causes[{at}]", f"no outcome of the flow names the cause “{cause}”")


def _unguarded(flow: Flow, step: str) -> frozenset[str]:
    guards = {node.key for node in flow.nodes if isinstance(node, Question) and node.guards == step}
    return flow.reachable(without=guards)
