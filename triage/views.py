"""The walk through a published flow: one question a page, everything in the address."""

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse

from kb.addresses import start_address, step_address
from kb.document import Document, Kind
from kb.edition import CurrentEdition, Entry
from kb.flow import Flow, Jump
from kb.presentation import addresses_of, drawing_of, jump_url, outline_of
from kb.reader import reader_page
from triage import codes
from triage.casenote import Heading, case_note
from triage.pages import Place, place_context
from triage.walk import replay

LARGEST_REVISION = 10**9


@reader_page
def choose(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """“Which error is it?”: the first question of the chooser, or the list of errors while none is published."""
    if edition.chooser is None:
        return render(request, "triage/choose.html", {"errors": edition.of_kind(Kind.ERROR)})
    return _step(request, edition, edition.chooser, None)


@reader_page
def step(request: HttpRequest, edition: CurrentEdition, identity: str, node: str | None = None) -> HttpResponse:
    """One stop of the walk. Whatever the answers, never an error: the canonical address, or the last valid question."""
    entry = edition.find(identity)
    if entry is None or not entry.has_flow:
        raise Http404
    return _step(request, edition, entry, node)


def _step(request: HttpRequest, edition: CurrentEdition, entry: Entry, node: str | None) -> HttpResponse:
    place = _place(request, edition, entry, node)
    if isinstance(place.walk.end, Jump) and place.node == place.walk.end.key:
        return HttpResponseRedirect(jump_url(place.walk.end, edition))
    if not place.walk.is_misled and request.get_full_path() != place.address:
        return HttpResponseRedirect(place.address)
    if place.form == "text":
        heading = Heading(settings.SITE_NAME, settings.SITE_URL + place.pinned_address, place.code, place.revision)
        note = case_note(place.document, place.walk, heading)
        return HttpResponse(note, content_type="text/plain; charset=utf-8")
    return render(request, f"triage/{place.shown.kind}.html", place_context(place, edition))


def _place(request: HttpRequest, edition: CurrentEdition, entry: Entry, node: str | None) -> Place:
    """Replay what the address says, as far as it makes sense."""
    pinned = _pinned(request.GET.get("v", ""), edition, entry)
    document = pinned or edition.document(entry.identity)
    if document is None or document.flow is None:
        raise Http404
    answers = {key: request.GET.getlist(key)[0] for key in request.GET}
    walk = replay(document.flow, answers)
    is_known = node in walk.visited and not walk.is_misled
    return Place(
        document=document,
        flow=document.flow,
        entry=entry,
        walk=walk,
        node=node if node is not None and is_known else walk.end.key,
        pin=int(request.GET["v"]) if pinned else None,
        form="text" if request.GET.get("as") == "text" else "",
    )


def _pinned(asked: str, edition: CurrentEdition, entry: Entry) -> Document | None:
    if not (
        asked.isascii() and asked.isdigit() and asked == str(int(asked[:20])) and 0 < int(asked) < LARGEST_REVISION
    ):
        return None
    document = edition.pinned(entry, int(asked))
    return document if document is not None and document.flow is not None else None


@reader_page
def flow_map(request: HttpRequest, edition: CurrentEdition, identity: str) -> HttpResponse:
    """The whole flow at once: drawn, and as a nested list."""
    entry = edition.find(identity)
    document = edition.document(entry.identity) if entry else None
    if entry is None or document is None or document.flow is None:
        raise Http404
    if entry.identity != identity:
        return HttpResponsePermanentRedirect(reverse("triage:map", args=[entry.identity]))
    addresses = addresses_of(document, document.flow, edition)
    context = {
        "document": document,
        "entry": entry,
        "is_chooser": entry.kind is Kind.CHOOSER,
        "start": start_address(identity, is_chooser=document.kind is Kind.CHOOSER),
        "drawing": drawing_of(document, document.flow, edition, addresses=addresses),
        "outline": outline_of(document, document.flow, edition, addresses=addresses),
        "current": "errors",
    }
    return render(request, "triage/map.html", context)


@reader_page
def code(request: HttpRequest, edition: CurrentEdition, code: str) -> HttpResponse:
    """A code that was read over the phone leads to its place in the walk, on the revision that it names."""
    try:
        taken = codes.decode(code, lambda name: name in edition.entries)
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
