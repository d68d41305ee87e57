import io
import random
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from kb.desk import write_document
from kb.document import Section, dump
from kb.models import Article, Picture, Revision
from kb.pictures import SMALLER, Shown, Stored, names_in, pictures_in
from kb.plaintext import plain_text
from kb.publishing import PublishRefused, publish
from kb.uploads import LARGEST_FILE, MOST_PIXELS, SHARP_UP_TO, STORED_SIDE, remove, used_names
from tests.factories import a_guide, an_error, publish_document
from tests.kb.test_admin import filled_in
from tests.markup import tree

pytestmark = pytest.mark.django_db

PREVIEW, UPLOAD = "/admin/markdownx/preview/", "/admin/markdownx/upload/"
STORED = re.compile(r"!\[A bank’s page\]\((/media/pictures/[0-9a-f]{32}-\d+x\d+\.webp)\)")
SECRET = "taken-at-home"
SOMEWHERE = Stored("0" * 32, 640, 480)


@pytest.fixture
def writer() -> Client:
    """A member of staff who may upload pictures and nothing else."""
    user = User.objects.create_user("writer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_picture", "view_picture"]))
    client = Client()
    client.force_login(user)
    return client


def a_picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (6, 4), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def upload(
    client: Client, content: bytes, name: str = "picture.png", kind: str = "image/png", words: str = "A bank’s page"
) -> Any:
    """Post a file the way the editor’s script does."""
    return client.post(UPLOAD, {"image": SimpleUploadedFile(name, content, kind), "alternative": words})


def stored_at(response: Any) -> str:
    """The address in the Markdown that an upload was answered with."""
    assert response.status_code == 200, response.content
    match = STORED.fullmatch(response.json()["image_code"])
    assert match, response.json()
    return match[1]


def uploaded(client: Client, **picture: Any) -> Picture:
    """A picture that is stored."""
    address = stored_at(upload(client, a_picture(**picture)))
    return Picture.objects.get(name=address.rpartition("/")[2])


def what_is_in(content: bytes) -> tuple[str | None, tuple[int, int]]:
    """The format and size of a picture."""
    with Image.open(io.BytesIO(content)) as picture:
        return picture.format, picture.size


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def showing(markdown: str, slug: str = "shown") -> Any:
    """A guide with this text."""
    return a_guide(slug, sections=(Section("when", "When to do it", markdown),))


# How pictures are written

stems = st.text("0123456789abcdef", min_size=32, max_size=32)
sizes = st.integers(1, 9_999)


@given(stems, sizes, sizes)
def test_name_says_how_large_the_picture_is(stem: str, width: int, height: int) -> None:
    stored = Stored(stem, width, height)

    assert Stored.at(stored.address) == stored
    assert (stored.smaller is None) == (width <= SMALLER)
    if stored.smaller:
        assert stored.smaller.width == SMALLER
        assert abs(stored.smaller.height / SMALLER - height / width) <= 1 / SMALLER or stored.smaller.height == 1


@given(st.text("![]()`\\ \n/mediapctures0123x.webp-", max_size=80), stems)
def test_text_of_any_kind_is_searched_without_an_error(text: str, stem: str) -> None:
    shown = Stored(stem, 640, 480)

    found = list(pictures_in(f"{text}\n\n![words]({shown.address})"))

    assert all(isinstance(one, Shown) for one in found)
    assert shown.name in names_in(f"{text}{shown.address}{text}")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Look: ![A page](/media/pictures/x.webp).", [("A page", "/media/pictures/x.webp")]),
        ('![ A page ](/x.png "a title") and ![](y)', [("A page", "/x.png"), ("", "y")]),
        ("`![A page](/x.png)` and ``a ` ![A page](/x.png)``", []),
        ("\\![A page](/x.png)", []),
        ("[A link](/x.png)", []),
    ],
)
def test_pictures_of_a_text_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert [(shown.alternative, shown.address) for shown in pictures_in(text)] == found


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example" + SOMEWHERE.address,
        SOMEWHERE.address + "?x",
        SOMEWHERE.address.upper(),
        "/media/pictures/../" + SOMEWHERE.name,
        f"/media/pictures/{'0' * 32}-640x0.webp",
        f"/media/pictures/{'0' * 32}.webp",
        SOMEWHERE.name,
        "",
    ],
)
def test_no_other_address_is_taken_for_a_picture_of_ours(address: str) -> None:
    assert Stored.at(address) is None


