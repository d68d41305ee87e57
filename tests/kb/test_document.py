from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from django.db.models import Model
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import document as doc
from kb import models
from kb.document import Cause, Document, Kind, Standing, as_json, dump, parse, parse_with_lines, prose_of
from kb.figures import DAY, Duration
from kb.flow import Flow, Jump, Option, Question
from kb.models.fields import ProseField
from kb.problems import DocumentInvalid
from tests.factories import a_guide, an_error, an_outcome
from tests.strategies import FRAGMENTS, documents

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.md"))

GUIDE = """\
---
kind: guide
slug: a-guide
title: Title
description: About it.
summary: |-
  Verdict first.

  Then the rest.
reviewed_on: 2026-11-01
---

## When to do it {#when}

Now.

### How

1. Like this.

## Why {#why}

Because.
"""


def faults(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(DocumentInvalid) as refusal:
        parse(text)
    return [(problem.line, str(problem)) for problem in refusal.value.problems]


@settings(deadline=None, max_examples=70)
@given(documents())
def test_a_document_survives_being_written_and_read(document: Document) -> None:
    assert parse(dump(document)) == document


@settings(deadline=None, max_examples=30)
@given(documents())
def test_canonical_text_survives_being_read_and_written(document: Document) -> None:
    text = dump(document)

    assert dump(parse(text)) == text


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_published_file_is_canonical(path: Path) -> None:
    text = path.read_bytes().decode()

    assert dump(parse(text)) == text


def test_there_are_files_to_publish() -> None:
    assert len(FIXTURES) >= 9


def test_a_document_is_front_matter_and_sections_under_headings() -> None:
    document = parse(GUIDE)

    assert document == a_guide(
        title="Title",
        description="About it.",
        summary="Verdict first.\n\nThen the rest.",
        sections=(
            doc.Section("when", "When to do it", "Now.\n\n### How\n\n1. Like this."),
            doc.Section("why", "Why", "Because."),
        ),
    )
    assert dump(document) == GUIDE


@pytest.mark.parametrize(
    "text",
    [
        GUIDE.replace("\n", "\r\n"),
        GUIDE.replace("\n", "\r"),
        f"\ufeff{GUIDE}",
        GUIDE.rstrip("\n"),
        GUIDE.replace("Because.", "\n\nBecause. \t\n\n\n"),
        GUIDE.replace("## Why {#why}", "## Why  {#why} \t"),
        GUIDE.replace("title: Title", "title: ' Title '"),
        GUIDE.replace("slug: a-guide", "slug:   'a-guide' # said in one more way"),
    ],
)
def test_other_ways_to_write_a_document_mean_the_same(text: str) -> None:
    assert parse(text) == parse(GUIDE)
    assert text != GUIDE


def test_front_matter_may_end_the_file_and_a_line_of_dashes_may_stand_in_prose() -> None:
    without_sections = GUIDE.partition("\n\n## ")[0]

    assert parse(without_sections).sections == ()
    assert parse(GUIDE.replace("Because.", "a\n\n---\n\nb")).sections[1].body == "a\n\n---\n\nb"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "a document begins with front matter"),
        ("# Title", 1, "a document begins with front matter"),
        ("---\ntitle: a\n", 1, "the front matter is not closed by a line of “---”"),
        ("---\ntitle: a\n---", 2, "kind: is missing"),
        (GUIDE.replace("kind: guide", "kind: gide"), 2, "kind: should be one of: error, guide, chooser"),
        (GUIDE.replace("reviewed_on: 2026-11-01", "reviewed_on: soon"), 10, "reviewed_on: should be a date"),
        (GUIDE.replace("slug:", "slag:"), 3, "slag: is not a field here"),
        (GUIDE.replace("title: Title", "title: T\nsections: []"), 5, "sections: is not a field here"),
        (GUIDE.replace("\n## When", "\nLost.\n\n## When"), 12, "sections: prose stands under a heading"),
        (GUIDE.replace(" {#why}", ""), 21, "sections: a heading of this rank is written “## Title {#key}”"),
        (GUIDE.replace("## Why {#why}", "## {#why}"), 21, "sections: a heading of this rank is written"),
        (GUIDE.replace("{#why}", "{#Why}"), 21, "sections: a heading of this rank is written"),
        (GUIDE.replace("### How", "# How"), 17, "sections: a heading of this rank is written"),
        (GUIDE.replace("Because.", "Be\x07cause."), 23, "sections: contains a control character (U+0007); remove it"),
    ],
)
def test_a_text_that_is_no_document_is_refused_with_line_and_field(text: str, line: int, message: str) -> None:
    found = faults(text)

    assert any(at == line and said.startswith(message) for at, said in found), found


def test_every_fault_of_the_prose_is_found_at_once() -> None:
    text = GUIDE.replace("Now.", "# Now").replace("{#why}", "").replace("Because.", "\x00")

    assert [line for line, _ in faults(text)] == [15, 21, 23]


