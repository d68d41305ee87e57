"""A draft for whoever has its link: the readers' own pages, under an address that is never cached or indexed."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from kb.draft import DraftEdition, addresses_below
from kb.edition import current
from kb.models import PreviewLink
from kb.problems import errors
from kb.publishing import check
from kb.serving.reader import Gone, forget_cookies, view_of

log = logging.getLogger(__name__)


@csrf_exempt  # for the 405 of require_safe, which says more than “403, no token”: no POST reaches the view
@require_safe
def draft(request: HttpRequest, token: str, path: str = "") -> HttpResponse:
    """Any reader's page as it would be if the draft were published."""
    forget_cookies(request)
    link = PreviewLink.objects.for_token(token, now=timezone.now())
    response = render(request, "kb/no_preview.html", status=404) if link is None else _page(request, link, path)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


def _page(request: HttpRequest, link: PreviewLink, path: str) -> HttpResponse:
    edition = DraftEdition(current(), link.article)
    match = resolve(f"/{path}")
    view = view_of(match.func)
    if view is None:
        raise Http404
    request.draft = link  # type: ignore[attr-defined]  # Django lets views hand things to templates so
    try:
        with addresses_below(link):
            return view(request, edition, *match.args, **match.kwargs)
    except (Gone, Http404):
        raise Http404 from None
    except Exception:  # a draft may be wrong in ways that no template expects
        log.warning("A draft of %s can't be shown", link.article, exc_info=True)
        problems = next(iter(check([link.article], now=timezone.now()).values()))
        return render(request, "kb/broken_draft.html", {"problems": errors(problems)})
