"""“Did this help?” at the end of every article and guide."""

import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kb.document import Document, Kind
from kb.edition import CurrentEdition, current
from kb.frontmatter import clean
from kb.models import Feedback
from kb.models.feedback import LONGEST_COMMENT
from kb.posts import BadPost, anonymous_post, back_to_page, revision_in, see_other, verdict_in, visitor_of
from kb.serving.reader import reader_page

HONEYPOT = "website"
"""A field that people don't see. Programs that fill in every field are thanked, and nothing is kept."""

# Controls, and the marks that would turn the direction of the text around a comment.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@back_to_page
@anonymous_post("feedback", an_hour=30)
def post(request: HttpRequest, kind: Kind, identity: str) -> HttpResponse:
    """Take a verdict on an article or one of its steps, with an optional comment."""
    edition, now = current(), timezone.now()
    entry = edition.find(identity)
    document = edition.pinned(entry, revision_in(request)) if entry and entry.kind is kind else None
    if entry is None or document is None:
        raise Http404
    part, verdict = _part_in(request, document), verdict_in(request, Feedback.Verdict)
    if not request.POST.get(HONEYPOT):
        Feedback.objects.tell(
            article_id=entry.article_id,
            revision=revision_in(request),
            part=part,
            verdict=verdict,
            comment=comment_in(request.POST.get("comment", "")),
            visitor=visitor_of(request, now=now),
            now=now,
        )
    return see_other(reverse(f"kb:{kind}-thanks", args=[entry.identity]))


def _part_in(request: HttpRequest, document: Document) -> str:
    """The key of the step whose number, as the page shows it, is posted; empty for the whole article."""
    number = request.POST.get("part", "").strip()
    numbered = {str(place): step.key for place, step in enumerate(document.steps, start=1)}
    if number and number not in numbered:
        raise BadPost("The answer is about a step that this page does not have.")
    return numbered.get(number, "")


def comment_in(text: str) -> str:
    """What is kept of a comment: plain text with line feeds, at most 1,000 characters."""
    return _CONTROLS.sub("", clean(text.replace("\t", " ")))[:LONGEST_COMMENT].strip()


@reader_page
def thanks(request: HttpRequest, edition: CurrentEdition, kind: Kind, identity: str) -> HttpResponse:
    """The page after feedback: the same for everyone, so it needs no cookie."""
    entry = edition.find(identity)
    if entry is None or entry.kind is not kind:
        raise Http404
    if entry.identity != identity:
        return HttpResponsePermanentRedirect(reverse(f"kb:{kind}-thanks", args=[entry.identity]))
    return render(request, "kb/thanks.html", {"entry": entry, "current": f"{kind}s"})
