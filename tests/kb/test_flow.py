from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kb.flow import (
    MAX_DECISIONS,
    Disposition,
    Flow,
    Jump,
    Node,
    Option,
    Question,
    Repair,
    Surroundings,
    title_of,
)
from kb.flowlint import lint
from kb.problems import Gravity, Problem, errors
from tests.factories import a_flow, an_error, an_outcome
from tests.strategies import SoundFlow, draft_flows, sound_flows

AROUND = an_error().surroundings


def faults(flow: Flow, around: Surroundings = AROUND, earlier: tuple[Flow, ...] = ()) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in lint(flow, around, earlier)]


def with_node(at: int, **changes: object) -> Flow:
    nodes = list(a_flow().nodes)
    nodes[at] = replace(nodes[at], **changes)
    return Flow("site", tuple(nodes))


def with_options(*options: tuple[str, str, str]) -> Flow:
    return with_node(0, options=tuple(Option(*option) for option in options))


def question(key: str, *targets: str, guards: str = "") -> Question:
    *ways, unsure = targets
    options = [Option(f"a{at}", f"Answer {at}", to) for at, to in enumerate(ways)]
    return Question(key, f"Question {key}?", (*options, Option("not-sure", "Not sure", unsure)), guards=guards)


def chain(length: int) -> Flow:
    """A flow whose longest path has `length` decisions."""
    nodes: list[Node] = [question(f"q{at}", f"q{at + 1}", "stop") for at in range(length)]
    return Flow("q0", (*nodes, an_outcome(f"q{length}"), an_outcome("stop")))


def test_the_model_flow_is_sound() -> None:
    assert faults(a_flow()) == []


YES, NO, UNSURE = ("yes", "Yes", "try"), ("no", "No", "wait"), ("not-sure", "I’m not sure", "wait")
SITE = "“Does the bank’s site open?”"


@pytest.mark.parametrize(
    ("flow", "field", "message"),
    [
        (Flow(""), "flow.nodes", "the flow has no nodes"),
        (replace(a_flow(), start="gone"), "flow.start", "the flow starts at “gone”, which is not one of its nodes"),
        (replace(a_flow(), start=""), "flow.start", "nothing says where the flow starts"),
        (with_node(0, text=""), "flow.nodes[0].text", "the node “site” has no text"),
        (with_node(2, text=""), "flow.nodes[2].text", "the node “wait” has no text"),
        (
            with_options(YES, ("no", "No", "gone"), UNSURE),
            "flow.nodes[0].options[1]",
            f"the answer “No” to {SITE} leads to “gone”, which does not exist",
        ),
        (
            with_options(YES, ("no", "No", ""), UNSURE),
            "flow.nodes[0].options[1]",
            f"the answer “No” to {SITE} leads nowhere",
        ),
        (
            with_node(1, not_fixed="gone"),
            "flow.nodes[1].not_fixed",
            "the answer “No, same error” to “Ask once” leads to “gone”, which does not exist",
        ),
        (
            with_options(YES, ("yes", "No", "wait"), UNSURE),
            "flow.nodes[0].options",
            f"two answers to {SITE} have the same key",
        ),
        (
            with_options(YES, ("no", "YES", "wait"), UNSURE),
            "flow.nodes[0].options",
            f"two answers to {SITE} read the same",
        ),
        (with_options(YES, NO), "flow.nodes[0].options", f"{SITE} has no “I’m not sure” answer (key “not-sure”)"),
        (
            with_node(0, guards="gone"),
            "flow.nodes[0].guards",
            f"{SITE} guards the step “gone”, which the article does not have",
        ),
        (
            with_node(1, step="gone"),
            "flow.nodes[1].step",
            "“try” points at the repair step “gone”, which the article does not have",
        ),
        (with_node(1, step=""), "flow.nodes[1].step", "“try” names no repair step of the article"),
        (with_node(2, disposition=""), "flow.nodes[2].disposition", "the outcome “Finding wait” does not say how it"),
        (with_node(2, who=""), "flow.nodes[2].who", "the outcome “Finding wait” does not say who acts"),
        (with_node(2, data_risk=""), "flow.nodes[2].data_risk", "the outcome “Finding wait” does not say how high the"),
        (with_node(2, do_now=""), "flow.nodes[2].do_now", "the outcome “Finding wait” does not say what to do now"),
        (
            with_node(2, data_risk_text=""),
            "flow.nodes[2].data_risk_text",
            "the outcome “Finding wait” does not say what the data risk is",
        ),
        (with_node(2, time=None), "flow.nodes[2].time", "the outcome “Finding wait” does not say how long it takes"),
        (
            with_node(2, if_it_fails=""),
            "flow.nodes[2].if_it_fails",
            "the outcome “Finding wait” does not say what to do if that fails",
        ),
        (
            with_node(2, costs=("gone",)),
            "flow.nodes[2].costs",
            "the outcome “Finding wait” names “gone”, which is not among the article’s costs",
        ),
        (
            with_node(2, steps=("update", "gone")),
            "flow.nodes[2].steps",
            "the outcome “Finding wait” names “gone”, which is not among the article’s steps",
        ),
        (
            with_node(2, causes=("outage", "gone")),
            "flow.nodes[2].causes",
            "the outcome “Finding wait” names “gone”, which is not among the article’s causes",
        ),
        (
            with_node(2, causes=()),
            "flow.nodes[2].causes",
            "the outcome “Finding wait” names neither a cause nor another error",
        ),
        (
            with_node(2, disposition=Disposition.OTHER_ERROR),
            "flow.nodes[2].error",
            "the outcome “Finding wait” sends people to another error without naming it",
        ),
        (
            with_node(2, time_source="gone"),
            "flow.nodes[2].time_source",
            "the outcome “Finding wait” names the source “gone”, which the article does not list",
        ),
        (
            replace(a_flow(), nodes=(*a_flow().nodes, an_outcome("lost"))),
            "flow.nodes[5]",
            "no path leads to “Finding lost”",
        ),
        (chain(MAX_DECISIONS + 1), "flow", "the longest path has 9 decisions; 8 is the most"),
    ],
)
def test_a_fault_is_named_by_its_nodes_text(flow: Flow, field: str, message: str) -> None:
    ((found_field, found_message),) = faults(flow)

    assert found_field == field
    assert found_message.startswith(message)


