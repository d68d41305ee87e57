"""Hypothesis strategies for what the site is made of."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from kb.figures import HOUR, Duration, Level
from kb.flow import (
    MAX_DECISIONS,
    NOT_SURE,
    Actor,
    Disposition,
    Flow,
    Jump,
    Node,
    Option,
    Outcome,
    Question,
    Repair,
    Surroundings,
)

WORDS = [
    "the",
    "bank",
    "feed",
    "does",
    "not",
    "update",
    "after",
    "a",
    "sign-in",
    "because",
    "QuickBooks",
    "cannot",
]
JUMP_TARGETS = ("101", "103", "105", "108", "185", "350", "manual-import")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
odd_texts = st.text("aeinW@— \N{NO-BREAK SPACE}\n\t\u00e9\u0301\u4e2d\U0001f3e6<&\"'", max_size=60)


@dataclass(frozen=True)
class SoundFlow:
    """A flow and the article around it, in which the flow has no fault."""

    flow: Flow
    around: Surroundings


@st.composite
def sound_flows(draw, *, max_inner: int = 11, max_ends: int = 8, with_jumps: bool = True) -> SoundFlow:
    """Flows that pass `kb.flow.lint`, with shared nodes, up to 8 decisions deep."""
    inner = draw(st.integers(0, max_inner))
    ends = draw(st.integers(2, max_ends)) if inner else 1
    depths, targets = [0], [set[int]() for _ in range(inner)]
    for node in range(1, inner):
        parent = draw(st.sampled_from([at for at in range(node) if depths[at] < MAX_DECISIONS - 1]))
        depths.append(depths[parent] + 1)
        targets[parent].add(node)
    for end in range(inner, inner + ends if inner else 0):
        targets[draw(st.integers(0, inner - 1))].add(end)
    for node in range(inner):
        later = [at for at in range(inner) if depths[at] > depths[node]] + [*range(inner, inner + ends)]
        extra = draw(st.sets(st.sampled_from(later), max_size=3))
        missing = [at for at in later if at not in targets[node] | extra][: max(0, 2 - len(targets[node] | extra))]
        targets[node] |= {*extra, *missing}

    nodes: list[Node] = [_inner_node(draw, at, sorted(goals)) for at, goals in enumerate(targets)]
    causes = draw(st.lists(st.sampled_from(["maintenance", "notice", "route", "bank-rules"]), unique=True))
    kinds = ["outcome"] + [draw(st.sampled_from(["outcome", "jump"])) for _ in range(ends - 1)]
    for at, kind in enumerate(kinds, start=inner):
        if kind == "jump" and with_jumps:
            nodes.append(Jump(f"n{at}", draw(st.sampled_from(JUMP_TARGETS)), draw(texts)))
        else:
            nodes.append(_outcome(draw, at, causes if at == inner else causes[:1]))
    flow = Flow("n0", tuple(draw(st.permutations(nodes))))
    flow, steps = _guarded(draw, flow)
    return SoundFlow(flow, Surroundings(causes=tuple(causes), steps=steps))


def _inner_node(draw, at: int, targets: list[int]) -> Node:
    if len(targets) <= 3 and draw(st.booleans()):
        ways = draw(st.permutations([*targets, *[targets[-1]] * (3 - len(targets))]))
        fixed, not_fixed, could_not = (f"n{to}" for to in ways)
        return Repair(f"n{at}", f"step-{at}", fixed, not_fixed, could_not, short=draw(st.just("") | texts))
    *ways, unsure = draw(st.permutations([*targets, *draw(st.lists(st.sampled_from(targets), max_size=2))]))
    options = [Option(f"a{number}", f"{draw(texts)} {number}", f"n{to}") for number, to in enumerate(ways)]
    return Question(f"n{at}", f"{draw(texts)}?", (*options, Option(NOT_SURE, "I’m not sure", f"n{unsure}")))


def _outcome(draw, at: int, causes: list[str]) -> Outcome:
    disposition = draw(st.sampled_from(Disposition))
    low = draw(st.integers(1, 48))
    return Outcome(
        key=f"n{at}",
        text=draw(texts),
        disposition=disposition,
        who=draw(st.sampled_from(Actor)),
        do_now=draw(texts),
        data_risk=draw(st.sampled_from(Level)),
        data_risk_text=draw(texts),
        time=Duration(low * HOUR, draw(st.integers(low, 72)) * HOUR),
        causes=tuple(causes),
        error=draw(st.sampled_from(JUMP_TARGETS)) if disposition is Disposition.OTHER_ERROR else "",
        if_it_fails=draw(texts),
    )


def _guarded(draw, flow: Flow) -> tuple[Flow, dict[str, bool]]:
    """Make some repair steps irreversible where one question can guard every path to them."""
    nodes = dict(flow.by_key)
    steps = {}
    for repair in (node for node in flow.nodes if isinstance(node, Repair)):
        guards = [
            node
            for node in nodes.values()
            if isinstance(node, Question) and not node.guards and repair.key not in flow.reachable(without={node.key})
        ]
        steps[repair.step] = bool(guards) and draw(st.booleans())
        if steps[repair.step]:
            guard = draw(st.sampled_from(guards))
            nodes[guard.key] = replace(guard, guards=repair.step)
    return Flow(flow.start, tuple(nodes.values())), steps


@st.composite
def draft_flows(draw, *, max_nodes: int = 14) -> Flow:
    """Flows as editors leave them half-finished: cycles, dangling targets, unreached nodes, no start."""
    keys = [f"n{at}" for at in range(draw(st.integers(0, max_nodes)))]
    targets = st.sampled_from([*keys, *keys, "gone", ""])
    words = st.one_of(texts, odd_texts)
    nodes: list[Node] = []
    for key in keys:
        kind = draw(st.sampled_from(["question", "question", "repair", "outcome", "jump"]))
        if kind == "question":
            count = draw(st.integers(0, 7))
            options = tuple(Option(f"a{at}", draw(words), draw(targets)) for at in range(count))
            nodes.append(Question(key, draw(words), options))
        elif kind == "repair":
            nodes.append(Repair(key, draw(words), draw(targets), draw(targets), draw(targets)))
        elif kind == "jump":
            nodes.append(Jump(key, "103", draw(words)))
        else:
            nodes.append(_outcome(draw, int(key[1:]), []))
    return Flow(draw(targets), tuple(nodes))
