"""Copying the flow of another article, without what only that article has."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.html import format_html, format_html_join

from kb.admin.flowdesk.visit import NotAllowed, Visit
from kb.desk import read_flow
from kb.flow import Flow
from kb.flowedit import Loss, fitted
from kb.flowoutline import dump
from kb.models import Article
from kb.redrawing import FlowMoved

_PARTS = {
    "step": "the repair step",
    "guards": "the step it guards",
    "time_source": "the source of its time",
    "costs": "the costs",
    "steps": "the repair steps",
    "causes": "the causes",
    "marks": "source marks in its words, which are still there:",
}


class CopyForm(forms.Form):
    """Whose flow to copy."""

    def __init__(self, others: "QuerySet[Article]", data: Any = None) -> None:
        super().__init__(data)
        self.fields["article"] = forms.ModelChoiceField(others, label="Copy the flow of", empty_label="(choose)")


def copying_page(visit: Visit) -> HttpResponse:
    """Choose an article, and put its flow in the place of this one."""
    if not visit.may_draw:
        raise PermissionDenied
    draft = visit.draft
    others = Article.objects.filter(flow__isnull=False).exclude(pk=draft.article.pk)
    form = CopyForm(others, visit.request.POST or None)
    if visit.request.method == "POST" and form.is_valid():
        source = form.cleaned_data["article"]
        flow, losses = fitted(read_flow(source) or Flow(""), draft.document.surroundings)
        try:
            visit.put(flow, says=f"Copied the flow of {source}.")
        except FlowMoved:
            visit.tell("This flow was changed meanwhile. Look again at what the copy would replace.", messages.WARNING)
            return visit.go(visit.request.path)
        except NotAllowed as refused:
            form.add_error(None, str(refused))
        else:
            visit.tell(f"Copied the flow of {source}.")
            tell_losses(visit, losses)
            return visit.go(draft.address())
    return visit.render("copying", draft, form=form, present=dump(draft.flow))


def tell_losses(visit: Visit, losses: Iterable[Loss]) -> None:
    """List what a copy could not take along."""
    found = list(losses)
    if found:
        items = format_html_join(
            "",
            '<li><a href="{}">{}</a>: {} {}</li>',
            (
                (
                    visit.draft.address(loss.node.key),
                    getattr(loss.node, "text", "") or loss.node.key,
                    _PARTS[loss.part],
                    ", ".join(f"“{key}”" for key in loss.keys),
                )
                for loss in found
            ),
        )
        words = format_html("This article does not have everything that the copy names. Left blank:<ul>{}</ul>", items)
        messages.warning(visit.request, words)
