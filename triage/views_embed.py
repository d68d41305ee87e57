"""The triage inside a page of another site: the whole walk in a frame, for the sites that a setting names."""

from collections.abc import Callable
from dataclasses import replace
from functools import update_wrapper
from typing import Any, Concatenate

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import csrf_exempt

from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.flow import Jump
from kb.presentation import jump_url
from kb.serving.away import stays_up
from kb.serving.reader import ReaderView, published, queried_page
from triage.pages import Form, Place, place_context
from triage.views import place_at

EMBED = "/embed"
"""Before any address of the triage, this makes it the address of the same place in a frame."""


def framed[**P](view: ReaderView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let the pages of EMBED_ORIGINS show this reader's page in a frame; while there are none, it is not there."""
    kept = xframe_options_exempt(queried_page(view))

    @csrf_exempt  # for the 405 of the page within, which says more than “403, no token”: no POST reaches the view
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.EMBED_ORIGINS:
            raise Http404
        policy: dict[str, Any] = {**settings.SECURE_CSP, "frame-ancestors": settings.EMBED_ORIGINS}
        response: HttpResponseBase = csp_override(policy)(kept)(request, *args, **kwargs)
        return response

    update_wrapper(page, view)
    return stays_up(page)


@framed
def choose(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """“Which error is it?”, once it is published."""
    if edition.chooser is None:
        raise Http404
    return _step(request, edition, edition.chooser, None)


@framed
def step(request: HttpRequest, edition: CurrentEdition, identity: str, node: str | None = None) -> HttpResponse:
    """One stop of the walk; as outside a frame, whatever the answers."""
    return _step(request, edition, published(edition, identity), node)


def _step(request: HttpRequest, edition: CurrentEdition, entry: Entry, node: str | None) -> HttpResponse:
    place = replace(place_at(request, edition, entry, node), form=Form.PAGE)
    if isinstance(place.walk.end, Jump) and place.node == place.walk.end.key:
        return HttpResponseRedirect(f"{EMBED}{jump_url(place.walk.end, edition)}")
    address = f"{EMBED}{place.address}"
    if not place.walk.is_misled and request.get_full_path() != address:
        return HttpResponseRedirect(address)
    return render(request, f"triage/{place.shown.kind}.html", _context(place, edition))


def _context(place: Place, edition: CurrentEdition) -> dict[str, Any]:
    """What the page outside a frame shows, with the links of the walk leading on inside."""
    context = place_context(place, edition)
    newer = context["newer"]
    return {
        **context,
        "embedded": True,
        "choices": [replace(choice, href=f"{EMBED}{choice.href}") for choice in context["choices"]],
        "passed": [replace(step, change=f"{EMBED}{step.change}") for step in context["passed"]],
        "start": f"{EMBED}{context['start']}",
        "newer": replace(newer, href=f"{EMBED}{newer.href}") if newer else None,
    }
