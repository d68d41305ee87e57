"""Two look-alikes side by side."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render

from kb.addresses import pair_address
from kb.document import Document, Kind, Lookalike
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.markdown import Renderer
from kb.serving.reader import reader_page


@reader_page
def pair(request: HttpRequest, edition: CurrentEdition, one: str, other: str) -> HttpResponse:
    entries = [edition.find(name) for name in (one, other)]
    found = [entry for entry in entries if entry is not None and entry.kind is Kind.ERROR]
    if len(found) != 2 or found[0] == found[1]:
        raise Http404
    if (address := pair_address(*(entry.identity for entry in found))) != request.path:
        return HttpResponsePermanentRedirect(address)
    sides = [_side(edition, entry, against) for entry, against in (found, found[::-1])]
    return render(request, "kb/pair.html", {"sides": sides, "current": "compare"})


@dataclass(frozen=True)
class Side:
    """One error of a pair, with the row in which its article tells it from the other."""

    entry: Entry
    document: Document
    against: Lookalike | None
    prose: Renderer


def _side(edition: CurrentEdition, entry: Entry, other: Entry) -> Side:
    document = edition.document(entry.identity)
    if document is None:
        raise Http404
    against = next((row for row in document.lookalikes if row.error.lower() == other.identity), None)
    # Source marks are left out: this page has no list of sources, the article has.
    return Side(entry, document, against, Renderer(edition.resolve()))
