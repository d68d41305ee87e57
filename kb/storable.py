"""What has to be true of a document before the desk can hold it: far less than before readers see it. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from kb.document import Document, Kind
from kb.flow import Question
from kb.problems import Problem
from kb.soundness import too_long

_LONGEST_KEY = 40
_LONGEST_URL = 500


def unstorable(document: Document) -> list[Problem]:
    """Every reason for which the desk’s columns and constraints would refuse this document."""
    return [*_identity(document), *too_long(document), *_rows(document), *_figures(document)]


def _identity(document: Document) -> Iterator[Problem]:
    if document.kind is Kind.ERROR and not document.code:
        yield Problem("code", "is missing; an error is known by it")
    if document.kind is not Kind.ERROR and document.code:
        yield Problem("code", "only an error has a code")
    if document.kind is not Kind.ERROR and not document.slug:
        yield Problem("slug", "is missing; it makes the address")


def _rows(document: Document) -> Iterator[Problem]:
    """Rows are known by their first field, so it stands once."""
    lists: dict[str, Sequence[Any]] = {
        field.name: held for field in fields(document) if isinstance(held := getattr(document, field.name), tuple)
    }
    del lists["aliases"]
    nodes = document.flow.nodes if document.flow else ()
    lists |= {f"flow.nodes[{at}].options": node.options for at, node in enumerate(nodes) if isinstance(node, Question)}
    for name, rows in {**lists, "flow.nodes": nodes}.items():
        known = [(fields(row)[0].name, getattr(row, fields(row)[0].name)) for row in rows]
        counts = Counter(value for _, value in known)
        for at, (field, value) in enumerate(known):
            if counts[value] > 1:
                yield Problem(f"{name}[{at}].{field}", f"“{value}” stands more than once")
            if field == "key" and len(value) > _LONGEST_KEY:
                yield Problem(f"{name}[{at}].key", f"is longer than {_LONGEST_KEY} characters")


def _figures(document: Document) -> Iterator[Problem]:
    for at, cause in enumerate(document.causes):
        if not 1 <= cause.percent <= 100:
            yield Problem(f"causes[{at}].percent", "should be from 1 to 100")
    for at, step in enumerate(document.steps):
        if step.chance is not None and step.chance > 100:
            yield Problem(f"steps[{at}].chance", "should be from 1 to 100")
    for at, cost in enumerate(document.costs):
        if cost.low > cost.high:
            yield Problem(f"costs[{at}].low", f"the low price ({cost.low:f}) is above the high price ({cost.high:f})")
        if len(cost.currency) > 3:
            yield Problem(f"costs[{at}].currency", "should be a currency code such as USD")
    for at, source in enumerate(document.sources):
        if len(source.url) > _LONGEST_URL:
            yield Problem(f"sources[{at}].url", f"is longer than {_LONGEST_URL} characters")
