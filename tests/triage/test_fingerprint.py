from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kb.document import Cost, Document
from kb.figures import Duration, Level
from kb.flow import Actor, Flow, Outcome, Repair
from tests.factories import a_flow, an_error
from triage.fingerprint import content_hash


def _digest(document: Document, key: str) -> str:
    assert document.flow is not None
    node = document.flow.by_key[key]
    assert isinstance(node, Repair | Outcome)
    return content_hash(document, node)


def _with_node(key: str, **changes: Any) -> Document:
    flow = a_flow()
    return an_error(flow=Flow(flow.start, tuple(replace(n, **changes) if n.key == key else n for n in flow.nodes)))


def _with_step(**changes: Any) -> Document:
    article = an_error()
    return replace(article, steps=(replace(article.steps[0], **changes),))


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "Another finding"},
        {"lead": "A new sentence."},
        {"do_now": "Wait two days."},
        {"who": Actor.YOU},
        {"who_text": "And nobody else."},
        {"time": Duration(60, 60)},
        {"time_text": "Or longer."},
        {"data_risk": Level.HIGH},
        {"data_risk_text": "Something changed."},
        {"hard_stop": "Stop here."},
        {"if_it_fails": "Call Intuit."},
        {"costs": ("check",)},
        {"steps": ("update",)},
    ],
)
def test_other_words_at_an_outcome_are_another_outcome(changes: dict[str, Any]) -> None:
    before = _digest(an_error(), "wait")

    assert _digest(_with_node("wait", **changes), "wait") != before


@pytest.mark.parametrize(
    "changes",
    [{"title": "Ask twice"}, {"body": "1. Press ++Refresh++."}, {"time": Duration(60, 60)}, {"irreversible": True}],
)
def test_other_words_in_a_repair_step_are_another_step(changes: dict[str, Any]) -> None:
    before = _digest(an_error(), "try")

    assert _digest(_with_step(**changes), "try") != before


def test_another_price_of_the_help_that_an_outcome_names_is_another_outcome() -> None:
    dearer = Cost("check", "A check", Decimal(90), Decimal(120), "A call.", date(2026, 11, 1))

    assert _digest(an_error(costs=(dearer,)), "ask") != _digest(an_error(), "ask")
    assert _digest(an_error(costs=(dearer,)), "wait") == _digest(an_error(), "wait")


@pytest.mark.parametrize("changes", [{"chance": 35}, {"chance": 35, "chance_source": "intuit"}])
def test_a_revised_estimate_keeps_the_reports_it_is_held_against(changes: dict[str, Any]) -> None:
    assert _digest(_with_step(**changes), "try") == _digest(an_error(), "try")


@pytest.mark.parametrize("key", ["wait", "try", "ask", "done"])
def test_a_change_elsewhere_in_the_article_changes_nothing(key: str) -> None:
    elsewhere = an_error(title="Another title", summary="Another verdict.", reviewed_on=date(2026, 12, 1))

    assert _digest(elsewhere, key) == _digest(an_error(), key)


def test_what_only_maps_show_and_where_a_step_leads_change_nothing() -> None:
    assert _digest(_with_node("wait", short="Wait"), "wait") == _digest(an_error(), "wait")
    assert _digest(_with_node("try", could_not="wait"), "try") == _digest(an_error(), "try")
