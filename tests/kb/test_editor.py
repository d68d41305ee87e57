import io
import random
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from kb.admin.editor import LARGEST_FILE, LARGEST_SIDE, STORED_SIDE
from kb.document import Section
from kb.edition import current
from kb.soundness import MAX_PROSE
from tests.factories import a_guide, publish_document

pytestmark = pytest.mark.django_db

PREVIEW, UPLOAD = "/admin/markdownx/preview/", "/admin/markdownx/upload/"
STORED = re.compile(r"!\[\]\((/media/pictures/[0-9a-f]{32}\.(?:jpg|png|webp))\)")
SECRET = "taken-at-home"


@pytest.fixture
def writer() -> Client:
    """A member of staff without any permission: enough for what only draws and checks."""
    client = Client()
    client.force_login(User.objects.create_user("writer", is_staff=True))
    return client


def a_picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (6, 4), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def upload(client: Client, content: bytes, name: str = "picture.png", kind: str = "image/png", **headers: str) -> Any:
    """Post a file the way the editor's script does."""
    headers = {"X-Requested-With": "XMLHttpRequest"} | headers
    return client.post(UPLOAD, {"image": SimpleUploadedFile(name, content, kind)}, headers=headers)


def stored_at(response: Any) -> str:
    """The address in the Markdown that an upload was answered with."""
    assert response.status_code == 200, response.content
    match = STORED.fullmatch(response.json()["image_code"])
    assert match, response.json()
    return match[1]


def what_is_in(content: bytes) -> tuple[str | None, tuple[int, int]]:
    """The format and size of a picture."""
    with Image.open(io.BytesIO(content)) as picture:
        return picture.format, picture.size


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


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
        "<script>alert(1)</script> <b onclick=x>bold</b> [x](javascript:alert(1)) ![x](/media/x.png)",
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


# Uploads


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_picture_is_drawn_anew_and_served(writer: Client, client: Client, kind: str, ending: str) -> None:
    address = stored_at(upload(writer, a_picture(kind)))

    response = client.get(address)

    assert address.endswith(f".{ending}")
    assert what_is_in(response.getvalue()) == (kind, (6, 4))
    assert response.headers["Content-Type"] == {"jpg": "image/jpeg"}.get(ending, f"image/{ending}")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(writer: Client, mode: str) -> None:
    assert stored_at(upload(writer, a_picture("PNG", mode)))


@pytest.mark.parametrize("mode", ["L", "CMYK", "YCbCr"])
def test_every_kind_of_jpeg_is_taken(writer: Client, mode: str) -> None:
    assert stored_at(upload(writer, a_picture("JPEG", mode)))


def test_name_is_ours_and_never_the_same_twice(writer: Client) -> None:
    first, second = (stored_at(upload(writer, a_picture(), name="Jane Doe.png")) for _ in range(2))

    assert first != second
    assert "Jane" not in first


def test_name_that_climbs_out_of_the_folder_is_not_used(writer: Client, media_root: Path) -> None:
    stored_at(upload(writer, a_picture(), name="../../../settings.png"))

    (stored,) = files_in(media_root)
    assert stored.parent == media_root / "pictures"
    assert stored.suffix == ".png"


def test_nothing_is_left_of_what_a_camera_writes_into_a_picture(writer: Client, media_root: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[1] = "N"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SECRET)
    notes.add_itxt("XML:com.adobe.xmp", SECRET)
    for content in (
        a_picture("JPEG", exif=exif, comment=SECRET, icc_profile=SECRET.encode()),
        a_picture("PNG", exif=exif, pnginfo=notes),
        a_picture("WEBP", exif=exif, xmp=SECRET.encode(), icc_profile=SECRET.encode()),
    ):
        assert SECRET.encode() in content

        stored_at(upload(writer, content + SECRET.encode()))

    for stored in files_in(media_root):
        assert SECRET.encode() not in stored.read_bytes()
        with Image.open(stored) as picture:
            assert dict(picture.getexif()) == {}
            assert not picture.info.keys() & {"exif", "xmp", "icc_profile", "comment", "Comment", "XML:com.adobe.xmp"}


