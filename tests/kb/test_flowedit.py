from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.drawing import flowtree
from kb.flow import NOT_SURE, Answer, Flow, Jump, Option, Outcome, Question, Repair, Surroundings
from kb.flowedit import (
    begun,
    fitted,
    in_drawn_order,
    key_for,
    placed,
    references,
    renamed,
    renamed_answers,
    without,
)
from kb.flowlint import lint
from kb.problems import errors
from tests.factories import a_flow, an_error, an_outcome
from tests.strategies import SoundFlow, draft_flows, sound_flows


def led_to(flow: Flow) -> list[str]:
    return [option.to for node in flow.nodes for option in node.options]


# Keys from words


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Is it the bank?", "is-it-the-bank"),
        ("Can’t sign in", "cant-sign-in"),
        ("Déjà vu", "deja-vu"),
        ("I’m not sure", NOT_SURE),
        ("I don't know", NOT_SURE),
        ("What does QuickBooks ask you for in the end?", "what-does-quickbooks-ask-you"),
        ("x" * 60, "x" * 30),
        ("银行", "stop"),
        ("", "stop"),
        ("map", "map-2"),
        ("Taken", "taken-3"),
    ],
)
def test_key_is_made_from_words(words: str, key: str) -> None:
    assert key_for(words, {"taken", "taken-2"}, otherwise="stop") == key


@given(st.text(max_size=60), st.sets(st.sampled_from(["stop", "a", "a-2"])))
def test_key_is_always_sound_and_new(words: str, taken: set[str]) -> None:
    key = key_for(words, taken, otherwise="stop")

    flow = Flow(key, (an_outcome(key),))
    assert key not in taken
    assert lint(flow, an_error().surroundings) == []


# One node more, one less, another name, another place


@pytest.mark.parametrize("kind", ["question", "step", "outcome", "jump"])
def test_new_node_is_of_its_kind_and_half_finished(kind: str) -> None:
    node = begun(kind, "new", text="Words", step="update")

    assert (node.kind, node.key) == (kind, "new")
    assert lint(Flow("new", (node,)), an_error().surroundings) != []


def test_new_question_comes_with_the_usual_answers() -> None:
    assert [option.key for option in begun("question", "new").options] == ["yes", "no", NOT_SURE]


@given(draft_flows().filter(lambda flow: flow.nodes), st.data())
def test_renaming_changes_nothing_but_the_name(flow: Flow, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from([*flow.by_key]))

    there = renamed(flow, old, "brand-new")

    assert old not in {there.start, *there.by_key, *led_to(there)}
    assert renamed(there, "brand-new", old) == flow


@given(sound_flows(), st.data())
def test_a_sound_flow_is_sound_after_renaming(sound: SoundFlow, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from([*sound.flow.by_key]))

    assert errors(lint(renamed(sound.flow, old, "brand-new"), sound.around)) == []


@given(draft_flows().filter(lambda flow: flow.nodes), st.data())
def test_what_led_to_a_removed_node_leads_to_the_one_named_instead(flow: Flow, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from([*flow.by_key]))
    instead = data.draw(st.sampled_from(["", *(other for other in flow.by_key if other != key)]))

    left = without(flow, key, instead=instead)

    assert [*left.by_key] == [other for other in flow.by_key if other != key]
    assert key not in {left.start, *led_to(left)}
    assert led_to(left) == [
        instead if to == key else to for node in flow.nodes if node.key != key for to in led_to(Flow("", (node,)))
    ]


def test_answers_that_lead_to_a_node_are_found_with_their_question() -> None:
    found = [(node.key, option.label) for node, option in references(a_flow(), "wait")]

    assert found == [("site", "No"), ("site", "I’m not sure"), ("try", "No, same error")]


def test_a_node_is_put_after_another_or_first() -> None:
    flow = a_flow()

    assert [*placed(flow, "ask", after="site").by_key] == ["site", "ask", "try", "wait", "done"]
    assert [*placed(flow, "ask", after="").by_key] == ["ask", "site", "try", "wait", "done"]
    assert [*placed(flow, "site", after="done").by_key] == ["try", "wait", "ask", "done", "site"]


@given(draft_flows())
def test_drawn_order_lists_each_node_once_and_stays(flow: Flow) -> None:
    ordered = in_drawn_order(flow)

    assert set(ordered.nodes) == set(flow.nodes)
    assert len(ordered.nodes) == len(flow.nodes)
    drawn = [place.key for place in flowtree.places(flowtree.graph(flow)) if not place.is_connector]
    assert [*ordered.by_key] == drawn


def test_jumps_of_others_follow_renamed_nodes_and_answers() -> None:
    answers = (Answer("site", "yes"), Answer("other", "yes"), Answer("site", "gone"))

    assert renamed_answers(answers, "site", "page", {"yes": "opens"}) == (
        Answer("page", "opens"),
        Answer("other", "yes"),
        Answer("page", "gone"),
    )


# Into another article


def test_copied_flow_names_only_what_its_new_article_has() -> None:
    flow = Flow(
        "q",
        (
            Question("q", "Is it?", (Option("yes", "Yes", "s"),), why="Since.[^intuit]", guards="update"),
            Repair("s", "update", "o", "o", "o"),
            an_outcome("o", costs=("check", "own"), steps=("update",), causes=("outage",), time_source="intuit"),
            Jump("j", "103", "Go on"),
        ),
    )

    copied, losses = fitted(flow, Surroundings(costs=("own",)))

    question, repair, outcome, jump = copied.nodes
    assert isinstance(outcome, Outcome)
    assert (question.guards, repair.step) == ("", "")
    assert (outcome.costs, outcome.steps, outcome.causes, outcome.time_source) == (("own",), (), (), "")
    assert question.why == "Since.[^intuit]"
    assert jump == flow.by_key["j"]
    assert [(loss.node.key, loss.part, loss.keys) for loss in losses] == [
        ("q", "guards", ("update",)),
        ("q", "marks", ("intuit",)),
        ("s", "step", ("update",)),
        ("o", "time_source", ("intuit",)),
        ("o", "costs", ("check",)),
        ("o", "steps", ("update",)),
        ("o", "causes", ("outage",)),
    ]


@given(sound_flows())
def test_nothing_is_lost_where_the_article_has_it_all(sound: SoundFlow) -> None:
    assert fitted(sound.flow, sound.around) == (sound.flow, ())


@given(sound_flows())
def test_copying_leaves_the_path_as_it_is(sound: SoundFlow) -> None:
    copied, _ = fitted(sound.flow, replace(sound.around, steps={}, causes=()))

    assert led_to(copied) == led_to(sound.flow)
    assert [*copied.by_key] == [*sound.flow.by_key]
