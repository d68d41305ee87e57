import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.logs import JsonFormatter
from config.watching import watched
from kb.models import Article, PreviewLink


def ask(application: Callable, path: str, query: str = "", **headers: str) -> tuple[str, dict[str, str]]:
    """Ask a WSGI application as a server would; headers are named as in its environment."""
    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "203.0.113.9", **headers}
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "testserver"
    answered: list[Any] = []
    body = application(environ, lambda status, headers, exc_info=None: answered.extend((status, dict(headers))))
    for _ in body:
        pass
    if hasattr(body, "close"):
        body.close()
    return answered[0], answered[1]


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the site logs as JSON; call it for the lines so far."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(name) for name in ("feeds.request", "django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def site(settings, kept_connection) -> Callable:
    settings.LOG_REQUESTS = True
    return watched(get_wsgi_application())


def test_each_request_is_one_line_that_says_how_it_was_answered(site, log):
    ask(site, "/errors/102/")

    (line,) = log()
    assert {name: line[name] for name in ("level", "method", "path", "route", "status", "cache")} == {
        "level": "INFO",
        "method": "GET",
        "path": "/errors/102/",
        "route": "kb:error",
        "status": 200,
        "cache": "",
    }
    assert line["ms"] >= 0
    assert len(line["request_id"]) == 16


def test_a_line_says_nothing_about_who_asked(site, log):
    ask(site, "/search/", "q=my+bank+is+acme", HTTP_USER_AGENT="Browser/1", HTTP_COOKIE="a=b")

    text = json.dumps(log())
    assert "/search/" in text
    assert not any(secret in text for secret in ("acme", "203.0.113.9", "Browser", "a=b"))


@pytest.mark.parametrize("status", [200, 404])
def test_the_key_of_a_preview_is_not_logged(site, log, status):
    link = PreviewLink.objects.create(
        article=Article.objects.get(code="102"), made_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1)
    )
    token = link.token if status == 200 else "forged:token"

    answered, _ = ask(site, f"/preview/{token}/")

    assert answered.startswith(str(status))
    assert token not in json.dumps(log(), ensure_ascii=False)
    assert log()[-1]["path"] == "/preview/…/"


def test_no_line_is_written_unless_asked_for(settings, log, kept_connection):
    settings.LOG_REQUESTS = False

    ask(watched(get_wsgi_application()), "/healthz")

    assert log() == []


def test_an_answer_that_is_not_kept_carries_the_id_of_its_line(site, log):
    _, headers = ask(site, "/healthz")

    assert headers["X-Request-ID"] == log()[0]["request_id"]


def test_an_answer_that_caches_keep_carries_no_id(site):
    _, headers = ask(site, "/errors/102/")

    assert "public" in headers["Cache-Control"]
    assert "X-Request-ID" not in headers


def test_an_id_is_taken_from_a_trusted_proxy_only(settings, site):
    settings.SECURE_PROXY_SSL_HEADER = None
    _, from_anyone = ask(site, "/healthz", HTTP_X_REQUEST_ID="from-outside")

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    _, from_proxy = ask(site, "/healthz", HTTP_X_REQUEST_ID="from-outside")

    assert from_anyone["X-Request-ID"] != "from-outside"
    assert from_proxy["X-Request-ID"] == "from-outside"


@given(st.text(max_size=80))
def test_no_id_breaks_out_of_its_header_or_its_line(text):
    from django.test import override_settings

    def answer(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        _, headers = ask(watched(answer), "/", HTTP_X_REQUEST_ID=text)

    sent = headers["X-Request-ID"]
    assert sent.isascii()
    assert sent.replace("-", "").replace("_", "").replace(".", "").isalnum() or set(sent) <= set("-_.")


def test_a_failure_is_logged_with_the_id_of_its_request(site, log, monkeypatch):
    def fail(*_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("kb.serving.reader.edition_for", fail)

    status, headers = ask(site, "/errors/102/")

    error, access = log()
    assert status.startswith("500")
    assert error["level"] == "ERROR"
    assert "ZeroDivisionError: on purpose" in error["exception"]
    assert error["request_id"] == access["request_id"] == headers["X-Request-ID"]


def test_an_application_that_breaks_is_noted_and_breaks_on(settings, log):
    settings.LOG_REQUESTS = True

    def broken(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(watched(broken), "/errors/102/")

    assert log()[0]["status"] == 500


@given(st.text())
def test_any_message_is_one_line_of_json(message):
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (message,), None)

    line = JsonFormatter().format(record)

    assert len(line.splitlines()) == 1 or "\n" not in line
    assert json.loads(line)["level"] == "INFO"
