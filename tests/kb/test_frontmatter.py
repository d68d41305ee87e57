from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.figures import Duration, Level
from kb.frontmatter import MAX_DEPTH, clean, control_character, dump, plain, read
from kb.problems import DocumentInvalid, Problem
from tests.strategies import FRAGMENTS


@dataclass(frozen=True)
class Leg:
    name: str
    length: int = 1


@dataclass(frozen=True)
class Circle:
    kind: ClassVar[str] = "circle"
    radius: int


@dataclass(frozen=True)
class Square:
    kind: ClassVar[str] = "square"
    side: int = 1


type Shape = Circle | Square


@dataclass(frozen=True)
class Table:
    """One field of every type that documents use."""

    title: str
    seats: int = 4
    price: Decimal = Decimal(0)
    made_on: date | None = None
    folds: bool = False
    drying: Duration | None = None
    wobble: Level | None = None
    names: tuple[str, ...] = ()
    legs: tuple[Leg, ...] = ()
    shape: Shape | None = None


def faults(text: str, *, first_line: int = 1) -> list[Problem]:
    with pytest.raises(DocumentInvalid) as refusal:
        read(Table, text, first_line=first_line)
    return list(refusal.value.problems)


def test_each_value_is_read_as_the_type_of_its_field() -> None:
    text = """\
title: 102
seats: '6'
price: 60.5
made_on: 2026-11-22
folds: true
drying: 12-24 h
wobble: high
names: [yes, no, 1e3]
legs:
  - name: null
    length: 7
shape: {kind: circle, radius: 9}
"""

    table, _ = read(Table, text)

    assert table == Table(
        title="102",
        seats=6,
        price=Decimal("60.50"),
        made_on=date(2026, 11, 22),
        folds=True,
        drying=Duration.parse("12-24 h"),
        wobble=Level.HIGH,
        names=("yes", "no", "1e3"),
        legs=(Leg("null", 7),),
        shape=Circle(9),
    )


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        ("seats: many", "seats", "should be a whole number, not “many”"),
        ("seats: -1", "seats", "should be a whole number, not “-1”"),
        ("seats: \N{FULLWIDTH DIGIT FOUR}", "seats", "should be a whole number"),
        ("seats: 1234567890", "seats", "should be a whole number"),
        ("price: cheap", "price", "should be an amount such as 60 or 60.50, not “cheap”"),
        ("price: -1", "price", "should be an amount"),
        ("price: 0.005", "price", "should be an amount"),
        ("price: NaN", "price", "should be an amount"),
        ("price: Infinity", "price", "should be an amount"),
        ("price: 1e99", "price", "should be an amount"),
        ("made_on: 22.11.2026", "made_on", "should be a date such as 2026-11-22, not “22.11.2026”"),
        ("made_on: 2026-02-30", "made_on", "should be a date"),
        ("folds: yes", "folds", "should be true or false, not “yes”"),
        ("drying: soon", "drying", "write a time such as"),
        ("wobble: severe", "wobble", "should be one of: low, medium, high"),
        ("names: only", "names", "should be a list"),
        ("legs: {name: a}", "legs", "should be a list"),
        ("legs: [a]", "legs[0]", "should hold fields, each as “name: value”"),
        ("legs: [{length: 2}]", "legs[0].name", "is missing"),
        ("legs: [{name: a, depth: 2}]", "legs[0].depth", "is not a field here; known: name, length"),
        ("shape: {radius: 1}", "shape.kind", "should be one of: circle, square"),
        ("shape: {kind: oval}", "shape.kind", "should be one of: circle, square"),
        ("shape: {kind: circle}", "shape.radius", "is missing"),
        ("shape: {kind: [circle]}", "shape.kind", "should be one of: circle, square"),
        ("title: [a]", "title", "should be a single value"),
        ("seats: {a: 1}", "seats", "should be a single value"),
        ('names: ["a\\u0007b"]', "names[0]", "contains a control character (U+0007); remove it"),
        ('names: ["a\\u0085b"]', "names[0]", "contains a control character (U+0085); remove it"),
        ("size: 1", "size", "is not a field here; known: title, seats"),
        ("[a]: 1", "?", "is not a field here"),
    ],
)
def test_a_fault_names_its_line_and_its_field(value: str, field: str, message: str) -> None:
    first = "" if value.startswith("title") else "title: A table"

    found = faults(f"{first}\n{value}\n", first_line=10)

    assert [(problem.field, problem.line) for problem in found] == [(field, 11)]
    assert found[0].message.startswith(message)


def test_a_field_may_be_given_only_once() -> None:
    found = faults("title: a\nseats: 3\ntitle: b\n")

    assert [(problem.line, str(problem)) for problem in found] == [(3, "title: is given twice")]


