from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from kb.document import Document
from kb.flow import Flow, Node, Option, Question, Repair
from tests.factories import a_flow, an_error, an_outcome, publish_document
from triage.carrying_over import carry_over
from triage.walk import replay


def changed(document: Document, key: str, **changes: Any) -> Document:
    """The document with one node of its flow changed; a change of None takes the node away."""
    flow = document.flow or a_flow()
    nodes = tuple(replace(node, **changes) if node.key == key else node for node in flow.nodes)
    return replace(document, flow=replace(flow, nodes=nodes))


def the_walk(document: Document, *answers: tuple[str, str]) -> Any:
    return replay(document.flow or a_flow(), dict(answers))


def test_without_a_change_every_answer_is_kept() -> None:
    document = an_error()

    carried = carry_over(document, document, the_walk(document, ("site", "yes"), ("try", "fixed")))

    assert carried.changes == ()
    assert carried.walk.trail == (("site", "yes"), ("try", "fixed"))


def test_a_question_that_reads_otherwise_is_asked_again() -> None:
    old = an_error()
    new = changed(old, "site", text="Does the bank show your accounts?")

    carried = carry_over(old, new, the_walk(old, ("site", "yes"), ("try", "fixed")))

    assert carried.walk.trail == ()
    assert "“Does the bank’s site open?” now reads “Does the bank show your accounts?”." in carried.changes


def test_a_step_whose_instructions_changed_is_tried_again() -> None:
    old = an_error()
    new = replace(old, steps=(replace(old.steps[0], body="1. Do it otherwise."),))

    carried = carry_over(old, new, the_walk(old, ("site", "yes"), ("try", "not-fixed")))

    assert carried.walk.trail == (("site", "yes"),)
    assert "What to do at “Ask once” was rewritten." in carried.changes


def test_an_answer_that_is_gone_is_told_and_asked_again() -> None:
    old = an_error()
    flow = a_flow()
    options = tuple(option for option in flow.nodes[0].options if option.key != "no")
    new = changed(old, "site", options=options)

    carried = carry_over(old, new, the_walk(old, ("site", "no")))

    assert carried.walk.trail == ()
    assert carried.changes == ("“Does the bank’s site open?” can’t be answered with “No” any more.",)


def test_an_answer_that_leads_elsewhere_is_kept_and_told() -> None:
    old = an_error()
    options = (Option("yes", "Yes", "try"), Option("no", "No", "ask"), Option("not-sure", "I’m not sure", "wait"))
    new = changed(old, "site", options=options)

    carried = carry_over(old, new, the_walk(old, ("site", "no")))

    assert carried.walk.end.key == "ask"
    assert carried.changes == (
        "After “No” to “Does the bank’s site open?” now comes “Finding ask”, not “Finding wait”.",
    )


def test_a_rewritten_outcome_is_told() -> None:
    old = an_error()
    new = changed(old, "wait", do_now="Wait two days.")

    carried = carry_over(old, new, the_walk(old, ("site", "no")))

    assert carried.changes == ("What we say at “Finding wait” was rewritten.",)


def with_new_first_question(document: Document) -> Document:
    question: Node = Question(
        "code",
        "Is a code asked for?",
        (Option("yes", "Yes", "ask"), Option("no", "No", "site"), Option("not-sure", "I’m not sure", "site")),
    )
    flow = document.flow or a_flow()
    return replace(document, flow=Flow("code", (question, *flow.nodes)))


def without_the_step(document: Document) -> Document:
    flow = document.flow or a_flow()
    options = (Option("yes", "Yes", "done"), Option("no", "No", "wait"), Option("not-sure", "I’m not sure", "ask"))
    nodes = tuple(replace(node, options=options) if isinstance(node, Question) else node for node in flow.nodes)
    return replace(document, flow=Flow("site", tuple(node for node in nodes if not isinstance(node, Repair))))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "told", "goes_on_at"),
    [
        (lambda old: changed(old, "site", text="Is the bank open?"), "now reads “Is the bank open?”", "/triage/700/"),
        (without_the_step, "“Ask once” is not asked any more", "/triage/700/done/?site=yes"),
        (with_new_first_question, "Nothing on your path has changed", "/triage/700/"),
    ],
    ids=["a question renamed", "a step removed", "a question added"],
)
def test_a_walk_begun_on_an_old_revision_survives_a_publish(
    client: Client, change: Any, told: str, goes_on_at: str
) -> None:
    old = an_error()
    publish_document(old)
    link = "/triage/700/wait/?site=yes&try=not-fixed&v=1"
    before = client.get(link)

    publish_document(change(old))
    after = client.get(link)

    assert before.status_code == after.status_code == 200
    assert b"Finding wait" in after.content
    page = after.content.decode()
    assert "Revision 2 is the newest" in page
    assert told in page
    assert f'href="{goes_on_at}"'.replace("&", "&amp;") in page


@pytest.mark.django_db
def test_an_outcome_that_was_renamed_by_key_is_still_shown_to_old_links(client: Client) -> None:
    old = an_error()
    publish_document(old)
    flow = a_flow()
    nodes = (*tuple(node for node in flow.nodes if node.key != "wait"), an_outcome("sleep"))
    options = (Option("yes", "Yes", "try"), Option("no", "No", "sleep"), Option("not-sure", "I’m not sure", "sleep"))
    nodes = tuple(
        replace(node, options=options)
        if isinstance(node, Question)
        else replace(node, not_fixed="sleep")
        if isinstance(node, Repair)
        else node
        for node in nodes
    )
    publish_document(replace(old, flow=Flow("site", nodes)))

    page = client.get("/triage/700/wait/?site=no&v=1")

    assert page.status_code == 200
    assert "“Finding wait” is not part of it any more." in page.content.decode()
    assert client.get("/triage/700/wait/?site=no").headers["Location"] == "/triage/700/sleep/?site=no"
