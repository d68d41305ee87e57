import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kb.document import Section
from kb.edition import current
from kb.soundness import MAX_PROSE
from tests.factories import a_guide, publish_document
from tests.kb.test_pictures import PREVIEW, UPLOAD, a_picture, files_in, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer() -> Client:
    """A member of staff without any permission: enough for what only draws and checks."""
    client = Client()
    client.force_login(User.objects.create_user("writer", is_staff=True))
    return client


# Who may ask


def strangers() -> dict[str, Client]:
    clients = {name: Client() for name in ("anonymous", "visitor", "dismissed")}
    clients["visitor"].force_login(User.objects.create_user("visitor"))
    dismissed = User.objects.create_user("dismissed", is_staff=True)
    clients["dismissed"].force_login(dismissed)
    dismissed.is_active = False
    dismissed.save()
    return clients


@pytest.mark.parametrize("who", ["anonymous", "visitor", "dismissed"])
def test_only_staff_get_an_answer(who: str, media_root: Path) -> None:
    client = strangers()[who]

    answers = [
        client.post(PREVIEW, {"content": "Hello"}),
        client.get(PREVIEW),
        upload(client, a_picture()),
        client.get(UPLOAD),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert all(answer.content.startswith(b"You are signed out. Save, and sign in again") for answer in answers)
    assert not any(b"Hello" in answer.content for answer in answers)
    assert files_in(media_root) == []


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_posts_are_answered(writer: Client, address: str, method: str) -> None:
    response = getattr(writer, method)(address)

    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.parametrize("address", [PREVIEW, UPLOAD])
def test_post_from_another_site_is_refused(address: str, media_root: Path) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(User.objects.create_user("writer", is_staff=True))

    response = careful.post(address, {"content": "Hello", "image": SimpleUploadedFile("a.png", a_picture())})

    assert response.status_code == 403
    assert files_in(media_root) == []


def test_address_before_ours_is_not_open_to_anyone(client: Client) -> None:
    for address in ("/markdownx/markdownify/", "/markdownx/upload/"):
        assert client.post(address, {"content": "Hello"}).status_code == 404


# The preview


def preview(client: Client, text: str) -> str:
    response = client.post(PREVIEW, {"content": text})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "A word, **a bold one**, and ++Update++.",
        "### A heading\n\n1. One\n2. Two\n\n> Quoted",
        "| Code | Sign |\n| --- | --- |\n| 102 | It hangs |",
        "[[102]], [[103|wrong sign-in]], [[102#step-1]] and [[not-yet-written]]",
        "<script>alert(1)</script> <b onclick=x>bold</b> [x](javascript:alert(1))",
    ],
)
def test_preview_shows_what_readers_will_see(writer: Client, client: Client, text: str) -> None:
    publish_document(a_guide("shown", sections=(Section("when", "Table", text),)))

    shown = preview(writer, text)

    assert shown in client.get("/guides/shown/").content.decode()


def test_preview_makes_no_markup_of_hostile_text(writer: Client) -> None:
    shown = preview(writer, "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1))")

    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


def test_preview_numbers_sources_in_the_order_of_their_marks(writer: Client) -> None:
    shown = preview(writer, "One[^b], two[^a], one again[^b], and a guess[^estimate].")

    assert re.findall(r"<sup><a [^>]*>(.*?)</a></sup>", shown) == ["[1]", "[2]", "[1]", "est."]


def test_preview_of_nothing_is_empty(writer: Client) -> None:
    assert writer.post(PREVIEW).content == b""
    assert preview(writer, "") == ""


def test_preview_of_too_long_a_text_says_so_instead_of_drawing_it(writer: Client) -> None:
    shown = preview(writer, "[" * (MAX_PROSE + 1))

    assert "20,001 characters; 20,000 is the most" in shown
    assert "[[" not in shown
    assert preview(writer, "a" * MAX_PROSE) == f"<p>{'a' * MAX_PROSE}</p>"


def test_preview_needs_no_published_edition(writer: Client, empty_site: None) -> None:
    assert current().entries == {}
    assert preview(writer, "See [[102]].") == "<p>See 102.</p>"