def test_photo_taken_sideways_is_stored_upright(writer: Client, media_root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by 90 degrees to look at it

    stored_at(upload(writer, a_picture("JPEG", size=(40, 20), exif=exif)))

    (stored,) = files_in(media_root)
    assert what_is_in(stored.read_bytes()) == ("JPEG", (20, 40))


def test_large_picture_is_made_as_small_as_a_page_needs(writer: Client, media_root: Path) -> None:
    stored_at(upload(writer, a_picture(size=(STORED_SIDE * 2, 100))))

    (stored,) = files_in(media_root)
    assert what_is_in(stored.read_bytes()) == ("PNG", (STORED_SIDE, 50))


def a_png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that call themselves a picture of this size; drawing it can't succeed."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(64))), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NOISE = random.Random(1).randbytes(5_000)
REFUSED = {
    "a drawing that can hold scripts": (SVG, "drawing.svg", "image/svg+xml"),
    "a drawing under another name": (SVG, "drawing.png", "image/png"),
    "a page under another name": (b"<!doctype html><script>alert(1)</script>", "page.png", "image/png"),
    "an animation": (a_picture("GIF"), "moving.png", "image/png"),
    "a bitmap": (a_picture("BMP"), "old.png", "image/png"),
    "a printed page": (b"%PDF-1.7", "page.png", "image/png"),
    "a program": (b"%!PS-Adobe-3.0 EPSF-3.0", "page.png", "image/png"),
    "noise": (NOISE, "noise.png", "image/png"),
    "nothing": (b"", "empty.png", "image/png"),
    "half a photo": (a_picture("JPEG", size=(400, 400))[:700], "half.jpg", "image/jpeg"),
    "half a picture": (a_picture("PNG", "RGB", (900, 900))[:200], "half.png", "image/png"),
    "a picture without its lines": (a_png_that_claims(600, 600), "hollow.png", "image/png"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_with_a_reason(writer: Client, media_root: Path, name: str) -> None:
    content, filename, kind = REFUSED[name]

    response = upload(writer, content, filename, kind)

    assert response.status_code == 400
    assert response.json()["image"]
    assert files_in(media_root) == []


def test_too_large_a_file_is_refused(writer: Client, media_root: Path) -> None:
    response = upload(writer, a_picture() + bytes(LARGEST_FILE))

    assert response.status_code == 400
    assert response.json() == {"image": ["The picture has 4.0 MB; 4 MB is the most."]}
    assert files_in(media_root) == []


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(LARGEST_SIDE + 1, 1), (1, LARGEST_SIDE + 1), (9_000, 9_000), (12_000, 12_000)])
def test_too_many_pixels_are_refused_before_they_are_unpacked(
    writer: Client, media_root: Path, size: tuple[int, int]
) -> None:
    response = upload(writer, a_png_that_claims(*size))

    assert response.status_code == 400
    assert "8000 a side is the most" in response.json()["image"][0]
    assert files_in(media_root) == []


def test_a_billion_pixels_are_refused_before_they_are_unpacked(writer: Client, media_root: Path) -> None:
    response = upload(writer, a_png_that_claims(60_000, 60_000))

    assert response.status_code == 400
    assert files_in(media_root) == []


def test_post_without_a_picture_is_refused(writer: Client) -> None:
    for content in ({}, {"image": "words"}):
        response = writer.post(UPLOAD, content, headers={"X-Requested-With": "XMLHttpRequest"})

        assert response.status_code == 400
        assert response.json() == {"image": ["This field is required."]}


def test_answer_is_the_same_without_the_script_of_the_editor(writer: Client, media_root: Path) -> None:
    taken = writer.post(UPLOAD, {"image": SimpleUploadedFile("a.png", a_picture())})
    refused = writer.post(UPLOAD, {"image": SimpleUploadedFile("a.png", NOISE)})

    assert stored_at(taken)
    assert refused.status_code == 400
    assert len(files_in(media_root)) == 1


def _grainy(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((32, 32), 80).save(out, kind)
    return out.getvalue()


GRAINY = {kind: _grainy(kind) for kind in ("PNG", "JPEG", "WEBP")}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from([*GRAINY]))
def test_damaged_file_is_stored_or_refused_but_never_an_error(writer: Client, data: st.DataObject, kind: str) -> None:
    content = bytearray(GRAINY[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(content)))

    response = upload(writer, bytes(content[:end]))

    assert response.status_code in {200, 400}


# What was uploaded, as readers get it


@pytest.fixture
def address(writer: Client) -> str:
    """The address of a picture that is there."""
    return stored_at(upload(writer, a_picture()))


def test_picture_may_be_kept_for_good_and_can_do_nothing(client: Client, address: str) -> None:
    response = client.get(address)

    assert what_is_in(response.getvalue()) == ("PNG", (6, 4))
    headers = response.headers
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Content-Type"] == "image/png"
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")


def test_picture_answers_head_and_refuses_posts(client: Client, address: str) -> None:
    head = client.head(address)
    head.close()

    assert head.status_code == 200
    assert client.post(address).status_code == 405


def test_page_that_got_among_the_pictures_is_served_as_a_picture_that_can_do_nothing(
    client: Client, media_root: Path
) -> None:
    name = f"{'0' * 32}.png"
    (media_root / "pictures").mkdir()
    (media_root / "pictures" / name).write_text("<script>alert(1)</script>")

    response = client.get(f"/media/pictures/{name}")

    assert b"alert" in response.getvalue()
    headers = response.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "pictures/",
        "secret.txt",
        "pictures/secret.txt",
        "pictures/../secret.txt",
        "pictures/%2e%2e/secret.txt",
        "pictures/..%2fsecret.txt",
        "pictures/%2e%2e%2fsecret.txt",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "/etc/passwd",
        "pictures//etc/passwd",
        "pictures/..\\secret.txt",
        f"pictures/{'0' * 32}.png",
        f"pictures/{'0' * 32}.svg",
        f"pictures/{'0' * 32}.png%00",
        f"pictures/{'0' * 32}.png%0a",
        f"pictures/{'0' * 31}.png",
        f"pictures/{'G' * 32}.png",
    ],
)
def test_no_other_file_can_be_had(client: Client, media_root: Path, path: str) -> None:
    (media_root / "pictures").mkdir()
    (media_root / "secret.txt").write_text("secret")
    (media_root / "pictures" / "secret.txt").write_text("secret")
    (media_root / "pictures" / f"{'0' * 32}.svg").write_text("secret")

    response = client.get(f"/media/{path}")

    assert response.status_code == 404
