from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kb.flow import MAX_DECISIONS, Flow, Jump, Option, Outcome, Question, Repair, Trail
from tests.factories import a_flow, an_outcome
from tests.strategies import SoundFlow, draft_flows, sound_flows
from triage.walk import Walk, replay, settled

small_flows = sound_flows(max_inner=7, max_ends=5)
modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def random_walk(flow: Flow, data: st.DataObject, *, at_most: int = 100) -> Walk:
    """Answer question after question with any of the options, to the end or until it is enough."""
    walk = replay(flow, {})
    while walk.end.options and len(walk.taken) < at_most:
        option = data.draw(st.sampled_from(walk.end.options))
        walk = walk.answering(walk.end.key, option.key)
    return walk


def test_without_answers_a_walk_stands_at_the_start() -> None:
    walk = replay(a_flow(), {})

    assert walk.end.key == "site"
    assert walk.trail == ()
    assert walk.visited == {"site"}
    assert not walk.is_misled


def test_answers_lead_on_to_the_first_question_without_one() -> None:
    walk = replay(a_flow(), {"site": "yes"})

    assert walk.end.key == "try"
    assert walk.trail == (("site", "yes"),)
    assert isinstance(walk.end, Repair)


def test_a_repair_step_is_answered_with_whether_it_worked() -> None:
    ends = {
        verdict: replay(a_flow(), {"site": "yes", "try": verdict}).end.key
        for verdict in ("fixed", "not-fixed", "could-not")
    }

    assert ends == {"fixed": "done", "not-fixed": "wait", "could-not": "ask"}


@pytest.mark.parametrize("option", ["maybe", "", "YES", "yes ", "fixed", "wait", "try"])
def test_an_unknown_option_stops_at_the_question_it_was_given_to(option: str) -> None:
    walk = replay(a_flow(), {"site": option, "try": "fixed"})

    assert walk.is_misled
    assert walk.end.key == "site"
    assert walk.trail == ()


def test_an_unknown_option_keeps_the_answers_before_it() -> None:
    walk = replay(a_flow(), {"site": "yes", "try": "who-knows"})

    assert walk.is_misled
    assert walk.end.key == "try"
    assert walk.trail == (("site", "yes"),)


def test_an_option_that_leads_nowhere_stops_the_walk() -> None:
    flow = a_flow()
    draft = Flow("site", tuple(node for node in flow.nodes if node.key != "try"))

    walk = replay(draft, {"site": "yes"})

    assert walk.is_misled
    assert walk.end.key == "site"


def test_a_circle_in_a_draft_is_walked_once() -> None:
    flow = a_flow()
    circle = Flow(
        "site", tuple(replace(node, not_fixed="site") if isinstance(node, Repair) else node for node in flow.nodes)
    )

    walk = replay(circle, {"site": "yes", "try": "not-fixed"})

    assert walk.trail == (("site", "yes"), ("try", "not-fixed"))
    assert walk.end.key == "site"


def test_what_was_answered_before_a_node_leaves_out_the_node_and_all_after_it() -> None:
    walk = replay(a_flow(), {"site": "yes", "try": "fixed"})

    assert walk.before("site") == ()
    assert walk.before("try") == (("site", "yes"),)
    assert walk.before("done") == walk.trail


@given(sound=small_flows, data=st.data())
@modest
def test_every_walk_through_a_sound_flow_ends_within_the_limit(sound: SoundFlow, data: st.DataObject) -> None:
    walk = random_walk(sound.flow, data)

    assert isinstance(walk.end, Outcome | Jump)
    assert len(walk.taken) <= MAX_DECISIONS
    assert not walk.is_misled
    assert len(walk.visited) == len(walk.taken) + 1


@given(sound=small_flows, data=st.data())
@modest
def test_the_order_of_answers_and_surplus_ones_do_not_matter(sound: SoundFlow, data: st.DataObject) -> None:
    walk = random_walk(sound.flow, data)
    beside = [key for key in sound.flow.by_key if key not in walk.visited]
    surplus = {
        key: data.draw(st.sampled_from(["yes", "a0", "not-sure", "fixed", ""])) for key in [*beside, "utm", "v", ""]
    }
    shuffled = data.draw(st.permutations([*walk.trail, *surplus.items()]))

    again = replay(sound.flow, dict(shuffled))

    assert again == walk