def test_a_very_long_document_is_refused() -> None:
    (fault,) = faults(GUIDE.replace("Because.", "x" * 1_000_000))

    assert fault[1].startswith("a document has at most 400,000 characters, this one 1,000,")


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_no_text_is_too_odd_to_be_read_or_refused(data: st.DataObject) -> None:
    lines = GUIDE.split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        odd = " ".join(data.draw(st.lists(st.sampled_from([*FRAGMENTS, "## ", "---", "\x00", "\r"]), max_size=4)))
        lines[at : at + data.draw(st.integers(0, 1))] = [odd]
    text = "\n".join(lines)

    try:
        kept = parse(dump(parse(text))) == parse(text)
    except DocumentInvalid as refusal:
        kept = all(problem.line for problem in refusal.problems)

    assert kept


def test_the_line_of_every_field_is_told_prose_and_all() -> None:
    _, lines = parse_with_lines(GUIDE)

    assert lines["slug"] == 3
    assert lines["summary"] == 6
    assert lines["sections[0]"] == lines["sections[0].title"] == lines["sections[0].body"] == 13
    assert lines["sections[1].key"] == 21


def test_an_error_is_named_by_its_code_and_everything_else_by_its_slug() -> None:
    error, guide = an_error("OL-301"), a_guide("manual-import")

    assert (error.identity, error.name) == ("ol-301", "Error OL-301")
    assert (guide.identity, guide.name) == ("manual-import", "Title of manual-import")


def test_causes_are_ranked_in_words() -> None:
    shares = {"a": 45, "b": 45, "c": 10, "d": 9}
    document = an_error(causes=tuple(Cause(key, key, percent, "") for key, percent in shares.items()))

    assert [rank for rank, _ in document.ranked_causes] == ["Most likely", "Most likely", "Possible", "Rare"]


def test_a_review_lasts_a_quarter_unless_an_editor_says_otherwise() -> None:
    fresh = an_error(reviewed_on=date(2026, 11, 1))

    assert fresh.next_review_on == date(2027, 1, 30)
    assert replace(fresh, review_every=Duration(10 * DAY, 30 * DAY)).next_review_on == date(2026, 12, 1)


def test_sources_are_numbered_as_they_are_listed() -> None:
    sources = tuple(doc.Source(key, "Page", "Intuit", Standing.OFFICIAL) for key in ("b", "a"))

    assert an_error(sources=sources).source_numbers == {"b": 1, "a": 2}


@pytest.mark.parametrize("standing", Standing)
def test_every_standing_of_a_source_has_words(standing: Standing) -> None:
    assert standing.in_words


def test_a_flow_is_told_what_its_article_holds() -> None:
    document = an_error()

    around = document.surroundings

    assert (around.causes, around.costs, around.sources) == (("outage",), ("check",), ("intuit",))
    assert around.steps == {"update": False}


def test_json_has_the_names_of_the_front_matter_and_the_sections() -> None:
    data = as_json(an_error())

    assert data["code"] == "700"
    assert data["causes"] == [{"key": "outage", "title": "An outage", "percent": 100, "text": "The bank is down."}]
    assert data["flow"]["nodes"][1] == {
        "kind": "step",
        "key": "try",
        "step": "update",
        "fixed": "done",
        "not_fixed": "wait",
        "could_not": "ask",
    }
    assert data["sections"][0] == {"key": "fast-fix", "title": "Heading of fast-fix", "body": "Prose of fast-fix."}


ROWS: dict[type[Model], tuple[str, type]] = {
    models.Article: ("", Document),
    models.Cause: ("causes", doc.Cause),
    models.RiskFactor: ("risk_factors", doc.RiskFactor),
    models.RepairStep: ("steps", doc.Step),
    models.CostEstimate: ("costs", doc.Cost),
    models.Related: ("related", doc.Related),
    models.Section: ("sections", doc.Section),
}


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_every_markdown_field_of_the_desk_is_checked_as_prose(model: type[Model]) -> None:
    part, cls = ROWS[model]
    names = {f.name for f in model._meta.get_fields() if isinstance(f, ProseField)}
    document = an_error(risk_factors=(doc.RiskFactor("a", doc.Level.LOW, "b", "c"),))

    found = {field for field, _ in prose_of(document)}

    assert names <= {f.name for f in fields(cls)}
    assert {f"{part}[0].{name}" if part else name for name in names} <= found


def test_every_markdown_field_of_a_node_is_checked_as_prose() -> None:
    names = {f.name for f in models.Node._meta.get_fields() if isinstance(f, ProseField)}
    question = Question("a", "?", (Option("yes", "Yes", "b"),), help="1", why="2", where="3")
    outcome = an_outcome("b", lead="4", who_text="5", time_text="6", hard_stop="7")
    guide = a_guide(flow=Flow("a", (question, outcome, Jump("c", "103", "Why"))))

    found = {field.rpartition(".")[2] for field, _ in prose_of(guide) if field.startswith("flow.nodes[")}

    assert found == names


def test_prose_is_given_in_reading_order() -> None:
    texts = [text for _, text in prose_of(an_error())]

    assert texts[0] == "Verdict first."
    assert texts.index("The bank is down.") < texts.index("1. Press ++Update++.") < texts.index("Prose of closing.")


def test_each_kind_of_article_has_a_name() -> None:
    assert list(Kind) == ["error", "guide", "chooser"]
