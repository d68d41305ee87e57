from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.finding.missing import count, count_misses, impersonal
from kb.finding.querying import clean
from kb.finding.search import Result, find, suggest
from kb.models import SearchMiss
from kb.posts import anonymous_post
from kb.serving.reader import queried_page
from kb.serving.watch import edition_for

CODES_LISTED = 40


@queried_page
def search(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Codes first and exactly, then words; says so when there is nothing.

    Only answers to known codes may be kept: what finds nothing is counted, and there is no end of words.
    """
    asked = request.GET.get("q")
    text = clean(asked or "")
    found = find(text, edition) if text else None
    if found is not None and request.method == "GET" and not hasattr(request, "draft"):
        count_misses(found, day=timezone.now().date())
    errors = edition.of_kind(Kind.ERROR) if found is None or found.has_nothing else []
    context = {
        "asked": asked is not None,
        "query": text,
        "found": found,
        "errors": errors[:CODES_LISTED],
        "has_more_errors": len(errors) > CODES_LISTED,
        "current": "search",
    }
    response = render(request, "kb/search.html", context)
    if request.GET.keys() - {"q"} or (found is not None and not found.is_about_known_codes):
        response.headers["Cache-Control"] = "no-store"
    return response


@queried_page
def suggestions(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """What may be meant by the text in a search box, for static/js/suggest.js."""
    text = clean(request.GET.get("q", ""))
    found = suggest(text, edition) if text else []
    response = JsonResponse({"suggestions": [_shown(item) for item in found]})
    response.headers["Cache-Control"] = "no-store"
    return response


@queried_page
def completions(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """The same for the address bar of a browser, as the suggestions extension of OpenSearch 1.1 has it."""
    asked = request.GET.get("q", "")
    text = clean(asked)
    found = [_shown(item) for item in suggest(text, edition)] if text else []
    terms = [f"{item['code']} {item['title']}".lstrip() for item in found]
    columns = [asked, terms, *([item[name] for item in found] for name in ("note", "url"))]
    response = JsonResponse(columns, safe=False, content_type="application/x-suggestions+json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(item: Entry | Result) -> dict[str, Any]:
    entry, heading = (item, "") if isinstance(item, Entry) else (item.entry, item.passage.heading)
    is_part = bool(heading) and heading != entry.title
    return {
        "url": item.url,
        "code": entry.code,
        "title": heading if is_part else entry.title,
        "note": entry.link_title if is_part else "",
    }


@anonymous_post("unopened", an_hour=120)
def unopened(request: HttpRequest) -> HttpResponse:
    """Count a search that found something of which nothing was opened: 204. Sent by static/js/unopened.js."""
    text = clean(request.POST.get("q", ""))
    if text and not find(text, edition_for(request)).has_nothing:
        count(SearchMiss.Kind.UNOPENED, impersonal(text), day=timezone.now().date())
    return HttpResponse(status=204)
