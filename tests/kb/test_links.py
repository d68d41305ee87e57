import re
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.document import Kind, Lookalike, Related, parse
from kb.flow import Flow, Jump
from kb.links import Link, anchors_of, links_in, links_of, source_marks_in
from tests.factories import a_guide, an_error, an_outcome

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.md"))


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("[[103]]", Link("103")),
        ("see [[manual-import]].", Link("manual-import")),
        ("[[OL-301]]", Link("ol-301")),
        ("[[ 103 ]]", Link("103")),
        ("[[103|wrong sign-in details]]", Link("103", label="wrong sign-in details")),
        ("[[103| padded ]]", Link("103", label="padded")),
        ("[[102#step-3]]", Link("102", "step-3")),
        ("[[102#step-3|the third step]]", Link("102", "step-3", "the third step")),
        ("**[[103|a: b, “c” & <d>]]**", Link("103", label="a: b, “c” & <d>")),
    ],
)
def test_a_cross_link_names_its_target_by_identity(text: str, link: Link) -> None:
    assert list(links_in(text)) == [link]


@pytest.mark.parametrize(
    "text",
    [
        *("[103]", "[[]]", "[[ ]]", "[[-a]]", "[[a b]]", "[[103|]]", "[[103", "[[103|a|b]]", "[[103|a\nb]]"),
        *("[[103#]]", "[[103#a b]]", "[[../102]]", "[[http://example.com]]", f"[[{'a' * 65}]]", "[[103|[a]]]"),
    ],
)
def test_what_is_not_quite_a_cross_link_is_none(text: str) -> None:
    assert list(links_in(text)) == []


def test_links_are_found_in_their_order() -> None:
    assert [link.target for link in links_in("[[105]] then [[101]], [[105|again]] and [[[102]]]")] == [
        "105",
        "101",
        "105",
        "102",
    ]


def test_source_marks_are_found_in_their_order() -> None:
    assert list(source_marks_in("a[^intuit-102] b[^estimate], [^A] [^] [^a b] [a](^b) c[^intuit-102]")) == [
        "intuit-102",
        "estimate",
        "intuit-102",
    ]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["[[", "]]", "[", "]", "103", "a", "#", "|", " ", "\n", "^", "(", "[[103]]"])))
def test_links_and_marks_are_found_in_any_text(pieces: list[str]) -> None:
    text = "".join(pieces)

    found = list(links_in(text))

    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", link.target) for link in found)
    assert len(found) <= text.count("[[")


def test_typed_references_and_prose_are_links_of_a_document_with_their_fields() -> None:
    flow = Flow("go", (Jump("go", "ERR-1", "Why"), an_outcome("end", error="105", do_now="Read [[350]].")))
    document = an_error(
        summary="Not [[103|that]].",
        lookalikes=(Lookalike("OL-301", "See [[101]].", "None."),),
        related=(Related("manual-import", "See [[108#data]]."),),
        flow=flow,
    )

    found = set(links_of(document))

    assert found == {
        ("summary", Link("103", label="that")),
        ("lookalikes[0].fault", Link("101")),
        ("lookalikes[0].error", Link("ol-301")),
        ("related[0].text", Link("108", "data")),
        ("related[0].target", Link("manual-import")),
        ("flow.nodes[0].to", Link("err-1")),
        ("flow.nodes[1].error", Link("105")),
        ("flow.nodes[1].do_now", Link("350")),
    }


def test_steps_causes_and_sections_can_be_linked_into() -> None:
    anchors = anchors_of(an_error())

    assert {"step-1", "step-update", "cause-outage", "fast-fix", "closing", "sources"} <= anchors
    assert "step-2" not in anchors
    assert "causes" not in anchors_of(a_guide())


@pytest.mark.django_db
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_part_that_may_be_linked_into_is_on_the_page(path: Path, client: Client) -> None:
    document = parse(path.read_text(encoding="utf-8"))
    if document.kind is Kind.CHOOSER:
        address, anchors = f"/triage/{document.identity}/map/", frozenset({"sources"})
    else:
        address, anchors = f"/{document.kind}s/{document.identity}/", anchors_of(document)

    html = client.get(address).text

    assert anchors - set(re.findall(r'\bid="([^"]+)"', html)) == set()