@pytest.mark.parametrize("key", ["as", "map", "v"])
def test_a_key_with_a_meaning_in_addresses_is_refused(key: str) -> None:
    flow = with_options(YES, NO, ("not-sure", "I’m not sure", key))
    flow = replace(flow, nodes=(*flow.nodes, an_outcome(key)))

    assert faults(flow) == [("flow.nodes[5].key", f"“{key}” means something else in addresses; choose another key")]


def test_two_nodes_with_one_key_are_both_named() -> None:
    flow = replace(a_flow(), nodes=(*a_flow().nodes, an_outcome("wait", text="Another")))

    assert faults(flow) == [
        ("flow.nodes[2].key", "“Finding wait” has the key “wait”, which another node has too"),
        ("flow.nodes[5].key", "“Another” has the key “wait”, which another node has too"),
    ]


def test_a_question_needs_two_answers() -> None:
    flow = Flow("only", (question("only", "wait"), an_outcome("wait")))

    assert faults(flow) == [("flow.nodes[0].options", "“Question only?” needs at least two answers")]


def test_a_question_without_answers_is_named() -> None:
    flow = replace(a_flow(), nodes=(*a_flow().nodes, Question("mute", "Well?", ())))

    assert ("flow.nodes[5].options", "“Well?” needs at least two answers") in faults(flow)


def test_a_question_whose_answers_all_lead_to_one_place_is_refused() -> None:
    flow = Flow("q", (question("q", "wait", "wait"), an_outcome("wait")))

    assert faults(flow) == [
        ("flow.nodes[0].options", "every answer to “Question q?” leads to the same place, so it need not be asked")
    ]


@pytest.mark.parametrize(
    ("count", "gravity"), [(5, None), (6, Gravity.WARNING), (26, Gravity.WARNING), (27, Gravity.ERROR)]
)
def test_more_than_five_answers_are_a_warning_and_more_than_the_alphabet_a_fault(
    count: int, gravity: Gravity | None
) -> None:
    flow = Flow("q", (question("q", *["one"] * (count - 1), "two"), an_outcome("one"), an_outcome("two")))

    found = lint(flow, AROUND)

    assert [problem.gravity for problem in found] == ([gravity] if gravity else [])
    assert all(problem.message.startswith(f"“Question q?” has {count} answers") for problem in found)


def test_a_fixed_outcome_need_not_say_how_long_or_what_if_it_fails() -> None:
    assert faults(with_node(4, time=None, if_it_fails="")) == []


def test_an_outcome_that_names_another_error_needs_no_cause() -> None:
    flow = with_node(3, disposition=Disposition.OTHER_ERROR, error="103", causes=(), costs=())

    assert faults(flow) == []


def test_every_cause_of_the_article_has_an_outcome() -> None:
    around = replace(AROUND, causes=("outage", "browser"))

    assert faults(a_flow(), around) == [("flow.causes[1]", "no outcome of the flow names the cause “browser”")]


def test_a_cause_is_named_by_its_title() -> None:
    around = replace(AROUND, causes=("outage", "browser"), titles={("causes", "browser"): "An old page"})

    assert faults(a_flow(), around) == [("flow.causes[1]", "no outcome of the flow names the cause “An old page”")]