# On a page


def shown_on(client: Client, markdown: str) -> list[Any]:
    """The pictures on the page of a published guide with this text."""
    publish_document(showing(markdown))
    return list(tree(client.get("/guides/shown/").content.decode()).all("img"))


def test_page_reserves_the_room_and_offers_a_smaller_one(writer: Client, client: Client) -> None:
    picture = uploaded(writer, size=(1_200, 600))

    (shown,) = shown_on(client, f"Before.\n\n{picture.markdown}\n\nAfter.")

    smaller = Stored(picture.name[:32], 800, 400)
    assert shown.attributes == {
        "src": picture.address,
        "alt": "A bank’s page",
        "width": "1200",
        "height": "600",
        "srcset": f"{smaller.address} 800w, {picture.address} 1200w",
        "sizes": shown["sizes"],
        "loading": "lazy",
        "decoding": "async",
    }
    for address, size in ((picture.address, (1_200, 600)), (smaller.address, (800, 400))):
        assert what_is_in(client.get(address).getvalue()) == ("WEBP", size)


def test_small_picture_is_offered_in_one_size(writer: Client, client: Client, media_root: Path) -> None:
    picture = uploaded(writer, size=(SMALLER, 300))

    (shown,) = shown_on(client, picture.markdown)

    assert (shown["width"], shown["height"], shown["srcset"]) == ("800", "300", "")
    assert len(files_in(media_root)) == 1


def test_page_with_pictures_asks_the_database_no_more_than_any_page(writer: Client, client: Client) -> None:
    picture = uploaded(writer)
    publish_document(showing(picture.markdown))
    publish_document(showing("No picture.", "plain"))
    counts = []
    for slug in ("shown", "plain"):
        client.get(f"/guides/{slug}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/guides/{slug}/", {"fresh": "1"})
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_preview_shows_a_picture_as_the_page_does(writer: Client, client: Client) -> None:
    picture = uploaded(writer, size=(1_200, 600))

    previewed = writer.post(PREVIEW, {"content": picture.markdown}).content.decode()

    publish_document(showing(picture.markdown))
    assert previewed in client.get("/guides/shown/").content.decode()


@pytest.mark.parametrize(
    "markdown",
    [
        "![Words](https://elsewhere.example/x.png)",
        "![Words](//elsewhere.example/x.png)",
        "![Words](/media/x.png)",
        "![Words](javascript:alert(1))",
        "![Words](data:image/png;base64,AAAA)",
        '![Words](x" onerror="alert(1))',
        "![Words][ref]\n\n[ref]: https://elsewhere.example/x.png",
    ],
)
def test_picture_from_elsewhere_is_not_asked_for(writer: Client, markdown: str) -> None:
    previewed = writer.post(PREVIEW, {"content": markdown}).content.decode()

    assert "<img" not in previewed
    assert "Words" in previewed


def test_words_of_a_picture_stay_in_texts_without_pictures() -> None:
    assert plain_text(f"See ![the sign-in page]({SOMEWHERE.address}).") == "See the sign-in page."


# The check


def refusals(markdown: str) -> list[str]:
    """What the check has against a text."""
    with pytest.raises(PublishRefused) as refused:
        publish([write_document(showing(markdown))], by=None, now=timezone.now())
    return [str(problem) for problem in refused.value.problems["shown"]]


def test_picture_without_words_is_refused(writer: Client) -> None:
    picture = uploaded(writer)

    assert refusals(f"![ ]({picture.address})") == [
        "sections[0].body: has a picture without words; say between its brackets what it shows"
    ]


