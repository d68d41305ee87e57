"""Somebody at the page of a flow: what they may do, and how their changes get to the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join

from kb.admin.conflicts import OVER, SEEN, Conflict, last_save
from kb.admin.flowdesk.draft import Draft
from kb.admin.typed import opened_at, opened_now, tell_saved
from kb.differences import differences
from kb.flow import Flow
from kb.redrawing import redraw


class NotAllowed(Exception):
    """A change that this person may not make, as a sentence."""


@dataclass(frozen=True)
class Visit:
    """One request to one of the pages of a flow."""

    request: HttpRequest
    model_admin: ModelAdmin
    draft: Draft

    def may(self, *permissions: str) -> bool:
        return self.request.user.has_perms([f"kb.{permission}" for permission in permissions])

    @cached_property
    def may_draw(self) -> bool:
        """Whether they may change the flow; who may not sees it without forms."""
        return self.may("change_flow", "change_node")

    def render(self, template: str, draft: Draft, **context: Any) -> HttpResponse:
        """A page that shows `draft`: the flow as stored, or as it would be."""
        return TemplateResponse(
            self.request,
            f"admin/kb/flow/{template}.html",
            {
                **self.model_admin.admin_site.each_context(self.request),
                "opts": self.model_admin.opts,
                "title": f"Flow of {draft.article}",
                "original": draft.article.flow,
                "article": draft.article,
                "draft": draft,
                "view": template,
                "may_draw": self.may_draw,
                "may_add": self.may_draw and self.may("add_node"),
                "may_take_out": self.may_draw and self.may("delete_node"),
                "seen": self.request.POST.get("seen", opened_now(self.draft.digest)),
                "saves_over": self.saves_over,
                "was_typed": self.request.method == "POST",
                "typed_at": self.request.path,
                **context,
            },
        )

    @property
    def saves_over(self) -> str:
        """The digest of what they have seen and asked to save over, if they did."""
        return self.request.POST.get(OVER, "")

    def put(self, flow: Flow, *, says: str, base: Flow | None = None, seen: str = "") -> None:
        """Put a flow on the desk and into the history.

        `base` is what it was made from, if not from what is stored; `seen` is the digest of what the page showed, if
        not the posted one. Raises FlowMoved or NotAllowed, and then nothing is changed.
        """
        seen = seen or self.saves_over or self.request.POST.get(SEEN, "").partition(".")[0]
        before = (base or self.draft.flow).by_key.keys()
        if flow.by_key.keys() - before and not self.may("add_node"):
            raise NotAllowed("You may change stops, but not add new ones. Lead each answer to a stop that is there.")
        if before - flow.by_key.keys() and not self.may("delete_node"):
            raise NotAllowed("You may change stops, but not take them out.")
        with transaction.atomic():
            redraw(self.draft.article, flow, seen=seen)
            self.model_admin.log_change(self.request, self.draft.article.flow, says)

    def tell(self, words: str, level: int = messages.SUCCESS) -> None:
        messages.add_message(self.request, level, words)

    def tell_list(self, words: str, items: Iterable[tuple[str, str]], level: int = messages.SUCCESS) -> None:
        """Words with links behind them: addresses and what they are called."""
        links = format_html_join(" · ", '<a href="{}">{}</a>', items)
        messages.add_message(self.request, level, format_html("{} {}", words, links))

    def go(self, address: str) -> HttpResponse:
        return HttpResponseRedirect(address)

    def saved(self, address: str) -> HttpResponse:
        """Go on after a save: the browser need not keep any more what was typed."""
        response = HttpResponseRedirect(address)
        tell_saved(response, self.request.POST.get(SEEN, ""))
        return response

    def conflict(self, fresh: Draft, mine: Flow | None) -> Mapping[str, Any]:
        """For a page whose save was refused: what is stored now beside what was typed, None if that has faults."""
        seen = self.request.POST.get(SEEN, "")
        saved_by, saved_at = last_save((fresh.article, fresh.article.flow), opened_at(seen), self.request)
        found = differences(fresh.document, fresh.after(mine).document) if mine is not None else None
        return {"conflict": Conflict(saved_by, saved_at, fresh.digest, found), "saves_over": ""}
