"""What all answers of the API have in common: JSON whatever happens, for pages of any site, kept as pages are."""

from collections.abc import Callable
from functools import update_wrapper
from http import HTTPStatus
from typing import Any, Concatenate

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from kb.edition import CurrentEdition
from kb.serving.away import stays_up
from kb.serving.reader import Gone, ReaderView, queried_page

ALLOWED = "GET, HEAD, OPTIONS"
# A browser asks first when a page sends anything out of the ordinary along, and may remember the answer for a day.
_PREFLIGHT = {
    "Allow": ALLOWED,
    "Access-Control-Allow-Methods": ALLOWED,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


class Refused(Exception):
    """The request can't be answered as it is; the detail says what to change."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        self.status, self.detail = status, detail
        super().__init__(detail)


def api_page[**P](view: ReaderView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Make an answer of the API from a view that gives JSON or a redirect. It may raise Refused, Http404 or Gone.

    No cookie is read or set, so that any site may be let in: there is nothing to be had here that is not public.
    """

    def answered(request: HttpRequest, edition: CurrentEdition, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, edition, *args, **kwargs)
        except Refused as refused:
            return problem(refused.status, refused.detail)
        except Http404 as error:
            return problem(HTTPStatus.NOT_FOUND, str(error) or "There is nothing at this address.")
        except Gone as gone:
            return problem(HTTPStatus.GONE, f"{gone.article.name} was taken back by the editors.")
        except SuspiciousOperation:  # more parameters than anybody needs
            return problem(HTTPStatus.BAD_REQUEST, "The parameters of this address can't be read.")

    kept = queried_page(answered)

    # Exempt, so that a POST gets the 405 below as JSON instead of an HTML page about a missing token. There is nothing
    # to forge: no method but GET and HEAD reaches a view, no cookie is read, and views of readers' pages write nothing.
    @csrf_exempt
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response: HttpResponseBase
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=_PREFLIGHT)
        elif request.method not in {"GET", "HEAD"}:
            response = problem(HTTPStatus.METHOD_NOT_ALLOWED, "The API is only read: use GET.")
            response.headers["Allow"] = ALLOWED
        else:
            response = kept(request, *args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    update_wrapper(page, view)
    return stays_up(page)


def data(content: dict[str, Any]) -> JsonResponse:
    """An answer of JSON in UTF-8, readable as it stands."""
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False})


def problem(status: HTTPStatus, detail: str) -> JsonResponse:
    """An error as RFC 9457 has it."""
    content = {"title": status.phrase, "status": status.value, "detail": detail}
    return JsonResponse(content, status=status.value, content_type="application/problem+json")
