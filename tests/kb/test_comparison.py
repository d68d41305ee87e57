import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.comparison import Line, Row, side_by_side
from kb.differences import Difference, differences
from kb.document import Cause, parse
from kb.flow import Flow
from tests.factories import a_flow, an_error, an_outcome
from tests.strategies import documents

lines = st.sampled_from(["", "Ask once.", "Ask twice.", "Wait until tomorrow, then ask again.", "- a", "- b", "日本"])
texts = st.lists(lines, max_size=12).map("\n".join) | st.text(max_size=200)
FIXTURES = settings.BASE_DIR / "fixtures"
EVERYTHING = 10_000  # lines of context: nothing is folded


def text_of(line: Line | None) -> str | None:
    return None if line is None else "".join(piece.text for piece in line)


def marked(line: Line | None) -> list[str]:
    return [piece.text for piece in line or () if piece.is_changed]


def beside(rows: tuple[Row, ...]) -> list[tuple[str | None, str | None]]:
    return [(text_of(row.left), text_of(row.right)) for row in rows]


def titles(found: list[Difference]) -> list[str]:
    return [difference.title for difference in found]


# Two texts


@given(texts, texts)
def test_each_side_reads_as_its_text(left: str, right: str) -> None:
    assume(left != right)

    rows = side_by_side(left, right, context=EVERYTHING)

    for text, side in ((left, [row.left for row in rows]), (right, [row.right for row in rows])):
        assert "\n".join(text_of(line) or "" for line in side if line is not None) == text


@given(texts, texts)
def test_what_is_not_marked_stands_on_both_sides(left: str, right: str) -> None:
    assume(left != right)

    for row in side_by_side(left, right, context=EVERYTHING):
        same = [[piece.text for piece in line or () if not piece.is_changed] for line in (row.left, row.right)]
        assert same[0] == same[1]
        assert row.is_changed == bool(marked(row.left) or marked(row.right) or None in (row.left, row.right))


@given(texts, texts)
def test_other_way_round_shows_the_same_number_of_lines(left: str, right: str) -> None:
    for one, other in ((left, right), (right, left)):
        rows = side_by_side(one, other)
        shown = [line for row in rows for line in (row.left,) if line is not None]
        assert len(shown) + sum(row.folded for row in rows) == (one.count("\n") + 1 if one else 0)


@given(texts)
def test_text_is_no_change_of_itself(text: str) -> None:
    assert not any(row.is_changed for row in side_by_side(text, text))


def test_words_that_differ_are_marked_within_their_line() -> None:
    (row,) = side_by_side("Ask once, then wait a day.", "Ask twice, then wait a day.")

    assert marked(row.left) == ["once"]
    assert marked(row.right) == ["twice"]
    assert text_of(row.right) == "Ask twice, then wait a day."


def test_line_that_was_put_before_a_changed_one_stands_alone() -> None:
    rows = side_by_side("Sign in at your bank first.", "First of all, breathe.\n\nSign in at your bank twice.")

    assert beside(rows) == [
        (None, "First of all, breathe."),
        (None, ""),
        ("Sign in at your bank first.", "Sign in at your bank twice."),
    ]
    assert marked(rows[2].left) == ["first"]


def test_lines_without_a_common_word_are_marked_whole() -> None:
    (row,) = side_by_side("Call the bank.", "Wait until tomorrow.")

    assert marked(row.left) == ["Call the bank."]
    assert marked(row.right) == ["Wait until tomorrow."]


def test_long_stretches_that_are_the_same_are_folded() -> None:
    same = [f"line {number}" for number in range(20)]

    rows = side_by_side("\n".join([*same[:10], "old", *same[10:]]), "\n".join([*same[:10], "new", *same[10:]]))

    assert [row.folded for row in rows if row.folded] == [8, 8]
    assert beside(tuple(row for row in rows if not row.folded)) == [
        ("line 8", "line 8"),
        ("line 9", "line 9"),
        ("old", "new"),
        ("line 10", "line 10"),
        ("line 11", "line 11"),
    ]


