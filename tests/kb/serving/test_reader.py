import gzip
import re

import brotli
import pytest
from django.conf import settings as site
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kb.edition import CurrentEdition, current
from kb.models import Article, Edition, EditionEntry, Revision
from kb.serving.reader import preferred_encoding, reader_page
from tests.factories import an_error, publish_document

FIRST_ROUND_TRIP = 14_600  # bytes: the ten packets that a server sends before it waits, RFC 6928
PAGES = [
    "/",
    "/errors/",
    "/errors/102/",
    "/errors/102.md",
    "/errors/102.json",
    "/errors/102.png",
    "/guides/",
    "/guides/manual-import/",
    "/guides/manual-import.md",
    "/guides/manual-import.json",
    "/compare/",
    "/compare/?shown=102&sign-in=yes&notice=no",
    "/compare/102-vs-103/",
    "/compare/ask/",
    "/compare/ask/notice/?sign-in=yes&notice=no",
    "/search/",
    "/search/?q=102",
    "/about/",
    "/accessibility/",
    "/privacy/",
    "/feed.xml",
    "/llms.txt",
    "/opensearch.xml",
    "/robots.txt",
    "/site.webmanifest",
    "/sitemap.xml",
    "/triage/",
    "/triage/102/",
    "/triage/102/map/",
    "/triage/102/notice/?bank-sign-in=yes",
    "/triage/102/notice/?bank-sign-in=yes&as=text",
    "/triage/102/bank-down/?bank-sign-in=no",
]
ELSEWHERE = {
    "/e/102": 301,
    "/compare/103-vs-102/": 301,
    "/compare/?notice=no&sign-in=yes": 302,
    "/triage/102/notice/": 302,
    "/errors/102": 301,
    "/errors/999/": 404,
    "/triage/999/": 404,
    "/t/999-1-A": 404,
    "/nowhere/": 404,
}


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_a_page_may_be_kept_by_any_cache_and_is_the_same_for_everyone(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert response["ETag"].startswith('W/"')
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages"])
@pytest.mark.parametrize("address", ["/errors/102/", "/triage/102/", "/e/102"])
def test_a_nonsense_cookie_is_not_answered_with_a_new_one(client: Client, address: str, name: str) -> None:
    for value in ("x", "x" * 32, "", '"', "x" * 4_000):
        client.cookies[name] = value

        response = client.get(address)

        assert not response.cookies
        assert "cookie" not in response.get("Vary", "").lower()


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_an_editor_who_has_signed_in_reads_the_same_page(client: Client, admin_client: Client, address: str) -> None:
    anonymous = client.get(address)

    response = admin_client.get(address)

    assert response.content == anonymous.content
    assert response["ETag"] == anonymous["ETag"]
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), ELSEWHERE.items())
def test_redirects_and_missing_pages_set_no_cookie_and_vary_on_none(client: Client, address: str, status: int) -> None:
    response = client.get(address)

    assert response.status_code == status
    assert not response.cookies
    assert "cookie" not in response.get("Vary", "").lower()


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_who_has_the_page_is_told_that_it_has_not_changed(client: Client, address: str) -> None:
    etag = client.get(address)["ETag"]

    response = client.get(address, headers={"If-None-Match": f'"another", {etag}'})

    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("tag", ['W/"1-abc-def"', '"x"', "x", '"', ",,", 'W/"', "\x00", "*\x00" * 2000])
def test_who_has_another_page_or_a_nonsense_tag_gets_the_page(client: Client, tag: str) -> None:
    response = client.get("/errors/102/", headers={"If-None-Match": tag})

    assert response.status_code == 200
    assert b"Error 102" in response.content


@pytest.mark.django_db
def test_publishing_changes_the_etag_of_every_page(client: Client) -> None:
    before = {address: client.get(address)["ETag"] for address in PAGES}

    publish_document(an_error("700"))

    after = {address: client.get(address, headers={"If-None-Match": before[address]}) for address in PAGES}
    assert {response.status_code for response in after.values()} == {200}
    assert not {response["ETag"] for response in after.values()} & set(before.values())


@pytest.mark.django_db
def test_publishing_shows_at_once(client: Client) -> None:
    missing = client.get("/errors/700/").status_code

    publish_document(an_error("700", title="The first title"))
    first = client.get("/errors/700/")
    publish_document(an_error("700", title="The second title"))
    second = client.get("/errors/700/")

    assert missing == 404
    assert b"The first title" in first.content
    assert b"The second title" in second.content
    assert b"The first title" not in second.content


