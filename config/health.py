"""Answers for load balancers and monitors: is the process alive, can it do its work."""

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; the database has no part in it."""
    return _plain("ok\n", status=200)


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the database can be reached and has this version's tables, else 503 and which."""
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
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")
