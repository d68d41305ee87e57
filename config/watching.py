"""What is noted about each request: an id, a line in the log, figures for monitoring. Nothing about who asked.

`watched` goes around the whole WSGI application, so that what is answered in front of Django is noted as well.
"""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config.logs import request_id, without_secrets
from kb.serving.pagecache import CACHE, ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("feeds.request")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def note_route(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Note the view's name where `watched` finds it (Django middleware)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if match := request.resolver_match:
            request.META[ROUTE] = match.view_name
        return response

    return middleware


def watched(application: "WSGIApplication") -> "WSGIApplication":
    """Give each request an id, and note how it was answered."""
    notes = [_note_in_log] if settings.LOG_REQUESTS else []
    if settings.METRICS_TOKEN:
        from config.metrics import note

        notes.append(note)

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        identity = _id_of(environ)
        request_id.set(identity)
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            nonlocal status
            status = line[:3]
            if not any(name.lower() == "cache-control" and "public" in value for name, value in headers):
                # A cache would hand the id of one request out with all others.
                headers = [*headers, ("X-Request-ID", identity)]
            return start_response(line, headers, *exc_info)

        began = time.perf_counter()
        try:
            return application(environ, start)
        finally:
            seconds = time.perf_counter() - began
            for note in notes:
                note(environ, status, seconds)

    return answer


def _id_of(environ: "WSGIEnvironment") -> str:
    """The id that a trusted proxy gave the request, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return given if _ID.fullmatch(given) else secrets.token_hex(8)


def _note_in_log(environ: "WSGIEnvironment", status: str, seconds: float) -> None:
    """The path, but neither its query nor a secret in it: they may say something about the reader."""
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    facts = {
        "method": environ.get("REQUEST_METHOD", ""),
        "path": without_secrets(path),
        "route": environ.get(ROUTE, ""),
        "status": int(status),
        "ms": round(seconds * 1000, 1),
        "cache": environ.get(CACHE, ""),
    }
    log.info("%(method)s %(path)s %(status)s %(ms)s ms", facts, extra={"facts": facts})
