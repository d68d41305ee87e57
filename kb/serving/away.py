"""While the database is away: readers' pages go on, everything else is put off politely and at once."""

from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from kb.serving.watch import database_down_for

TRY_AGAIN_AFTER = 30  # seconds
_STAYS_UP = "stays_up"


def stays_up[V: Callable[..., object]](view: V) -> V:
    """Note that a view answers without the database."""
    vars(view)[_STAYS_UP] = True
    return view


def is_away(error: BaseException | None) -> bool:
    """Whether a fault is the database's being away, busy or full, and so passes by itself."""
    return isinstance(error, OperationalError | InterfaceError)


def put_off(request: HttpRequest) -> HttpResponse:
    """Ask to try again later; nothing that was sent has been taken."""
    response = render(request, "503.html", {"is_post": request.method == "POST"}, status=503)
    response.headers["Retry-After"] = str(TRY_AGAIN_AFTER)
    response.headers["Cache-Control"] = "no-store"
    return response


class PutOff:
    """Middleware: do not wait for a database that is known to be away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., object], *_: Any) -> HttpResponse | None:
        return put_off(request) if database_down_for() is not None and _STAYS_UP not in vars(view) else None
