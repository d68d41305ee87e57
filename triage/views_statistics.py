"""Counting the stops that readers see: posted by static/js/walk-count.js, so that pages stay the same for everyone."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kb.edition import current
from kb.posts import anonymous_post
from triage import codes
from triage.models import WalkCount


@anonymous_post("seen", an_hour=600)
def seen(request: HttpRequest) -> HttpResponse:
    """Count one view of the stop whose `code` is posted: 204, or 400 when there is no such stop."""
    edition = current()
    try:
        code = codes.parse_exactly(request.POST.get("code", ""))
        entry = edition.entries.get(code.identity)
        document = edition.pinned(entry, code.revision) if entry else None
        if entry is None or document is None or document.flow is None:
            raise codes.BadCode("There is no such flow.")
        codes.trail_of(code.letters, document.flow)
    except codes.BadCode:
        return HttpResponse("There is no such stop.\n", content_type="text/plain", status=400)
    WalkCount.objects.add_view(
        article_id=entry.article_id, revision=code.revision, letters=code.letters, day=timezone.now().date()
    )
    return HttpResponse(status=204)
