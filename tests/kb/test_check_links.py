import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

import pytest
from django.core.management import call_command

from kb.document import Source, Standing
from kb.models import LinkCheck
from kb.outside import addresses_in, fault_of
from tests.factories import a_guide, publish_document

ANSWERS = {"/fine": 200, "/gone": 404, "/broken": 500, "/people-only": 403}


class _Site(BaseHTTPRequestHandler):
    @override
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/fine")
        elif self.path == "/inside":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
        else:
            self.send_response(ANSWERS.get(self.path, 404))
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A web site on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/fine", ""),
        ("/moved", ""),
        ("/people-only", ""),
        ("/gone", "answers 404 Not Found"),
        ("/broken", "answers 500 Internal Server Error"),
    ],
)
def test_an_address_is_judged_by_its_answer(site: str, path: str, fault: str) -> None:
    assert fault_of(site + path, private=True) == fault


def test_a_redirect_leads_to_the_web_only(site: str) -> None:
    assert fault_of(f"{site}/inside", private=True) != ""


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://localhost/"],
)
def test_private_networks_are_not_asked(url: str) -> None:
    assert fault_of(url) == "leads into a private network"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/", "https://", "x", "http://nowhere.invalid/"]
)
def test_what_cannot_be_asked_is_a_fault(url: str) -> None:
    assert fault_of(url, seconds=2)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "data:,text"])
def test_only_the_web_is_asked_though_private_networks_may_be(url: str) -> None:
    assert fault_of(url, private=True, seconds=2).startswith("does not answer: unknown url type")


def test_sources_and_prose_are_asked() -> None:
    document = a_guide(
        summary="Read [this](https://one.example/a?b=c), or <https://two.example/>. See https://three.example/x.",
        sources=(Source("s", "A page", "Someone", Standing.OFFICIAL, "https://four.example/"),),
    )

    assert set(addresses_in(document)) == {
        "https://one.example/a?b=c",
        "https://two.example/",
        "https://three.example/x",
        "https://four.example/",
    }


@pytest.mark.django_db
def test_the_command_notes_what_it_found_and_forgets_what_is_named_no_more(site: str, empty_site: None) -> None:
    publish_document(a_guide(summary=f"See <{site}/fine> and <{site}/gone>."))
    LinkCheck.objects.create(url="https://earlier.example/", checked_at="2026-01-01T00:00:00Z", fault="answers 404")

    out = io.StringIO()
    call_command("check_links", "--private", "--pause", "0", stdout=out)

    assert dict(LinkCheck.objects.values_list("url", "fault")) == {
        f"{site}/fine": "",
        f"{site}/gone": "answers 404 Not Found",
    }
    assert "2 addresses asked, 1 with a fault." in out.getvalue()
