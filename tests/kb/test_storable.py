from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from kb.document import Document, Kind
from kb.flow import Flow, Option, Question
from kb.storable import unstorable
from tests.factories import a_flow, a_guide, an_error, an_outcome
from tests.strategies import documents


@given(documents())
def test_half_finished_documents_can_be_stored(document: Document) -> None:
    assert unstorable(document) == []


def row(part: str, **changes: Any) -> Document:
    document = an_error()
    return replace(document, **{part: (replace(getattr(document, part)[0], **changes),)})


def twice(part: str) -> Document:
    document = an_error()
    return replace(document, **{part: getattr(document, part)[:1] * 2})


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (an_error(code=""), "code", "is missing; an error is known by it"),
        (a_guide(code="700"), "code", "only an error has a code"),
        (a_guide(""), "slug", "is missing; it makes the address"),
        (an_error(title="x" * 121), "title", "is longer than 120 characters"),
        (row("lookalikes", fault="x" * 301), "lookalikes[0].fault", "is longer than 300 characters"),
        (row("steps", key="x" * 41), "steps[0].key", "is longer than 40 characters"),
        (row("causes", percent=0), "causes[0].percent", "should be from 1 to 100"),
        (row("steps", chance=101), "steps[0].chance", "should be from 1 to 100"),
        (row("costs", low=Decimal(121)), "costs[0].low", "the low price (121) is above the high price (120)"),
        (row("costs", currency="DOLLARS"), "costs[0].currency", "should be a currency code such as USD"),
        (row("sources", url=f"https://a.example/{'x' * 500}"), "sources[0].url", "is longer than 500 characters"),
        (twice("fix_times"), "fix_times[0].case", "“If you wait” stands more than once"),
        (twice("causes"), "causes[0].key", "“outage” stands more than once"),
        (twice("lookalikes"), "lookalikes[0].error", "“701” stands more than once"),
        (twice("related"), "related[0].target", "“701” stands more than once"),
        (twice("sections"), "sections[0].key", "“fast-fix” stands more than once"),
        (
            an_error(flow=Flow("site", (*a_flow().nodes, an_outcome("site")))),
            "flow.nodes[0].key",
            "“site” stands more than once",
        ),
        (
            an_error(flow=Flow("a", (Question("a", "?", (Option("no", "No", ""), Option("no", "Not", ""))),))),
            "flow.nodes[0].options[0].key",
            "“no” stands more than once",
        ),
    ],
)
def test_what_the_desk_would_refuse_is_named_with_its_field(document: Document, field: str, message: str) -> None:
    assert (field, message) in [(problem.field, problem.message) for problem in unstorable(document)]


def test_a_chooser_needs_a_slug_too() -> None:
    assert unstorable(a_guide("which", kind=Kind.CHOOSER)) == []
    assert [problem.field for problem in unstorable(a_guide("", kind=Kind.CHOOSER))] == ["slug"]
