"""Requests are read as UTF-8, whatever charset they claim."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def in_utf_8(application: "WSGIApplication") -> "WSGIApplication":
    """Leave the charset out of a request's content type, before Django reads its address.

    Django would read the query by it, of GET too: one address would then be two pages, of which the page cache keeps
    the wrong one, and a codec that is none of text would fail outside of everything that makes an answer of failures.
    """

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        claimed = environ.get("CONTENT_TYPE", "")
        if "charset" in claimed.lower():
            parts = claimed.split(";")
            environ["CONTENT_TYPE"] = ";".join(part for part in parts if not part.strip().lower().startswith("charset"))
        return application(environ, start_response)

    return answer


class ReadableForms:
    """Middleware: refuse a form whose parts name a charset that nobody knows, before anything else looks into it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., object], *_: object) -> None:
        """Raises BadRequest."""
        # Django's CsrfViewMiddleware, which comes next, reads the form of every view but those that it exempts, and
        # would fail on it. The exempt ones are left alone here for the same reason as there: they take no posts, or
        # look at the size before they read (kb.posts).
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        try:
            len(request.POST)
        except LookupError as error:
            raise BadRequest("The form can't be read.") from error
