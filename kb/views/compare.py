"""Look-alikes side by side: all errors as one matrix, and any two of them."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse

from kb.document import Document, Kind, Lookalike
from kb.edition import CurrentEdition, Entry
from kb.markdown import Renderer
from kb.reader import reader_page


@dataclass(frozen=True)
class Cell:
    """How two errors relate: `fit` is yes when either names the other as a look-alike, no for any other pair."""

    entry: Entry
    fit: str
    url: str


@reader_page
def compare(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    errors = edition.of_kind(Kind.ERROR)
    rows = [(entry, [_cell(entry, other) for other in errors]) for entry in errors]
    return render(request, "kb/compare.html", {"errors": errors, "rows": rows, "current": "compare"})


def _cell(entry: Entry, other: Entry) -> Cell:
    if entry == other:
        return Cell(other, "self", "")
    fit = "yes" if other.identity in entry.lookalikes or entry.identity in other.lookalikes else "no"
    return Cell(other, fit, pair_address(entry, other))


def pair_address(one: Entry, other: Entry) -> str:
    """The one address of a pair, the lower code first."""
    first, second = sorted((one, other), key=lambda entry: (len(entry.code), entry.code))
    return reverse("kb:pair", args=[first.identity, second.identity])


@reader_page
def pair(request: HttpRequest, edition: CurrentEdition, one: str, other: str) -> HttpResponse:
    entries = [edition.find(name) for name in (one, other)]
    found = [entry for entry in entries if entry is not None and entry.kind is Kind.ERROR]
    if len(found) != 2 or found[0] == found[1]:
        raise Http404
    if (address := pair_address(*found)) != request.path:
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
