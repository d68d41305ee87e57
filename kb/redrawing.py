"""Redrawing: put an editor's changes to a flow on the desk, unless somebody else was faster."""

import hashlib
from collections.abc import Mapping

from django.db import transaction

from kb.desk import read_flow, read_node, take_stock, write_flow
from kb.flow import Flow, Jump
from kb.flowedit import renamed_answers
from kb.flowoutline import dump
from kb.models import Article, Node


class FlowMoved(Exception):
    """The flow on the desk is not the one that the editor saw."""


def digest_of(flow: Flow) -> str:
    """A short name for a flow with all it says: it changes when anything in the flow does."""
    return hashlib.blake2b(dump(flow).encode(), digest_size=16).hexdigest()


@transaction.atomic
def redraw(article: Article, flow: Flow, *, seen: str) -> None:
    """Make `flow` the article's flow on the desk.

    Raises FlowMoved when that is not the one whose digest was `seen`, and Article.DoesNotExist when it is gone.
    """
    Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    if digest_of(read_flow(article) or Flow("")) != seen:
        raise FlowMoved
    write_flow(article, flow)
    take_stock(article)


@transaction.atomic
def rename_in_jumps(article: Article, old: str, new: str, options: Mapping[str, str]) -> list[Article]:
    """Let jumps on the desk name a node of this article, and its options, by the new keys. Returns whose they are."""
    found = {}
    jumps = Node.objects.filter(kind=Jump.kind, to__iexact=article.slug).select_related("flow__article")
    for row in jumps:
        jump = read_node(row, ())
        if not isinstance(jump, Jump):
            continue
        answers = renamed_answers(jump.answers, old, new, options)
        if answers != jump.answers:
            row.answers = tuple(f"{answer.node}={answer.option}" for answer in answers)
            row.save(update_fields=["answers"])
            found[row.flow.article_id] = row.flow.article
    for other in found.values():
        take_stock(other)
    return list(found.values())


def jumps_into(article: Article, key: str) -> list[Article]:
    """The articles whose jumps on the desk carry over an answer to this node."""
    jumps = Node.objects.filter(kind=Jump.kind, to__iexact=article.slug).select_related("flow__article")
    found = {
        row.flow.article_id: row.flow.article for row in jumps if any(word.split("=")[0] == key for word in row.answers)
    }
    return list(found.values())
