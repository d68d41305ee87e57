"""A site that is not ours, on this machine: its one page shows in a frame whatever its address asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import override
from urllib.parse import parse_qs, urlsplit

_PAGE = """<!doctype html><html lang="en"><title>Help desk</title><link rel="icon" href="data:,">
<h1>Help desk</h1><iframe src="{}" title="Triage" width="100%" height="800"></iframe></html>"""


class _Frame(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        (address,) = parse_qs(urlsplit(self.path).query)["shows"]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(_PAGE.format(escape(address)).encode())

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def other_site() -> Iterator[str]:
    """Serve it while the block runs; yields its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Frame) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
