"""The way between desk rows and documents. Rows carry the names of the document's fields, so the way is short."""

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any

from django.db import models, transaction

from kb import document as doc
from kb import flow as graph
from kb import signs
from kb.document import Document, Kind, digest
from kb.frontmatter import clean
from kb.links import linked_identities
from kb.models import (
    Article,
    Cause,
    CostEstimate,
    DeskEntry,
    FixTime,
    Flow,
    Lookalike,
    Node,
    Observation,
    Option,
    Related,
    RepairStep,
    RiskFactor,
    Section,
    Sign,
    Source,
)
from kb.soundness import own_warnings

PARTS: dict[str, tuple[type[Any], type[models.Model]]] = {
    "fix_times": (doc.FixTime, FixTime),
    "causes": (doc.Cause, Cause),
    "risk_factors": (doc.RiskFactor, RiskFactor),
    "lookalikes": (doc.Lookalike, Lookalike),
    "signs": (signs.Sign, Sign),
    "observations": (signs.Observation, Observation),
    "steps": (doc.Step, RepairStep),
    "costs": (doc.Cost, CostEstimate),
    "related": (doc.Related, Related),
    "sources": (doc.Source, Source),
    "sections": (doc.Section, Section),
}
"""The lists of a document: the dataclass of one entry, and the model that holds it on the desk."""

_NODES: dict[str, type[Any]] = {kind.kind: kind for kind in (graph.Question, graph.Repair, graph.Outcome, graph.Jump)}


def read_document(
    article: Article, typed: Mapping[type[models.Model], Iterable[models.Model]] = types.MappingProxyType({})
) -> Document:
    """Put the desk copy together as a document: a fixed number of queries, whatever the article's size.

    Rows that are `typed` count instead of those of their model that are saved.
    """
    parts: dict[str, Any] = {
        name: tuple(_from_row(cls, row) for row in (typed[model] if model in typed else _rows(model, article)))
        for name, (cls, model) in PARTS.items()
    }
    own = _own_fields(article)
    if article.kind == Kind.ERROR:
        own["slug"] = ""
    return Document(**own, **parts, flow=read_flow(article))


@transaction.atomic
def write_document(document: Document, article: Article | None = None) -> Article:
    """Make or change a desk copy so that it equals `document`: that of `article`, or of the document's identity.

    Rows that stay keep their primary keys.
    """
    if article is None:
        article = Article.objects.filter(slug=document.identity).first() or Article(slug=document.identity)
    if article.pk is not None and read_document(article) == document:
        return article
    for name in _scalar_names(Document):
        setattr(article, name, _to_column(getattr(document, name)))
    article.slug = document.identity
    article.save()
    for name, (cls, model) in PARTS.items():
        _write_rows(model, {"article": article}, getattr(document, name), _scalar_names(cls))
    write_flow(article, document.flow)
    take_stock(article)
    return article


def take_stock(article: Article) -> None:
    """Note what lists show of a desk copy. To be called after each change of its rows."""
    document = read_document(article)
    warnings = own_warnings(document)
    DeskEntry.objects.update_or_create(
        article=article,
        defaults={
            "digest": digest(document),
            "links": linked_identities(document),
            "warnings": [str(problem) for problem in warnings],
            "flow_warnings": sum(problem.field.startswith("flow.") for problem in warnings),
            "review_due_on": document.next_review_on,
        },
    )


def _own_fields(article: Article) -> dict[str, Any]:
    hints = typing.get_type_hints(Document)
    return {name: _to_value(hints[name], getattr(article, name)) for name in _scalar_names(Document)}


def _scalar_names(cls: type[Any]) -> list[str]:
    """The fields of a document's dataclass that are columns of its row, rather than rows of their own."""
    return [
        field.name for field in fields(cls) if field.name not in {*PARTS, "flow", "options"} or cls is graph.Outcome
    ]


def _rows(model: type[models.Model], article: Article) -> Iterable[models.Model]:
    return model._default_manager.filter(article=article)


