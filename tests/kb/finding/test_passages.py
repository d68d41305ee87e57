from pathlib import Path

import pytest
from hypothesis import given, settings

from kb.document import Document, Kind, Lookalike, Related, Section, parse
from kb.finding.passages import Part, Passage, passages_of
from kb.flow import Flow, Jump, Option, Question
from kb.links import anchors_of
from tests.factories import a_guide, an_error, an_outcome
from tests.strategies import documents

FIXTURES = [parse(path.read_text()) for path in sorted((Path(__file__).parents[3] / "fixtures").glob("*.md"))]


def named(document: Document, heading: str) -> Passage:
    return next(passage for passage in passages_of(document) if passage.heading == heading)


def test_title_summary_and_telling_sign_make_the_top() -> None:
    top = passages_of(an_error("700"))[0]

    assert top == Passage(
        Part.TOP, "", "Title of 700", "Verdict first. The bank is down. Its site does not open. About 700."
    )


def test_each_part_can_be_landed_on() -> None:
    document = an_error("700")

    found = {(passage.heading, passage.anchor) for passage in passages_of(document)}

    assert {
        ("Heading of data", "data"),
        ("Data risk", "snapshot"),
        ("Time to fix", "snapshot"),
        ("An outage", "cause-outage"),
        ("What waiting costs", "delay"),
        ("Ask once", "step-update"),
        ("What help costs", "costs"),
        ("Does the bank’s site open?", "path"),
    } <= found


@pytest.mark.parametrize("document", FIXTURES, ids=lambda document: document.identity)
def test_every_fragment_is_one_of_the_page(document: Document) -> None:
    found = {passage.anchor for passage in passages_of(document) if passage.part is not Part.OF_ANOTHER} - {""}

    assert found <= anchors_of(document) or document.kind is Kind.CHOOSER


def test_prices_and_times_are_in_words() -> None:
    document = an_error("700")

    assert named(document, "What help costs").text == "A check: $60–$120. A call."
    assert named(document, "Time to fix").text == "5 minutes: If you wait."


def test_what_is_said_of_another_article_is_about_that_one() -> None:
    jump = Question(
        "ask", "What is asked?", (Option("code", "A code", "go", "By text"), Option("no", "Nothing", "end"))
    )
    document = an_error(
        "700",
        lookalikes=(Lookalike("OL-301", "Another fault.", "Another sign"),),
        related=(Related("manual-import", "Load a file."),),
        flow=Flow("ask", (jump, Jump("go", "185", "The bank wants a code"), an_outcome("end", error="108"))),
    )

    told = {passage.about: passage.text for passage in passages_of(document) if passage.part is Part.OF_ANOTHER}

    assert told == {
        "ol-301": "Another fault. Another sign.",
        "manual-import": "Load a file.",
        "185": "A code. By text. The bank wants a code.",
        "108": "Wait until tomorrow. Call the bank.",
    }
    assert "Another sign" not in " ".join(
        passage.text for passage in passages_of(document) if passage.part is not Part.OF_ANOTHER
    )
    assert "A code" not in named(document, "What is asked?").text


def test_marks_links_and_tables_are_plain_text() -> None:
    table = "| File | What |\n| --- | --- |\n| .QBO | Web Connect |\n| .CSV | a [[103|table]] |"
    body = f"See **[[103]]**.[^intuit]\n\n{table}"

    passage = named(a_guide(sections=(Section("files", "Files", body),)), "Files")

    assert passage.text == "See Error 103.\n\nFile · What\n.QBO · Web Connect\n.CSV · a table."


@given(documents())
@settings(max_examples=25)
def test_any_document_has_passages_with_a_text(document: Document) -> None:
    for passage in passages_of(document):
        assert passage.text.strip()
        assert (passage.part is Part.OF_ANOTHER) == bool(passage.about)
        assert passage.about == passage.about.lower()
