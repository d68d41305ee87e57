"""Cross-links by identity (`[[103]]`, `[[manual-import|a label]]`, `[[102#step-3]]`) and source marks (`[^intuit]`)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.document import Document, Kind, prose_of

LINK = (
    r"\[\[\s*(?P<target>[A-Za-z0-9][A-Za-z0-9-]{0,63})(?:#(?P<anchor>[A-Za-z0-9-]{1,80}))?\s*"
    r"(?:\|(?P<label>[^\[\]\n|]{1,200}))?\]\]"
)
SOURCE_MARK = r"\[\^(?P<source>[a-z0-9][a-z0-9-]{0,39})\]"

_LINK = re.compile(LINK)
_SOURCE_MARK = re.compile(SOURCE_MARK)

_PARTS = (
    "fast-fix",
    "snapshot",
    "path",
    "diagnose",
    "causes",
    "delay",
    "differential",
    "treat",
    "refer",
    "costs",
    "follow-up",
    "related",
    "sources",
)


@dataclass(frozen=True)
class Link:
    """A cross-link as written; `target` is an identity in lower case."""

    target: str
    anchor: str = ""
    label: str = ""


def links_in(text: str) -> Iterator[Link]:
    """The cross-links of a Markdown text, in order."""
    for match in _LINK.finditer(text):
        yield Link(match["target"].lower(), match["anchor"] or "", (match["label"] or "").strip())


def source_marks_in(text: str) -> Iterator[str]:
    """The keys of the sources that a Markdown text refers to, in order."""
    for match in _SOURCE_MARK.finditer(text):
        yield match["source"]


def links_of(document: Document) -> Iterator[tuple[str, Link]]:
    """Every reference to an article that a document makes, typed or in prose, with its field."""
    for field, text in prose_of(document):
        for link in links_in(text):
            yield field, link
    for at, lookalike in enumerate(document.lookalikes):
        yield f"lookalikes[{at}].error", Link(lookalike.error.lower())
    for at, related in enumerate(document.related):
        yield f"related[{at}].target", Link(related.target.lower())
    for at, node in enumerate(document.flow.nodes if document.flow else ()):
        if error := getattr(node, "error", ""):
            yield f"flow.nodes[{at}].error", Link(error.lower())
        if target := getattr(node, "to", ""):
            yield f"flow.nodes[{at}].to", Link(target.lower())


def linked_identities(document: Document) -> list[str]:
    """The identities of all other articles that a document refers to, sorted."""
    return sorted({link.target for _, link in links_of(document)} - {document.identity})


def parts_of(document: Document) -> Iterator[tuple[str, str]]:
    """What a link may name on a document’s page and readers know by a heading: each anchor with that heading."""
    yield from ((section.key, section.title) for section in document.sections)
    yield from ((f"cause-{cause.key}", cause.title) for cause in document.causes)
    yield from ((f"step-{step.key}", step.title) for step in document.steps)


def anchors_of(document: Document) -> frozenset[str]:
    """The fragments that a link into this document's page may name."""
    anchors = {section.key for section in document.sections} | {f"cause-{cause.key}" for cause in document.causes}
    for number, step in enumerate(document.steps, start=1):
        anchors |= {f"step-{number}", f"step-{step.key}"}
    if document.kind is Kind.ERROR:
        return frozenset(anchors | set(_PARTS))
    return frozenset(
        anchors | {"path", "costs", "related", "sources"} | ({"snapshot"} if document.data_risk else set())
    )