def _from_row(cls: type[Any], row: models.Model) -> Any:
    hints = typing.get_type_hints(cls)
    return cls(**{name: _to_value(hints[name], getattr(row, name)) for name in _scalar_names(cls)})


def _to_value(hint: Any, held: Any) -> Any:
    if typing.get_origin(hint) is tuple:
        kind = typing.get_args(hint)[0]
        return tuple(_answer(word) if kind is graph.Answer else word for word in held)
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if type(None) in options and held in (None, ""):
        return None
    kind = options[0]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(held) if held else held  # a blank is half-finished work, which the check names
    return clean(held) if isinstance(held, str) else held


def _to_column(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(f"{item.node}={item.option}" if isinstance(item, graph.Answer) else item for item in value)
    return "" if value is None else value


def _answer(word: str) -> graph.Answer:
    node, _, option = word.partition("=")
    return graph.Answer(node, option)


def _write_rows(
    model: type[models.Model], owner: dict[str, models.Model], items: Sequence[Any], names: Sequence[str]
) -> list[Any]:
    """Make the rows of `model` that belong to `owner` equal `items`; an item's first field is what it is known by."""
    natural = names[0]
    manager = model._default_manager
    existing = {getattr(row, natural): row for row in manager.filter(**owner)}
    kept = {getattr(item, natural) for item in items}
    manager.filter(pk__in=[row.pk for key, row in existing.items() if key not in kept]).delete()
    rows = []
    for position, item in enumerate(items):
        row: Any = existing.get(getattr(item, natural)) or model(**owner)
        row.position = position
        for name in names:
            value = getattr(item, name)
            setattr(row, name, None if value is None and name == "chance" else _to_column(value))
        row.save()
        rows.append(row)
    return rows


def read_flow(article: Article) -> graph.Flow | None:
    """The flow of a desk copy, or None: three queries, whatever its size."""
    flow = Flow.objects.filter(article=article).first()
    if flow is None:
        return None
    rows = flow.nodes.prefetch_related("options")
    return graph.Flow(clean(flow.start), tuple(read_node(row, row.options.all()) for row in rows))


def read_node(row: Node, options: Iterable[Option]) -> graph.Node:
    """One node of a flow; the fields of other kinds are passed over."""
    cls = _NODES[row.kind]
    hints = typing.get_type_hints(cls)
    held = {
        field.name: _to_value(hints[field.name], getattr(row, field.name))
        for field in fields(cls)
        if field.name != "options"
    }
    if cls is graph.Question:
        held["options"] = tuple(_from_row(graph.Option, option) for option in options)
    node: graph.Node = cls(**held)
    return node


@transaction.atomic
def write_flow(article: Article, flow: graph.Flow | None) -> None:
    """Make the flow of a desk copy equal `flow`. Nodes that say the same already are left alone."""
    if flow is None:
        Flow.objects.filter(article=article).delete()
        return
    row, _ = Flow.objects.update_or_create(article=article, defaults={"start": flow.start})
    row.nodes.exclude(key__in=[node.key for node in flow.nodes]).delete()
    existing = {node.key: node for node in row.nodes.prefetch_related("options")}
    moved = []
    for position, node in enumerate(flow.nodes):
        node_row = existing.get(node.key)
        if node_row is None or read_node(node_row, node_row.options.all()) != node:
            _write_node(row, node_row, node, position)
        elif node_row.position != position:
            node_row.position = position
            moved.append(node_row)
    Node.objects.bulk_update(moved, ["position"])


def _write_node(flow: Flow, existing: Node | None, node: graph.Node, position: int) -> None:
    key = existing.pk if existing else None
    row = Node(pk=key, flow=flow, position=position, kind=node.kind)  # forgets another kind's fields
    for field in fields(node):
        if field.name != "options":
            setattr(row, field.name, _to_column(getattr(node, field.name)))
    row.save(force_update=key is not None, force_insert=key is None)
    options = node.options if isinstance(node, graph.Question) else ()
    _write_rows(Option, {"node": row}, options, _scalar_names(graph.Option))