def test_single_line_is_shown_rather_than_folded() -> None:
    rows = side_by_side("top\na\nb\nold", "top\na\nb\nnew")

    assert text_of(rows[0].left) == "top"


@pytest.mark.parametrize("line", ["a " * 30_000, "x" * 60_000, "a b c d e f g h " * 4_000])
def test_enormous_lines_are_compared_too(line: str) -> None:
    rows = side_by_side(line, f"{line} z")

    assert text_of(rows[0].left) == line


# Two documents


@given(documents())
def test_document_does_not_differ_from_itself(document) -> None:
    assert differences(document, document) == []


@given(documents(), documents())
def test_documents_that_differ_show_where(one, other) -> None:
    found = differences(one, other)

    assert bool(found) == (one != other)
    assert all(any(row.is_changed for row in difference.rows) for difference in found)


def test_change_is_named_after_its_part() -> None:
    before = an_error("900")
    after = replace(
        before,
        title="Another title",
        causes=(replace(before.causes[0], percent=90), Cause("moved", "A move", 10, "It moved.")),
    )

    found = differences(before, after)

    assert titles(found) == ["Title", "Cause: An outage", "Cause: A move"]
    assert ("Percent: 100", "Percent: 90") in beside(found[1].rows)
    assert {text_of(row.left) for row in found[2].rows} == {None}


def test_part_that_changed_its_title_is_still_the_same_part() -> None:
    before = an_error("900")
    section = before.sections[0]
    after = replace(before, sections=(replace(section, title="Another heading"), *before.sections[1:]))

    (found,) = differences(before, after)

    assert found.title == "Section: Another heading"
    assert (f"Title: {section.title}", "Title: Another heading") in beside(found.rows)


def test_parts_in_another_order_are_said_to_be() -> None:
    before = an_error("900")
    after = replace(before, sections=before.sections[::-1])

    assert titles(differences(before, after)) == ["Order of the sections"]


def test_flow_is_compared_node_by_node() -> None:
    flow = a_flow()
    asked, *others = flow.nodes
    changed = replace(asked, options=(replace(asked.options[0], to="wait"), *asked.options[1:]))
    before = an_error("900")
    after = replace(before, flow=Flow(flow.start, (changed, *others, an_outcome("later"))))

    found = differences(before, after)

    assert titles(found) == ["Question: Does the bank’s site open?", "Outcome: Finding later"]
    assert ("Options: yes, Yes, try", "Options: yes, Yes, wait") in beside(found[0].rows)


def test_flow_that_was_taken_away_is_shown_whole() -> None:
    before = an_error("900")

    found = differences(before, replace(before, flow=None))

    assert "First node of the flow" in titles(found)
    assert len(found) == 1 + len(a_flow().nodes)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("error-*.md")), ids=lambda path: path.stem)
def test_real_article_shows_one_changed_sentence_and_little_else(path: Path) -> None:
    document = parse(path.read_text())
    section = document.sections[0]
    changed = replace(section, body=f"{section.body}\nAsk twice.")

    (found,) = differences(document, replace(document, sections=(changed, *document.sections[1:])))

    assert [row for row in found.rows if row.is_changed]
    assert len(found.rows) < 8


# As a table


def test_table_marks_what_is_gone_and_what_is_new_and_escapes_both() -> None:
    before = an_error("900", title="<b>Old</b> title")
    found = differences(before, replace(before, title="<b>New</b> title"))

    table = render_to_string(
        "admin/kb/_comparison.html",
        {"differences": found, "left_name": "Theirs", "right_name": "Yours", "caption": "Both versions"},
    )

    assert re.findall(r"<th scope=\"col\">(.*?)</th>", table) == ["Theirs", "Yours"]
    assert "&lt;b&gt;<del>Old</del>&lt;/b&gt; title" in table
    assert "&lt;b&gt;<ins>New</ins>&lt;/b&gt; title" in table
