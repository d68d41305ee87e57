"""The one function that lints a flow: for the admin, the publish action, `manage.py check` and the tests. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kb.figures import ESTIMATE
from kb.flow import (
    MAX_DECISIONS,
    NOT_SURE,
    Disposition,
    Flow,
    Jump,
    Node,
    Outcome,
    Question,
    Repair,
    Surroundings,
    title_of,
)
from kb.problems import Gravity, Problem

MANY_OPTIONS = 5
MAX_OPTIONS = 26  # each has a letter in the code that is read over the phone
RESERVED_KEYS = frozenset({"as", "map", "v"})


def lint(flow: Flow, around: Surroundings, earlier: Sequence[Flow] = ()) -> list[Problem]:
    """Every fault of `flow` by itself; `earlier` are its published predecessors, newest first.

    Whether its links and jumps reach published content is checked where the site is known: kb.soundness.
    """
    titles = around.step_titles
    problems = list(_lint_keys(flow, titles))
    if not flow.nodes:
        return [*problems, Problem("flow.nodes", "the flow has no nodes")]
    if not flow.start:
        problems.append(Problem("flow.start", "nothing says where the flow starts"))
    elif flow.start not in flow.by_key:
        problems.append(Problem("flow.start", f"the flow starts at “{flow.start}”, which is not one of its nodes"))
    for at, node in enumerate(flow.nodes):
        place = f"flow.nodes[{at}]"
        problems += _lint_options(flow, node, title_of(node, titles), place)
        if isinstance(node, Outcome):
            problems += _lint_outcome(node, around, place)
        elif isinstance(node, Repair):
            problems += _lint_repair(node, around, place)
        elif isinstance(node, Question):
            problems += _lint_question(node, around, place)
        problems += _lint_meaning(node, earlier, titles, place)
    cycle = flow.cycle()
    if cycle:
        names = " → ".join(f"“{title_of(flow.by_key[key], titles)}”" for key in [*cycle, cycle[0]])
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


def _lint_keys(flow: Flow, titles: Mapping[str, str]) -> Iterator[Problem]:
    counts = Counter(node.key for node in flow.nodes)
    for at, node in enumerate(flow.nodes):
        name = title_of(node, titles)
        if counts[node.key] > 1:
            yield Problem(f"flow.nodes[{at}].key", f"“{name}” has the key “{node.key}”, which another node has too")
        if node.key in RESERVED_KEYS:
            yield Problem(
                f"flow.nodes[{at}].key", f"“{node.key}” means something else in addresses; choose another key"
            )
        if not isinstance(node, Repair) and not node.text:
            yield Problem(f"flow.nodes[{at}].text", f"the node “{node.key}” has no text")


def _lint_options(flow: Flow, node: Node, name: str, place: str) -> Iterator[Problem]:
    for at, option in enumerate(node.options):
        where = f"{place}.options[{at}]" if isinstance(node, Question) else f"{place}.{option.key.replace('-', '_')}"
        if not option.to:
            yield Problem(where, f"the answer “{option.label}” to “{name}” leads nowhere")
        elif option.to not in flow.by_key:
            yield Problem(
                where, f"the answer “{option.label}” to “{name}” leads to “{option.to}”, which does not exist"
            )


def _lint_question(node: Question, around: Surroundings, place: str) -> Iterator[Problem]:
    name = title_of(node)
    keys = [option.key for option in node.options]
    labels = [option.label.casefold() for option in node.options]
    if len(node.options) < 2:
        yield Problem(f"{place}.options", f"“{name}” needs at least two answers")
    if len(set(keys)) < len(keys):
        yield Problem(f"{place}.options", f"two answers to “{name}” have the same key")
    if len(set(labels)) < len(labels):
        yield Problem(f"{place}.options", f"two answers to “{name}” read the same")
    if len(node.options) >= 2 and node.options[0].to and len({option.to for option in node.options}) == 1:
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
    if not node.step:
        yield Problem(f"{place}.step", f"“{node.key}” names no repair step of the article")
    elif node.step not in around.steps:
        yield Problem(
            f"{place}.step",
            f"“{node.key}” points at the repair step “{node.step}”, which the article does not have",
        )


def _lint_outcome(node: Outcome, around: Surroundings, place: str) -> Iterator[Problem]:
    name = title_of(node)
    required = {part: getattr(node, part) for part in ("disposition", "who", "do_now", "data_risk", "data_risk_text")}
    if node.disposition is not Disposition.FIXED:
        required |= {"time": node.time, "if_it_fails": node.if_it_fails}
    words = {
        "disposition": "how it ends",
        "who": "who acts",
        "do_now": "what to do now",
        "data_risk": "how high the data risk is",
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


def _lint_meaning(node: Node, earlier: Sequence[Flow], titles: Mapping[str, str], place: str) -> Iterator[Problem]:
    """Old links and reports rest on node keys, so a key that was published keeps what it stood for.

    Wording may change. What may not: the kind of node, and the step, article or disposition it stands for.
    """
    before = next((flow.by_key[node.key] for flow in earlier if node.key in flow.by_key), None)
    if before is not None and _meaning(before) != _meaning(node):
        yield Problem(
            f"{place}.key",
            f"the key “{node.key}” was published for “{title_of(before, titles)}” and can’t stand for"
            f" “{title_of(node, titles)}”; give this node a new key",
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
            yield Problem(_place(flow, node.key), f"no path leads to “{title_of(node, around.step_titles)}”")
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
                f"the step “{title_of(node, around.step_titles)}” can’t be undone, yet a path reaches it without"
                " its hard stop (a question that guards it)",
            )
    named = {cause for outcome in flow.outcomes for cause in outcome.causes}
    for at, cause in enumerate(around.causes):
        if cause not in named:
            name = around.titles.get(("causes", cause)) or cause
            yield Problem(f"flow.causes[{at}]", f"no outcome of the flow names the cause “{name}”")


def _unguarded(flow: Flow, step: str) -> frozenset[str]:
    guards = {node.key for node in flow.nodes if isinstance(node, Question) and node.guards == step}
    return flow.reachable(without=guards)
