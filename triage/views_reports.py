"""Taking reports: one tap at a repair step or an outcome, then thanks and the way back."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from kb.edition import CurrentEdition, current
from kb.flow import Outcome, Repair
from kb.posts import anonymous_post, back_to_page, revision_in, see_other, verdict_in, visitor_of
from kb.serving.reader import queried_page
from triage.asking import address_about
from triage.models import OutcomeReport
from triage.reports import take
from triage.views import place_at


@back_to_page
@anonymous_post("report", an_hour=30)
def report(request: HttpRequest, identity: str, node: str) -> HttpResponse:
    """Take a verdict on a node of the revision that is posted. The walk is in the address, as on every page of it."""
    edition, now = current(), timezone.now()
    entry = edition.find(identity)
    document = edition.pinned(entry, revision_in(request)) if entry else None
    asked = document.flow.by_key.get(node) if document and document.flow else None
    if entry is None or document is None or not isinstance(asked, Repair | Outcome):
        raise Http404
    take(
        document,
        asked,
        verdict_in(request, OutcomeReport.Verdict),
        article_id=entry.article_id,
        revision=revision_in(request),
        visitor=visitor_of(request, now=now),
        now=now,
    )
    return see_other(address_about("triage:thanks", place_at(request, edition, entry, node), node))


@queried_page
def thanks(request: HttpRequest, edition: CurrentEdition, identity: str, node: str) -> HttpResponse:
    """The page after a report: the same for everyone, so it needs no cookie. It leads back into the walk."""
    entry = edition.find(identity)
    if entry is None:
        raise Http404
    place = place_at(request, edition, entry, node)
    address = address_about("triage:thanks", place, node)
    if node not in place.walk.visited:
        return HttpResponseRedirect(place.address)
    if request.get_full_path() != address:
        return HttpResponseRedirect(address)
    end = place.walk.end
    context = {
        "back": place.address_of(end.key, place.walk.trail),
        "document": place.document,
        "current": f"{entry.kind}s",
    }
    return render(request, "triage/thanks.html", context)