def test_answers_that_lead_nowhere_yet_do_not_lead_to_the_same_place() -> None:
    flow = with_options(*(("yes", "Yes", ""), ("no", "No", ""), ("not-sure", "Not sure", "")))

    assert [message for field, message in faults(flow) if field.startswith("flow.nodes[0]")] == [
        f"the answer “{label}” to {SITE} leads nowhere" for label in ("Yes", "No", "Not sure")
    ]


def test_a_cycle_is_told_with_the_texts_on_it() -> None:
    flow = Flow("a", (question("a", "b", "wait"), question("b", "c", "wait"), question("c", "b", "wait"), an_outcome()))

    ((field, message),) = faults(flow)

    assert field == "flow.nodes[1]"
    assert message == (
        "the path goes round in a circle: “Question b?” → “Question c?” → “Question b?”."
        " To say “try later”, end in a wait outcome"
    )


def test_a_node_that_leads_to_itself_is_a_cycle() -> None:
    flow = Flow("a", (question("a", "a", "wait"), an_outcome()))

    assert [message for _, message in faults(flow)] == [
        "the path goes round in a circle: “Question a?” → “Question a?”. To say “try later”, end in a wait outcome"
    ]


CAREFUL = replace(AROUND, steps={"update": True})


def test_an_irreversible_step_is_reached_only_through_its_hard_stop() -> None:
    unguarded = a_flow()
    guarded = with_node(0, guards="update")

    assert faults(unguarded, CAREFUL) == [
        (
            "flow.nodes[1]",
            "the step “Ask once” can’t be undone, yet a path reaches it without its hard stop"
            " (a question that guards it)",
        )
    ]
    assert faults(guarded, CAREFUL) == []


def test_one_path_around_the_hard_stop_is_enough_to_refuse() -> None:
    flow = Flow(
        "first",
        (
            question("first", "stop", "try"),
            question("stop", "try", "wait", guards="update"),
            *a_flow().nodes[1:],
        ),
    )

    assert [field for field, _ in faults(flow, CAREFUL)] == ["flow.nodes[2]"]


def test_a_hard_stop_for_another_step_is_none_for_this_one() -> None:
    around = replace(AROUND, steps={"update": True, "other": True})

    assert [field for field, _ in faults(with_node(0, guards="other"), around)] == ["flow.nodes[1]"]


@pytest.mark.parametrize(
    ("at", "changes"),
    [
        (1, {"step": "other"}),
        (2, {"disposition": Disposition.CALL_BANK}),
    ],
)
def test_a_published_key_keeps_what_it_stands_for(at: int, changes: dict[str, object]) -> None:
    around = replace(AROUND, steps={"update": False, "other": False})
    key = a_flow().nodes[at].key

    ((field, message),) = faults(a_flow(), around, (with_node(at, **changes),))

    assert field == f"flow.nodes[{at}].key"
    assert message.startswith(f"the key “{key}” was published for ")
    assert message.endswith("give this node a new key")


def test_a_published_key_keeps_its_kind_and_its_jump() -> None:
    before = replace(a_flow(), nodes=(*a_flow().nodes[:4], Jump("done", "101", "Over there")))
    after = replace(a_flow(), nodes=(*a_flow().nodes[:4], Jump("done", "103", "Over there")))

    assert [field for field, _ in faults(a_flow(), earlier=(before,))] == ["flow.nodes[4].key"]
    assert [field for field, _ in faults(after, earlier=(before,))] == ["flow.nodes[4].key"]
    assert faults(after, earlier=(after, before)) == []


def test_the_wording_of_a_published_node_may_change_and_its_place_too() -> None:
    reworded = with_node(0, text="Can you open the bank’s site?", help="Try it.")
    reordered = replace(reworded, nodes=reworded.nodes[::-1])

    assert faults(reordered, earlier=(a_flow(),)) == []


def test_a_published_key_may_be_given_up_but_not_given_to_another_later() -> None:
    without = Flow("q", (question("q", "one", "two"), an_outcome("one"), an_outcome("two")))
    reused = Flow("q", (question("q", "try", "two"), an_outcome("try"), an_outcome("two")))

    assert faults(without, earlier=(a_flow(),)) == []
    assert [field for field, _ in faults(reused, earlier=(without, a_flow()))] == ["flow.nodes[1].key"]


@settings(deadline=None, max_examples=40)
@given(sound_flows())
def test_sound_flows_have_no_fault(sound: SoundFlow) -> None:
    assert errors(lint(sound.flow, sound.around)) == []


