import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import brotli
import pytest

from config.sentry import without_reader

ROOT = Path(__file__).parents[2]
FAIL = """
from unittest.mock import patch
from wsgiref.util import setup_testing_defaults
from django.core.wsgi import get_wsgi_application
site = get_wsgi_application()
environ = {"PATH_INFO": "/errors/102/", "QUERY_STRING": "q=my+bank", "REMOTE_ADDR": "203.0.113.9",
           "HTTP_USER_AGENT": "Browser/1", "HTTP_HOST": "testserver"}
setup_testing_defaults(environ)
with patch("kb.serving.reader.edition_for", side_effect=ZeroDivisionError("on purpose")):
    site(environ, lambda status, headers: print(status))
import sentry_sdk
sentry_sdk.flush(10)
"""


@pytest.fixture
def inbox() -> Iterator[tuple[str, list[str]]]:
    """The address of a Sentry project, and what was sent there."""
    received: list[str] = []

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers.get("Content-Encoding"), bytes)
            received.append(unpack(body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Inbox)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", received
    server.shutdown()
    server.server_close()
    thread.join()


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_error_is_reported_without_anything_about_the_reader(inbox):
    address, received = inbox

    done = run(FAIL, SENTRY_DSN=address, DEBUG="True")

    assert done.stdout.startswith("500 "), done.stderr
    text = "".join(received)
    assert "on purpose" in text
    assert "http://testserver/errors/102/" in text
    assert not any(secret in text for secret in ("my+bank", "203.0.113.9", "Browser/1"))


def test_the_key_of_a_preview_is_not_reported():
    event = without_reader({"request": {"url": "https://feeds.example/preview/1:abc/triage/?a=b", "data": "x"}}, {})

    assert event["request"] == {"url": "https://feeds.example/preview/…/triage/"}


def test_the_package_is_not_imported_unless_it_is_used():
    done = run(
        "import sys; import config.settings; print('sentry_sdk' in sys.modules, 'prometheus_client' in sys.modules)"
    )

    assert done.stdout.split() == ["False", "False"]


def test_a_site_without_the_package_is_told_to_install_it():
    done = run("import sys; sys.modules['sentry_sdk'] = None; import config.settings", SENTRY_DSN="http://key@host/1")

    assert done.stderr.splitlines()[-1].endswith(
        "SENTRY_DSN is set, but sentry-sdk is not installed: pip install --require-hashes -r requirements/sentry.txt."
    )


def test_an_address_that_is_none_is_refused_in_a_sentence():
    done = run("import config.settings", SENTRY_DSN="not an address")

    assert done.stderr.splitlines()[-1].endswith("must be the address that Sentry shows for the project.")
