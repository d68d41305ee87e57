"""The walk through a published flow: one question a page, everything in the address."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kb.addresses import step_address
from kb.document import Document, Kind
from kb.drawing.flowtext import graphviz, mermaid
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.flow import Flow, Jump
from kb.numbers import positive
from kb.presentation import jump_url, labels_of
from kb.serving.reader import published, queried_page, reader_page
from triage import codes
from triage.asking import asking_context
from triage.pages import Form, Place, map_context, place_context
from triage.reminder import calendar_file
from triage.walk import replay


@queried_page
def choose(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """“Which error is it?”: the first question of the chooser, or the list of errors while none is published."""
    if edition.chooser is None:
        return render(request, "triage/choose.html", {"errors": edition.of_kind(Kind.ERROR)})
    return _step(request, edition, edition.chooser, None)


@queried_page
def step(request: HttpRequest, edition: CurrentEdition, identity: str, node: str | None = None) -> HttpResponse:
    """One stop of the walk. Whatever the answers, never an error: the canonical address, or the last valid question."""
    return _step(request, edition, published(edition, identity), node)


def _step(request: HttpRequest, edition: CurrentEdition, entry: Entry, node: str | None) -> HttpResponse:
    place = place_at(request, edition, entry, node)
    if isinstance(place.walk.end, Jump) and place.node == place.walk.end.key:
        return HttpResponseRedirect(jump_url(place.walk.end, edition))
    if not place.walk.is_misled and request.get_full_path() != place.address:
        return HttpResponseRedirect(place.address)
    match place.form:
        case Form.TEXT:
            return HttpResponse(place.case_note, content_type="text/plain; charset=utf-8")
        case Form.CALENDAR:
            return _calendar(place)
        case _:
            context = place_context(place, edition) | asking_context(place, edition)
            return render(request, f"triage/{place.shown.kind}.html", context)


def _calendar(place: Place) -> HttpResponse:
    """A reminder for when the wait is over. It depends on the clock, so nobody may keep it."""
    file = calendar_file(place.reminder, now=timezone.now())
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="check-{place.entry.identity}.ics"'
    response.headers["Cache-Control"] = "no-store"
    return response


def place_at(request: HttpRequest, edition: CurrentEdition, entry: Entry, node: str | None) -> Place:
    """Replay what the address says, as far as it makes sense."""
    pinned = _pinned(request.GET.get("v", ""), edition, entry)
    document = pinned or edition.document(entry.identity)
    if document is None or document.flow is None:
        raise Http404
    answers = {key: request.GET.getlist(key)[0] for key in request.GET}
    walk = replay(document.flow, answers)
    is_known = node in walk.visited and not walk.is_misled
    place = Place(
        document=document,
        flow=document.flow,
        entry=entry,
        walk=walk,
        node=node if node is not None and is_known else walk.end.key,
        pin=int(request.GET["v"]) if pinned else None,
    )
    return replace(place, form=place.form_named(request.GET.get("as", "")))


def _pinned(asked: str, edition: CurrentEdition, entry: Entry) -> Document | None:
    revision = positive(asked)
    document = edition.pinned(entry, revision) if revision else None
    return document if document is not None and document.flow is not None else None


@queried_page
def flow_map(request: HttpRequest, edition: CurrentEdition, identity: str) -> HttpResponse:
    """The whole flow at once, drawn and as a nested list; the answers in the address are marked on it."""
    place = place_at(request, edition, published(edition, identity), None)
    if request.get_full_path() != place.map_address:
        return HttpResponseRedirect(place.map_address)
    return render(request, "triage/map.html", map_context(place, edition))


@reader_page
def flow_text(request: HttpRequest, edition: CurrentEdition, identity: str, suffix: str) -> HttpResponse:
    """The flow for other drawing tools: Mermaid or Graphviz text, to save."""
    entry = published(edition, identity)
    document = edition.document(entry.identity)
    if document is None or document.flow is None:
        raise Http404
    if entry.identity != identity:
        return HttpResponsePermanentRedirect(reverse(f"triage:map-{suffix}", args=[entry.identity]))
    labels = labels_of(document, edition)
    text = mermaid(document.flow, labels) if suffix == "mmd" else graphviz(document.flow, labels)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="triage-{identity}.{suffix}"'
    return response


@reader_page
def code(request: HttpRequest, edition: CurrentEdition, code: str) -> HttpResponse:
    """A code that was read over the phone leads to its place in the walk, on the revision that it names."""
    try:
        taken = codes.decode(code, edition.identities)
        entry = edition.entries[taken.identity]
        document = edition.pinned(entry, taken.revision)
        if document is None or document.flow is None:
            raise codes.BadCode(
                f"{entry.name} has no revision {taken.revision}. Please have the code read to you again."
            )
        return HttpResponseRedirect(_address_of(taken, entry, document.flow))
    except codes.BadCode as error:
        return render(request, "triage/bad_code.html", {"code": code[:60], "reason": str(error)}, status=404)


def _address_of(taken: codes.Code, entry: Entry, flow: Flow) -> str:
    trail = codes.trail_of(taken.letters, flow)
    end = replay(flow, dict(trail)).end
    return step_address(
        entry.identity, flow, end.key, trail, is_chooser=entry.kind is Kind.CHOOSER, revision=taken.revision
    )
