import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kb.flow import Flow
from tests.factories import a_flow, an_error
from tests.strategies import SoundFlow, sound_flows
from triage.ruling_out import ruled_out
from triage.walk import replay


def test_an_answer_rules_out_what_can_not_be_reached_after_it() -> None:
    from kb.flow import Jump, Option, Question

    question = Question(
        "code",
        "Is a code asked for?",
        (Option("yes", "Yes", "go"), Option("no", "No", "site"), Option("not-sure", "?", "site")),
    )
    flow = Flow("code", (question, Jump("go", "185", "The bank wants a code"), *a_flow().nodes))
    document = an_error(flow=flow)

    found = ruled_out(document, replay(flow, {"code": "no"}))

    assert [(item.finding, item.question, item.answer, item.is_open) for item in found] == [
        ("Error 185", "Is a code asked for?", "No", False)
    ]


def test_not_being_sure_leaves_a_finding_open() -> None:
    from kb.flow import Jump, Option, Question

    question = Question("code", "A code?", (Option("yes", "Yes", "go"), Option("not-sure", "I’m not sure", "site")))
    flow = Flow("code", (question, Jump("go", "185", "The bank wants a code"), *a_flow().nodes))

    found = ruled_out(an_error(flow=flow), replay(flow, {"code": "not-sure"}))

    assert [item.is_open for item in found] == [True]


def test_before_the_first_answer_nothing_is_ruled_out() -> None:
    document = an_error()

    assert ruled_out(document, replay(a_flow(), {})) == ()


@given(sound=sound_flows(), data=st.data())
def test_what_an_outcome_names_is_never_among_what_was_ruled_out(sound: SoundFlow, data: st.DataObject) -> None:
    walk = replay(sound.flow, {})
    while walk.end.options:
        option = data.draw(st.sampled_from(walk.end.options))
        walk = walk.answering(walk.end.key, option.key)
    document = an_error(flow=sound.flow, causes=())

    found = {item.finding for item in ruled_out(document, walk)}

    assert f"Error {getattr(walk.end, 'error', '') or getattr(walk.end, 'to', '')}" not in found


@pytest.mark.django_db
def test_the_case_note_says_what_was_ruled_out_and_by_which_answer(client: Client) -> None:
    note = client.get("/triage/102/transactions/?bank-sign-in=yes&notice=no&as=text").content.decode()

    assert "- Error 108: by “No” to “Is anything at the bank waiting for your answer?”\n" in note