@pytest.mark.django_db
def test_publishing_the_same_again_leaves_every_page_as_it_was(client: Client) -> None:
    publish_document(an_error("700"))
    etag = client.get("/errors/700/")["ETag"]

    publish_document(an_error("700"))

    assert client.get("/errors/700/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.django_db
def test_two_histories_with_the_same_edition_number_have_different_etags(client: Client, empty_site: None) -> None:
    publish_document(an_error("700"))
    one, number = client.get("/")["ETag"], current().number
    for model in (EditionEntry, Revision, Article, Edition):
        model._default_manager.all().delete()
    publish_document(an_error("710"))

    other = client.get("/")["ETag"]

    assert current().number == number
    assert other != one


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_pages_are_only_read(address: str) -> None:
    client = Client(enforce_csrf_checks=True)

    responses = [send(address) for send in (client.post, client.put, client.patch, client.delete, client.options)]

    assert [response.status_code for response in responses] == [405] * 5
    assert {response["Allow"] for response in responses} == {"GET, HEAD"}
    assert not client.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_head_says_what_get_would_and_sends_nothing(client: Client, address: str) -> None:
    got = client.get(address)

    response = client.head(address)

    assert response.status_code == 200
    assert response.content == b""
    for header in ("Content-Type", "ETag", "Cache-Control", "Vary"):
        assert response[header] == got[header]


# Compression


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;Q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("", None),
        ("identity", None),
        ("*;q=0", None),
        ("br;q=0, gzip;q=0", None),
        ("br;q=0.000, gzip;q=0.0", None),
        ("zstd, deflate", None),
    ],
)
def test_a_page_is_compressed_as_the_reader_accepts_it(client: Client, accepted: str, encoding: str | None) -> None:
    plain = client.get("/errors/102/").content

    response = client.get("/errors/102/", headers={"Accept-Encoding": accepted})

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert response.get("Content-Encoding") == encoding
    assert unpack(response.content) == plain
    assert len(response.content) < len(plain) / 2 or encoding is None
    assert int(response.get("Content-Length", len(response.content))) == len(response.content)


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_every_page_survives_its_compression(client: Client, address: str) -> None:
    plain = client.get(address).content

    packed = client.get(address, headers={"Accept-Encoding": "br"})

    assert packed["Vary"] == "Accept-Encoding"
    assert (brotli.decompress(packed.content) if "Content-Encoding" in packed else packed.content) == plain


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["101", "102", "103", "105", "108", "185", "350"])
def test_an_article_and_its_style_fit_the_first_round_trip(client: Client, code: str) -> None:
    page = client.get(f"/errors/{code}/", headers={"Accept-Encoding": "br"})
    style = (site.BASE_DIR / "static/css/site.css").read_bytes()

    assert page["Content-Encoding"] == "br"
    assert len(page.content) + len(brotli.compress(style)) < FIRST_ROUND_TRIP


@pytest.mark.django_db
def test_a_few_bytes_are_not_compressed(rf: RequestFactory) -> None:
    @reader_page
    def short(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
        return HttpResponse("ok")

    response = short(rf.get("/a-few-bytes/", headers={"Accept-Encoding": "br, gzip"}))

    assert isinstance(response, HttpResponse)
    assert response.content == b"ok"
    assert "Content-Encoding" not in response


@given(st.text(max_size=200))
@example("br;q=0." + "0" * 5000)
@example("br;q=\N{ARABIC-INDIC DIGIT ONE}")
@example(";;;,,,q=,br;q,gzip;q==1")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_odd_accept_encoding_is_no_error(header: str) -> None:
    assert preferred_encoding(header) in {"br", "gzip", "identity"}


blanks = st.text(" \t", max_size=2)
weights = st.one_of(
    st.sampled_from(["0", "0.", "0.0", "0.000", "1", "1.0", "1.000", "0.001"]),
    st.integers(0, 999).map(lambda thousandths: f"0.{thousandths:03}"),
)


@st.composite
def accept_encodings(draw: st.DrawFn) -> tuple[str, dict[str, float]]:
    """A well-formed header, each coding once, and the weight that it gives to each."""
    names = draw(st.lists(st.sampled_from(["br", "gzip", "*", "identity", "zstd", "deflate"]), unique=True))
    parts, given_weights = [], {}
    for name in names:
        weight = draw(st.one_of(st.none(), weights))
        written = draw(st.sampled_from([name, name.upper(), name.title()]))
        before, after = draw(blanks), draw(blanks)
        parts.append(f"{before}{written}" + ("" if weight is None else f"{after};{before}q={weight}{after}"))
        given_weights[name] = 1.0 if weight is None else float(weight)
    return ",".join(parts), given_weights


@given(accept_encodings())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_refused_is_never_sent_and_what_is_wanted_most_is(header: tuple[str, dict[str, float]]) -> None:
    text, weight = header

    chosen = preferred_encoding(text)

    offered = {name: weight.get(name, weight.get("*", 0.0)) for name in ("br", "gzip")}
    if chosen == "identity":
        assert set(offered.values()) == {0.0}
    else:
        assert offered[chosen] == max(offered.values()) > 0
        assert chosen == "br" or offered["gzip"] > offered["br"]


@pytest.mark.django_db
def test_the_etag_names_the_edition(client: Client) -> None:
    etag = client.get("/")["ETag"]

    assert re.fullmatch(r'W/"\d+-[0-9a-f]{16}-[0-9a-f]{12}"', etag)
    assert etag.startswith(f'W/"{current().number}-')
