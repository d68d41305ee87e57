"""Figures for Prometheus, of all processes of this node together.

Imported only where METRICS_TOKEN is set. Each process counts in files of its own in METRICS_ROOT, and whichever is
asked adds them up. Empty that folder when the site starts; otherwise counters go on from where they were.
"""

import hmac
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, override

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from kb.models import Edition
from kb.serving.pagecache import CACHE, ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

settings.METRICS_ROOT.mkdir(parents=True, exist_ok=True)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)

_requests = Counter("feeds_requests", "Requests answered.", ("route", "status"), registry=None)
_seconds = Histogram("feeds_seconds", "Until an answer was ready.", ("route",), registry=None, buckets=SECONDS)
_hits = Counter("feeds_page_cache_hits", "Pages answered from memory, in front of Django.", registry=None)


def note(environ: "WSGIEnvironment", status: str, seconds: float) -> None:
    """Count one request. Routes are names of views, so their number is bounded."""
    route = environ.get(ROUTE, "")
    _requests.labels(route, status).inc()
    _seconds.labels(route).observe(seconds)
    if environ.get(CACHE) == "hit":
        _hits.inc()


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever knows the token; to all others there is nothing here."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(_State())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _State(Collector):
    """What is true at this moment, asked anew each time."""

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            edition = Edition.objects.first()
        except (DatabaseError, InterfaceError):
            yield GaugeMetricFamily("feeds_database_up", "Whether the database answers.", 0)
            return
        yield GaugeMetricFamily("feeds_database_up", "Whether the database answers.", 1)
        if edition is not None and edition.published_at is not None:
            age = time.time() - edition.published_at.timestamp()
            yield GaugeMetricFamily("feeds_edition_number", "The edition that the database is at.", edition.number)
            yield GaugeMetricFamily("feeds_edition_age_seconds", "Since the last publish.", age)
