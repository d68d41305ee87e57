from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kb.document import Kind
from kb.edition import CurrentEdition
from kb.reader import queried_page
from kb.search import LONGEST, find


@queried_page
def search(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Codes first and exactly, then words; says so when there is nothing."""
    asked = request.GET.get("q")
    query = " ".join((asked or "").replace("\x00", " ").split())[:LONGEST]
    entries = [*edition.of_kind(Kind.ERROR), *edition.of_kind(Kind.GUIDE)]
    context = {
        "asked": asked is not None,
        "query": query,
        "found": find(query, entries) if query else None,
        "errors": edition.of_kind(Kind.ERROR),
        "current": "search",
    }
    return render(request, "kb/search.html", context)