@given(sound=small_flows, data=st.data())
@modest
def test_an_unknown_option_anywhere_stops_right_there(sound: SoundFlow, data: st.DataObject) -> None:
    walk = random_walk(sound.flow, data)
    assume(walk.taken)
    at = data.draw(st.integers(0, len(walk.taken) - 1))
    wrong = {**dict(walk.trail), walk.taken[at].node.key: "no-such-option"}

    stopped = replay(sound.flow, wrong)

    assert stopped.is_misled
    assert stopped.end == walk.taken[at].node
    assert stopped.taken == walk.taken[:at]


@given(sound=small_flows, data=st.data())
@modest
def test_changing_an_answer_keeps_those_that_still_apply(sound: SoundFlow, data: st.DataObject) -> None:
    walk = random_walk(sound.flow, data)
    assume(walk.taken)
    at = data.draw(st.integers(0, len(walk.taken) - 1))
    node = walk.taken[at].node
    option = data.draw(st.sampled_from(node.options))

    changed = walk.answering(node.key, option.key)

    given_before = dict(walk.trail)
    assert changed.taken[:at] == walk.taken[:at]
    assert changed.trail[at] == (node.key, option.key)
    assert set(changed.trail[at + 1 :]) <= set(walk.trail)
    assert changed.end.key not in given_before
    assert not changed.is_misled


@given(sound=small_flows, data=st.data())
@modest
def test_giving_the_same_answer_again_changes_nothing(sound: SoundFlow, data: st.DataObject) -> None:
    walk = random_walk(sound.flow, data)
    assume(walk.taken)
    step = data.draw(st.sampled_from(walk.taken))

    assert walk.answering(step.node.key, step.option.key) == walk


@given(flow=draft_flows(), data=st.data())
@modest
def test_no_draft_however_unsound_keeps_a_walk_going_for_ever(flow: Flow, data: st.DataObject) -> None:
    assume(flow.start in flow.by_key)
    answers = {key: data.draw(st.sampled_from(node.options)).key for key, node in flow.by_key.items() if node.options}

    walk = replay(flow, answers)

    assert len({step.node.key for step in walk.taken}) == len(walk.taken) <= len(flow.by_key)
    assert walk.end.key in flow.by_key


def observing(key: str, *, yes: str, no: str) -> Question:
    options = (Option("yes", "Yes", yes), Option("no", "No", no), Option("not-sure", "I’m not sure", no))
    return Question(key, f"{key}?", options, observes=f"{key}-seen")


OBSERVED = Flow(
    "smoke",
    (
        observing("smoke", yes="noise", no="away"),
        observing("noise", yes="end", no="plain"),
        replace(observing("plain", yes="end", no="end"), observes=""),
        an_outcome("end"),
        Jump("away", "103", "It is that"),
    ),
)


@pytest.mark.parametrize(
    ("seen", "trail"),
    [
        ({}, ()),
        ({"noise-seen": "yes"}, ()),
        ({"smoke-seen": "yes"}, (("smoke", "yes"),)),
        ({"smoke-seen": "yes", "noise-seen": "yes"}, (("smoke", "yes"), ("noise", "yes"))),
        ({"smoke-seen": "yes", "noise-seen": "no", "plain-seen": "yes"}, (("smoke", "yes"), ("noise", "no"))),
        ({"smoke-seen": "yes", "noise-seen": "perhaps"}, (("smoke", "yes"),)),
    ],
)
def test_what_was_seen_settles_questions_from_the_start_on(seen: dict[str, str], trail: Trail) -> None:
    assert settled(OBSERVED, seen) == trail


def test_what_was_seen_does_not_lead_away_from_the_article() -> None:
    assert settled(OBSERVED, {"smoke-seen": "no"}) == ()