@settings(deadline=None, max_examples=20)
@given(sound_flows(), st.data())
def test_a_sound_flow_with_one_way_cut_has_a_fault_that_names_the_place(sound: SoundFlow, data: st.DataObject) -> None:
    ways = [(at, node) for at, node in enumerate(sound.flow.nodes) if isinstance(node, Question)]
    assume(ways)
    at, node = data.draw(st.sampled_from(ways))
    which = data.draw(st.integers(0, len(node.options) - 1))
    options = tuple(replace(option, to="gone") if n == which else option for n, option in enumerate(node.options))
    nodes = tuple(replace(node, options=options) if n == at else other for n, other in enumerate(sound.flow.nodes))

    found = {problem.field: problem.message for problem in errors(lint(Flow(sound.flow.start, nodes), sound.around))}

    assert node.text in found[f"flow.nodes[{at}].options[{which}]"]


@settings(deadline=None, max_examples=50)
@given(draft_flows())
def test_any_draft_can_be_linted_and_each_fault_has_a_place(flow: Flow) -> None:
    for problem in lint(flow, AROUND, (a_flow(), flow)):
        assert isinstance(problem, Problem)
        assert problem.field.startswith(("flow", "causes"))
        assert problem.message


def walks(flow: Flow, start: str) -> Iterator[list[str]]:
    """Every walk from `start` that never comes to a node twice, by brute force; one that would is given whole."""
    waiting = [[start]]
    while waiting:
        walk = waiting.pop()
        yield walk
        targets = {option.to for option in flow.by_key[walk[-1]].options} & flow.by_key.keys()
        waiting += [[*walk, target] for target in targets if target not in walk]


def leads_to(flow: Flow, source: str, target: str) -> bool:
    return any(option.to == target for option in flow.by_key[source].options)


def has_cycle(flow: Flow) -> bool:
    return any(leads_to(flow, walk[-1], walk[0]) for key in flow.by_key for walk in walks(flow, key))


@settings(deadline=None)
@given(draft_flows(max_nodes=5))
def test_a_cycle_is_found_exactly_where_there_is_one(flow: Flow) -> None:
    found = flow.cycle()

    assert bool(found) == has_cycle(flow)
    assert len(set(found)) == len(found)
    assert all(leads_to(flow, one, other) for one, other in zip(found, [*found[1:], *found[:1]], strict=True))


@settings(deadline=None)
@given(draft_flows(max_nodes=6))
def test_the_longest_path_is_as_long_as_the_longest_walk(flow: Flow) -> None:
    assume(not has_cycle(flow))

    found = flow.longest_path()

    longest = max(map(len, walks(flow, flow.start)), default=0) if flow.start in flow.by_key else 0
    assert len(found) == longest
    assert found[:1] == ([flow.start] if longest else [])
    assert all(leads_to(flow, one, other) for one, other in pairwise(found))


@settings(deadline=None)
@given(draft_flows(max_nodes=6))
def test_what_walks_come_to_is_what_can_be_reached(flow: Flow) -> None:
    expected = {walk[-1] for walk in walks(flow, flow.start)} if flow.start in flow.by_key else set()

    assert flow.reachable() == expected


@settings(deadline=None)
@given(draft_flows(max_nodes=6), st.data())
def test_a_path_is_a_shortest_walk_and_its_answers_lead_there(flow: Flow, data: st.DataObject) -> None:
    assume(flow.nodes)
    start, end = (data.draw(st.sampled_from(sorted(flow.by_key))) for _ in range(2))

    trail = flow.path(start, end)

    lengths = [len(walk) - 1 for walk in walks(flow, start) if walk[-1] == end]
    assert (trail is None) == (not lengths)
    at = start
    for key, answer in trail or ():
        assert key == at
        at = next(option.to for option in flow.by_key[key].options if option.key == answer and option.to)
    assert trail is None or (at, len(trail)) == (end, min(lengths))


def test_a_flow_of_thousands_of_questions_is_refused_and_not_given_up_on() -> None:
    assert ("flow", "the longest path has 3000 decisions; 8 is the most a stressed reader will take") in faults(
        chain(3_000)
    )


def test_a_repair_step_always_asks_the_same_three_things() -> None:
    repair = Repair("try", "update", fixed="a", not_fixed="b", could_not="c")

    assert [(option.key, option.to) for option in repair.options] == [
        ("fixed", "a"),
        ("not-fixed", "b"),
        ("could-not", "c"),
    ]


def test_a_node_is_named_by_its_text_and_a_repair_step_by_its_title() -> None:
    site, repair, *_ = a_flow().nodes

    assert title_of(site) == "Does the bank’s site open?"
    assert title_of(repair) == "update"
    assert title_of(repair, {"update": "Ask once"}) == "Ask once"
    assert title_of(replace(repair, short="Once"), {"update": "Ask once"}) == "Once"
    assert title_of(Jump("over", "103", "")) == "over"
