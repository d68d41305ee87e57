"""Hypothesis strategies for what the site is made of."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from kb.document import (
    Cause,
    Cost,
    Document,
    FixTime,
    Kind,
    Lookalike,
    Related,
    RiskFactor,
    Section,
    Source,
    Standing,
    Step,
    is_section_heading,
)
from kb.figures import DAY, ESTIMATE, HOUR, MINUTE, Duration, Level
from kb.flow import (
    MAX_DECISIONS,
    NOT_SURE,
    Actor,
    Answer,
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
from kb.frontmatter import clean
from kb.signs import Fit, Observation, Sign

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
    """Flows that pass `kb.flowlint.lint`, with shared nodes, up to 8 decisions deep."""
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


FRAGMENTS = [
    *WORDS,
    *("yes", "null", "~", "0x1F", "1e3", "2026-11-22", "12:30", "- a", "? b", "# c", ": d", "e: f", "|", ">-", "---"),
    *("...", "&x", "*y", "!z", "%", "@", "`", "'", '"', "\\", "[", "}", "[[103]]", "[^intuit]", "++Update++", "{#key}"),
    *("<script>", "&amp;", "\t", "  ", "\n", "\n\n", "\n  ", "\n- ", "\n## no heading", "x" * 110),
    *(
        "\N{NO-BREAK SPACE}",
        "\N{LINE SEPARATOR}",
        "\ufeff",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "e\u0301",
        "\u4e2d",
        "\U0001f3e6",
    ),
]
KEYS = ["yes", "no", "on", "null", "007", "1e3", "2026-11-22", "0x1f", "1-2", "a", "a-key", "not-sure", "n" * 40]

_any_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
_pieces = st.lists(st.one_of(st.sampled_from(FRAGMENTS), _any_text), max_size=6)
prose = _pieces.map(lambda pieces: clean(" ".join(pieces)))
"""Text of several lines as documents keep it, with whatever might confuse YAML, Markdown or a browser."""
lines = _pieces.map(lambda pieces: clean(" ".join(" ".join(pieces).split("\n"))[:60]))
"""The same in one line, short enough for every column."""
keys = st.sampled_from(KEYS)
amounts = st.integers(0, 999_999_999).map(lambda cents: Decimal(cents) / 100)
dates = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@st.composite
def durations(draw) -> Duration:
    """Every duration that can be written as text."""
    unit = draw(st.sampled_from([1, MINUTE, HOUR, DAY]))
    low, high = sorted(draw(st.tuples(st.integers(0, 1000), st.integers(1, 1000))))
    return Duration(low * unit, high * unit)


def _prose_under_a_heading(text: str) -> str:
    return "\n".join(f"\\{line}" if is_section_heading(line) else line for line in text.split("\n"))


_words = st.lists(keys, max_size=2).map(tuple)
_options = st.builds(Option, keys, lines, st.just("") | keys, lines)
_questions = st.builds(
    Question,
    key=keys,
    text=lines,
    options=st.lists(_options, max_size=3, unique_by=lambda option: option.key).map(tuple),
    short=lines,
    help=prose,
    why=prose,
    where=prose,
    guards=st.just("") | keys,
    observes=st.just("") | keys,
)
_repairs = st.builds(Repair, keys, keys, keys, keys, keys, short=lines)
_jumps = st.builds(Jump, keys, keys, lines, lines, st.lists(st.builds(Answer, keys, keys), max_size=2).map(tuple))
_outcomes = st.builds(
    Outcome,
    key=keys,
    text=lines,
    disposition=st.sampled_from(Disposition),
    who=st.sampled_from(Actor),
    do_now=prose,
    data_risk=st.sampled_from(Level),
    data_risk_text=prose,
    time=st.none() | durations(),
    time_source=st.just(ESTIMATE) | keys,
    time_text=prose,
    who_text=prose,
    short=lines,
    lead=prose,
    costs=_words,
    steps=_words,
    causes=_words,
    error=st.just("") | keys,
    hard_stop=prose,
    if_it_fails=prose,
)
_flows = st.builds(
    Flow,
    st.just("") | keys,
    st.lists(_questions | _repairs | _outcomes | _jumps, max_size=3, unique_by=lambda node: node.key).map(tuple),
)

_sources_of_figures = st.just(ESTIMATE) | keys
_PARTS = {
    "fix_times": st.builds(FixTime, lines, durations(), _sources_of_figures),
    "causes": st.builds(Cause, keys, lines, st.integers(1, 100), prose, _sources_of_figures),
    "risk_factors": st.builds(RiskFactor, lines, st.sampled_from(Level), lines, prose),
    "lookalikes": st.builds(Lookalike, keys.map(lambda key: key[:20]), lines, lines),
    "signs": st.builds(Sign, keys, st.sampled_from(Fit), lines),
    "observations": st.builds(Observation, keys, lines, lines, prose, lines),
    "steps": st.builds(
        Step,
        key=keys,
        title=lines,
        time=st.none() | durations(),
        body=prose,
        time_source=_sources_of_figures,
        chance=st.none() | st.integers(0, 100),
        chance_source=_sources_of_figures,
        when=lines,
        irreversible=st.booleans(),
    ),
    "costs": st.builds(
        lambda prices, **fields: Cost(low=min(prices), high=max(prices), **fields),
        st.tuples(amounts, amounts),
        key=keys,
        title=lines,
        covers=prose,
        as_of=dates,
        currency=st.sampled_from(["USD", "CHF", "NOK"]),
        source=_sources_of_figures,
    ),
    "related": st.builds(Related, keys, prose),
    "sources": st.builds(Source, keys, lines, lines, st.sampled_from(Standing), lines, lines),
    "sections": st.builds(Section, keys, lines.filter(bool), prose.map(_prose_under_a_heading)),
}
"""The entries of a document's lists; the first field tells them apart."""


@st.composite
def documents(draw) -> Document:
    """Documents of every kind, sound or not: what the desk can hold and a text can say. Seldom are all parts there."""
    kind = draw(st.sampled_from(Kind))
    parts = {
        name: tuple(draw(st.lists(entries, max_size=2, unique_by=_natural_key)))
        for name, entries in _PARTS.items()
        if draw(st.booleans())
    }
    typed = {
        "review_every": durations(),
        "fast_fix_time": durations(),
        "data_risk": st.sampled_from(Level),
        "reach": st.sampled_from(Level),
        "fast_fix_source": keys,
        "aliases": _words,
    }
    written = dict.fromkeys(("data_risk_text", "reach_text", "trigger_text", "delay_today", "delay_week"), prose)
    written |= dict.fromkeys(("owner", "trigger", "diagram", "diagram_caption", "fault", "sign"), lines)
    fields = {name: draw(values) for name, values in (typed | written).items() if draw(st.booleans())}
    return Document(
        kind=kind,
        code=draw(st.sampled_from(["102", "007", "1E3", "NO", "NULL", "OL-301"])) if kind is Kind.ERROR else "",
        slug="" if kind is Kind.ERROR else draw(keys),
        title=draw(lines),
        description=draw(lines),
        summary=draw(prose),
        reviewed_on=draw(dates),
        flow=draw(st.none() | _flows),
        **parts,
        **fields,
    )


def _natural_key(entry: object) -> str:
    return str(next(iter(vars(entry).values())))
