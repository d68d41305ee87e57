"""Answers for load balancers and monitors: is the process alive, can it do its work."""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from kb.serving.watch import database_down_for


def answer_probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: answer probes before anything asks for the right host or scheme, which a balancer does not know."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        match request.path_info, request.method:
            case "/healthz", "GET" | "HEAD":
                return _plain("ok\n", status=200)
            case "/readyz", "GET" | "HEAD":
                return _ready()
            case (("/healthz" | "/readyz"), _):
                return _plain("A probe only reads: use GET.\n", status=405)
        return get_response(request)

    return answer


def _ready() -> HttpResponse:
    """Whether the database answers and has this version's tables, else 503 and which; readers are served either way."""
    if (seconds := database_down_for()) is not None:
        return _plain(f"The database has not answered for {seconds:.0f} seconds.\n", status=503)
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError):
        # The exception names hosts and accounts: those are for the log, not for a stranger.
        return _plain("The database cannot be reached.\n", status=503)
    if missing:
        return _plain("The database has migrations that are not applied yet.\n", status=503)
    return _plain("ok\n", status=200)


def _plain(body: str, *, status: int) -> HttpResponse:
    headers = {"Cache-Control": "no-store", **({"Allow": "GET, HEAD"} if status == 405 else {})}
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8", headers=headers)