def test_every_fault_is_found_at_once() -> None:
    found = faults("seats: many\nprice: cheap\nlegs:\n  - name: a\n    length: x\n  - nmae: b\n")

    assert [(problem.field, problem.line) for problem in found] == [
        ("title", 1),
        ("seats", 1),
        ("price", 2),
        ("legs[0].length", 5),
        ("legs[1].nmae", 6),
        ("legs[1].name", 6),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the front matter is empty"),
        ("# only a comment", 1, "the front matter is empty"),
        ("title: a\nseats: ]", 2, "the front matter is not valid YAML: did not find expected node content"),
        ("title: a\n\tseats: 1", 2, "the front matter is not valid YAML"),
        ("title: a: b", 1, "the front matter is not valid YAML: mapping values are not allowed"),
        ("title: a\x07", 1, "the front matter is not valid YAML: control characters are not allowed"),
        ("title: \ud800", 1, "the front matter is not valid YAML: surrogates not allowed"),
        ('title: "\\ud800"', 1, "the front matter is not valid YAML"),
        ("title: a\n---\ntitle: b", 2, "the front matter is not valid YAML: but found another document"),
        ("- a", 1, "should hold fields"),
        ("just words", 1, "should hold fields"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    (problem,) = faults(text)

    assert problem.message.startswith(message)
    assert problem.line == line


@pytest.mark.parametrize(
    "text",
    [
        "title: &a b\nnames: [*a]",
        "title: &a b",
        "title: !!python/object/apply:os.system [id]",
        "title: !!str a",
        "title: !mine a",
        "legs: &a\n  - *a",
    ],
)
def test_anchors_aliases_and_tags_are_refused(text: str) -> None:
    (problem,) = faults(text)

    assert problem.message == "YAML anchors, aliases and tags are not used here"


@pytest.mark.parametrize("level", ["- ", "[", "{a: ", "? "])
def test_what_is_nested_too_deeply_is_refused_before_it_is_built(level: str) -> None:
    (problem,) = faults(level * 20_000)

    assert problem.message == "the front matter is nested too deeply"


def test_documents_stay_far_from_the_deepest_nesting() -> None:
    flow_mapping_nodes_node_options_option = 6

    assert flow_mapping_nodes_node_options_option * 2 <= MAX_DEPTH


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from([*FRAGMENTS, "title:", "legs:", "\n- ", "\n  name: ", "[", "{", ",", "\x00"])))
def test_no_text_is_too_odd_to_be_read_or_refused(pieces: list[str]) -> None:
    text = " ".join(pieces)

    try:
        found = [read(Table, text)[0]]
    except DocumentInvalid as refusal:
        found = [problem.line for problem in refusal.problems]

    assert found
    assert all(found)


def test_the_line_of_every_field_is_told() -> None:
    _, lines = read(Table, "title: a\nlegs:\n  - name: b\n  - name: c\n    length: 3\n", first_line=2)

    assert lines == {
        "": 2,
        "title": 2,
        "legs": 4,
        "legs[0]": 4,
        "legs[0].name": 4,
        "legs[1]": 5,
        "legs[1].name": 5,
        "legs[1].length": 6,
    }


def test_what_equals_its_default_is_not_written() -> None:
    assert plain(Table("a", seats=4, price=Decimal("0.00"))) == {"title": "a"}


def test_what_is_written_reads_the_same_and_shows_its_type() -> None:
    table = Table(
        title="2026-11-22",
        price=Decimal("60.5"),
        made_on=date(2026, 11, 22),
        folds=True,
        names=("yes", "102", "Fix: now", "one\ntwo"),
        legs=(Leg("a"), Leg("b", 2)),
        shape=Square(),
    )

    text = dump(table)

    assert text == (
        "title: 2026-11-22\nprice: '60.50'\nmade_on: 2026-11-22\nfolds: true\n"
        "names:\n  - 'yes'\n  - '102'\n  - 'Fix: now'\n  - |-\n    one\n    two\n"
        "legs:\n  - name: a\n  - name: b\n    length: 2\n"
        "shape:\n  kind: square\n"
    )
    assert read(Table, text)[0] == table


@settings(deadline=None)
@given(st.lists(st.sampled_from([*FRAGMENTS, "\r\n", "\r", " \n"])).map("".join))
def test_clean_text_has_no_blanks_at_the_ends_of_lines_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert cleaned == cleaned.strip()
    assert all(line == line.rstrip() for line in cleaned.split("\n"))
    assert "\r" not in cleaned
    assert "".join(cleaned.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("character", "name"),
    [("\x00", "U+0000"), ("\x1b", "U+001B"), ("\x7f", "U+007F"), ("\x85", "U+0085"), ("\ufffe", "U+FFFE")],
)
def test_a_control_character_is_named(character: str, name: str) -> None:
    assert control_character(f"before{character}\x01after") == name


def test_tabs_line_feeds_and_every_script_are_fine() -> None:
    assert control_character("\t\n é 中 🏦 \N{LINE SEPARATOR}\N{ZERO WIDTH JOINER}") is None