def test_picture_from_another_site_is_refused() -> None:
    assert refusals("![A page](https://elsewhere.example/x.png)") == [
        "sections[0].body: shows a picture from elsewhere (“https://elsewhere.example/x.png”);"
        " upload it here, or take it out"
    ]


def test_picture_that_is_not_stored_here_is_refused() -> None:
    assert refusals(f"![A page]({SOMEWHERE.address})") == [
        f"sections[0].body: shows the picture {SOMEWHERE.name}, which is not stored here; upload it, or take it out"
    ]


def test_document_with_a_picture_loads_where_the_picture_is_stored(writer: Client, tmp_path: Path) -> None:
    picture = uploaded(writer)
    here, elsewhere = tmp_path / "here.md", tmp_path / "elsewhere.md"
    here.write_text(dump(showing(picture.markdown)))
    elsewhere.write_text(dump(showing(f"![A page]({SOMEWHERE.address})", "other")))

    call_command("load_content", here, verbosity=0)
    with pytest.raises(CommandError, match=rf"elsewhere\.md:\d+: .*{SOMEWHERE.name}, which is not stored here"):
        call_command("load_content", elsewhere)

    assert Article.objects.filter(slug="shown").exists()
    assert not Article.objects.filter(slug="other").exists()


# What is used


def test_picture_is_used_as_long_as_any_text_or_revision_mentions_it(writer: Client) -> None:
    picture = uploaded(writer)
    before = used_names()

    write_document(showing(picture.markdown))
    on_the_desk = used_names()
    publish_document(showing(picture.markdown))
    publish_document(showing("Without it."))
    in_an_earlier_revision = used_names()

    assert before == set()
    assert on_the_desk == in_an_earlier_revision == {picture.name}


@pytest.mark.parametrize("part", ["causes", "lookalikes", "steps", "costs", "related", "flow", "summary"])
def test_every_part_that_can_show_a_picture_is_searched(part: str) -> None:
    text = f"![A page]({SOMEWHERE.address})"
    error = an_error("900")
    changes = {
        "causes": {"causes": (replace(error.causes[0], text=text),)},
        "lookalikes": {"lookalikes": (replace(error.lookalikes[0], sign=text),)},
        "steps": {"steps": (replace(error.steps[0], when=text),)},
        "costs": {"costs": (replace(error.costs[0], covers=text),)},
        "related": {"related": (replace(error.related[0], text=text),)},
        "flow": {"flow": replace(error.flow, nodes=(replace(error.flow.nodes[0], where=text), *error.flow.nodes[1:]))},
        "summary": {"summary": text},
    }

    write_document(replace(error, **changes[part]))

    assert used_names() == {SOMEWHERE.name}


def test_unused_pictures_are_listed(writer: Client, admin_client: Client) -> None:
    used, unused = uploaded(writer), uploaded(writer)
    write_document(showing(used.markdown))
    address = reverse("admin:kb_picture_changelist")

    lists = {
        use: [picture.pk for picture in admin_client.get(address, {"used": use}).context["cl"].result_list]
        for use in ("yes", "no")
    }

    assert lists == {"yes": [used.pk], "no": [unused.pk]}
    assert {picture.pk: picture.used for picture in admin_client.get(address).context["cl"].result_list} == {
        used.pk: True,
        unused.pk: False,
    }


def test_list_of_many_pictures_costs_the_same_number_of_queries(writer: Client, admin_client: Client) -> None:
    counts = []
    admin_client.get(reverse("admin:kb_picture_changelist"))  # reads the edition
    for more in (1, 6):
        for at in range(more):
            write_document(showing(uploaded(writer).markdown, f"guide-{more}-{at}"))
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(reverse("admin:kb_picture_changelist"))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_unused_picture_is_deleted_with_its_files(
    writer: Client, admin_client: Client, media_root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    picture = uploaded(writer, size=(1_200, 600))
    assert len(files_in(media_root)) == 2

    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(reverse("admin:kb_picture_delete", args=[picture.pk]), {"post": "yes"})

    assert not Picture.objects.exists()
    assert files_in(media_root) == []


def test_picture_of_an_earlier_revision_is_not_deleted(writer: Client, admin_client: Client, media_root: Path) -> None:
    picture = uploaded(writer)
    publish_document(showing(picture.markdown))
    publish_document(showing("Without it."))
    many = {"action": "delete_selected", "_selected_action": picture.pk, "post": "yes"}

    pages = [
        admin_client.post(reverse("admin:kb_picture_delete", args=[picture.pk]), {"post": "yes"}),
        admin_client.post(reverse("admin:kb_picture_changelist"), many),
    ]
    remove([picture])

    assert Picture.objects.exists()
    assert len(files_in(media_root)) == 1
    assert Revision.objects.filter(text__contains=picture.name).exists()
    for shown in pages:
        assert "is shown in an article or in one of its revisions" in shown.content.decode()


# In the admin


def test_picture_is_added_on_its_own_page(admin_client: Client, media_root: Path) -> None:
    image = SimpleUploadedFile("a.png", a_picture(size=(1_200, 600)))

    response = admin_client.post(reverse("admin:kb_picture_add"), {"image": image, "alternative": "A bank’s page"})

    assert response.status_code == 302
    picture = Picture.objects.get()
    assert (picture.alternative, picture.width, picture.height) == ("A bank’s page", 1_200, 600)
    assert picture.uploaded_by == User.objects.get(username="admin")
    assert picture.size == (media_root / "pictures" / picture.name).stat().st_size


def test_page_of_a_picture_says_what_to_write(writer: Client, admin_client: Client) -> None:
    picture = uploaded(writer)
    address = reverse("admin:kb_picture_change", args=[picture.pk])

    page = admin_client.get(address)
    admin_client.post(address, filled_in(page) | {"alternative": "Another"})

    assert picture.markdown in page.content.decode()
    assert Picture.objects.get().alternative == "Another"


@pytest.mark.parametrize("words", ["", "   "])
def test_picture_without_words_is_not_taken(writer: Client, admin_client: Client, words: str) -> None:
    image = SimpleUploadedFile("a.png", a_picture())

    answer = upload(writer, a_picture(), words=words)
    page = admin_client.post(reverse("admin:kb_picture_add"), {"image": image, "alternative": words})

    reason = "Say what the picture shows, for people who don’t see it."
    assert (answer.status_code, answer.json()) == (400, {"alternative": [reason]})
    assert reason in page.content.decode()
    assert not Picture.objects.exists()


@pytest.mark.parametrize(
    "words", ["a [link](x)", "two\nlines", "`code", "ends in \\", "![x](y)", "<b> & 3 < 4", "[[102]]"]
)
def test_words_of_every_kind_make_one_picture(writer: Client, client: Client, words: str) -> None:
    code = upload(writer, a_picture(), words=words).json()["image_code"]

    (shown,) = shown_on(client, f"Before `it` {code} after.")

    assert shown["alt"] == Picture.objects.get().alternative


def test_uploading_needs_its_permission(media_root: Path) -> None:
    client = Client()
    client.force_login(User.objects.create_user("reader", is_staff=True))

    answer = upload(client, a_picture())

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert answer.content.startswith(b"You may not upload pictures.")
    assert files_in(media_root) == []


# Uploads


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "MPO"])
def test_picture_is_drawn_anew_and_served(writer: Client, client: Client, kind: str) -> None:
    address = stored_at(upload(writer, a_picture(kind)))

    response = client.get(address)

    assert what_is_in(response.getvalue()) == ("WEBP", (6, 4))
    assert response.headers["Content-Type"] == "image/webp"


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
    assert stored.suffix == ".webp"


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
    assert what_is_in(stored.read_bytes()) == ("WEBP", (20, 40))


def test_large_picture_is_made_as_small_as_a_page_needs(writer: Client, media_root: Path) -> None:
    stored_at(upload(writer, a_picture(size=(STORED_SIDE * 2, 400))))

    assert sorted(what_is_in(stored.read_bytes())[1] for stored in files_in(media_root)) == [
        (SMALLER, SMALLER // 8),
        (STORED_SIDE, STORED_SIDE // 8),
    ]


def test_screenshot_keeps_every_pixel_and_a_photo_saved_as_one_is_made_light(writer: Client, media_root: Path) -> None:
    sharp = Image.new("RGB", (300, 200), "white")
    sharp.paste((200, 30, 30), (20, 20, 180, 90))
    grainy = Image.effect_noise((1_000, 800), 90).convert("RGB")
    for picture in (sharp, grainy):
        out = io.BytesIO()
        picture.save(out, "PNG")
        stored_at(upload(writer, out.getvalue()))

    by_size = {what_is_in(stored.read_bytes())[1]: stored for stored in files_in(media_root)}
    with Image.open(by_size[300, 200]) as kept:
        assert kept.convert("RGB").tobytes() == sharp.tobytes()
    with Image.open(by_size[1_000, 800]) as kept:
        assert kept.convert("RGB").tobytes() != grainy.tobytes()
    assert SHARP_UP_TO < by_size[1_000, 800].stat().st_size < LARGEST_FILE


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
    "a printer’s picture": (a_picture("TIFF"), "scan.png", "image/png"),
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
    assert response.json() == {"image": ["The picture has 4.0 MB; 4 MB is the most. Make it smaller."]}
    assert files_in(media_root) == []


@pytest.mark.parametrize("size", [(8_000, 8_000), (MOST_PIXELS + 1, 1), (12_000, 12_000), (60_000, 60_000)])
def test_too_many_pixels_are_refused_before_they_are_unpacked(
    writer: Client, media_root: Path, size: tuple[int, int]
) -> None:
    response = upload(writer, a_png_that_claims(*size))

    assert response.status_code == 400
    assert response.json() == {"image": ["The picture has more than 24 million pixels. Make it smaller."]}
    assert files_in(media_root) == []


def test_whole_photo_of_a_phone_is_taken(writer: Client, media_root: Path) -> None:
    stored_at(upload(writer, a_picture("JPEG", size=(6_000, 4_000)), "photo.jpg", "image/jpeg"))

    assert len(files_in(media_root)) == 2


def test_post_without_a_picture_is_refused(writer: Client) -> None:
    for content in ({}, {"image": "words"}):
        response = writer.post(UPLOAD, {"alternative": "A bank’s page"} | content)

        assert response.status_code == 400
        assert response.json() == {"image": ["Choose a picture."]}


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

    assert what_is_in(response.getvalue()) == ("WEBP", (6, 4))
    headers = response.headers
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Content-Type"] == "image/webp"
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
    name = SOMEWHERE.name
    (media_root / "pictures").mkdir()
    (media_root / "pictures" / name).write_text("<script>alert(1)</script>")

    response = client.get(f"/media/pictures/{name}")

    assert b"alert" in response.getvalue()
    headers = response.headers
    assert headers["Content-Type"] == "image/webp"
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
        f"pictures/{'0' * 32}-640x480.webp",
        f"pictures/{'0' * 32}-6x4.svg",
        f"pictures/{'0' * 32}-6x4.webp%00",
        f"pictures/{'0' * 32}-6x4.webp%0a",
        f"pictures/{'0' * 31}-6x4.webp",
        f"pictures/{'G' * 32}-6x4.webp",
    ],
)
def test_no_other_file_can_be_had(client: Client, media_root: Path, path: str) -> None:
    (media_root / "pictures").mkdir()
    (media_root / "secret.txt").write_text("secret")
    (media_root / "pictures" / "secret.txt").write_text("secret")
    (media_root / "pictures" / f"{'0' * 32}-6x4.svg").write_text("secret")

    response = client.get(f"/media/{path}")

    assert response.status_code == 404
