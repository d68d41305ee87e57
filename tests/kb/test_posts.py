from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from kb.models import DailySalt, PostCount
from kb.posts import BadPost, anonymous_post, back_to_page, is_same_origin, revision_in, seconds_to_wait, visitor_of

NOON = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
URLENCODED = "application/x-www-form-urlencoded"

type View = Callable[[HttpRequest], HttpResponse]


@back_to_page
@anonymous_post("test", an_hour=3)
def take(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"taken: {request.POST.get('word', '')}")


@anonymous_post("test", an_hour=3)
def refuse(request: HttpRequest) -> HttpResponse:
    raise BadPost("There is <b>no</b> such word.")


# Where a post comes from


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://testserver"},
        {},
    ],
)
@pytest.mark.django_db
def test_a_post_from_our_own_page_is_taken(rf: RequestFactory, headers: dict[str, str]) -> None:
    response = take(rf.post("/page/post/", {"word": "yes"}, headers=headers))

    assert response.status_code == 200
    assert response.content == b"taken: yes"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://evil.example/http://testserver"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver:8080"},
        {"Origin": "http://user@testserver"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://[::1/"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.django_db
def test_a_post_from_another_site_is_refused_with_a_page_and_not_counted(
    rf: RequestFactory, headers: dict[str, str]
) -> None:
    response = take(rf.post("/page/post/", {"word": "yes"}, headers=headers))

    assert response.status_code == 403
    assert b"another site" in response.content
    assert not PostCount.objects.exists()


def test_the_public_address_of_the_site_is_its_own_origin_behind_a_proxy(rf: RequestFactory, settings) -> None:
    settings.SITE_URL = "https://feeds.example"
    settings.ALLOWED_HOSTS = ["feeds.example"]

    request = rf.post("/", headers={"Origin": "https://feeds.example", "Host": "feeds.example"})

    assert is_same_origin(request)


# How often


@pytest.mark.django_db
def test_a_flood_is_told_how_long_to_wait(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(minutes=50))
    statuses = [take(rf.post("/page/post/")).status_code for _ in range(3)]

    response = take(rf.post("/page/post/"))

    assert statuses == [200, 200, 200]
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert response["Retry-After"] == "600"
    assert b"10 minutes" in response.content
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_another_address_or_another_hour_is_not_held_up() -> None:
    for _ in range(4):
        seconds_to_wait("one", "test", an_hour=3, now=NOON)

    assert seconds_to_wait("one", "test", an_hour=3, now=NOON) == 3600
    assert seconds_to_wait("two", "test", an_hour=3, now=NOON) == 0
    assert seconds_to_wait("one", "other", an_hour=3, now=NOON) == 0
    assert seconds_to_wait("one", "test", an_hour=3, now=NOON + timedelta(hours=1)) == 0


@pytest.mark.django_db
def test_counting_goes_on_after_the_clock_was_a_day_ahead() -> None:
    seconds_to_wait("one", "test", an_hour=1, now=NOON)
    seconds_to_wait("one", "test", an_hour=1, now=NOON + timedelta(days=1))

    waits = [seconds_to_wait("one", "test", an_hour=1, now=NOON) for _ in range(3)]

    assert waits == [0, 3600, 3600]


@pytest.mark.django_db
def test_counts_of_earlier_hours_are_deleted() -> None:
    seconds_to_wait("one", "test", an_hour=3, now=NOON)
    seconds_to_wait("two", "test", an_hour=3, now=NOON + timedelta(hours=2))

    assert list(PostCount.objects.values_list("visitor", flat=True)) == ["two"]


# Who


@pytest.mark.django_db
def test_a_visitor_is_the_same_all_day_and_a_stranger_tomorrow(rf: RequestFactory) -> None:
    request = rf.post("/", REMOTE_ADDR="192.0.2.7")

    morning = visitor_of(request, now=NOON)
    evening = visitor_of(request, now=NOON + timedelta(hours=11))
    tomorrow = visitor_of(request, now=NOON + timedelta(hours=12))

    assert morning == evening
    assert tomorrow != morning
    assert len(morning) == 32
    assert "192" not in morning
    assert list(DailySalt.objects.values_list("day", flat=True)) == [(NOON + timedelta(days=1)).date()]


@pytest.mark.django_db
def test_two_addresses_are_two_visitors(rf: RequestFactory) -> None:
    one, other = rf.post("/", REMOTE_ADDR="192.0.2.7"), rf.post("/", REMOTE_ADDR="192.0.2.8")

    assert visitor_of(one, now=NOON) != visitor_of(other, now=NOON)


@pytest.mark.django_db
def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(rf: RequestFactory, settings) -> None:
    def visitors() -> set[str]:
        requests = [rf.post("/", headers={"X-Forwarded-For": f"{made_up}, 192.0.2.9"}) for made_up in ("1.1.1.1", "2")]
        return {visitor_of(request, now=NOON) for request in [*requests, rf.post("/")]}

    settings.SECURE_PROXY_SSL_HEADER = None
    alone = visitors()
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    behind_proxy = visitors()

    assert len(alone) == 1
    assert len(behind_proxy) == 2  # what the sender made up in front of the proxy's own word tells nobody apart


# What is in it

DAMAGED = {
    "multipart without a boundary": ("multipart/form-data", b"--x\r\n"),
    "3 MB": (URLENCODED, b"word=" + b"x" * 3_000_000),
    "20,000 fields": (URLENCODED, b"&".join(b"f%d=" % at for at in range(20_000))),
    "10,001 small fields": (URLENCODED, b"&".join([b"f="] * 10_001)),
}
ODD = {
    "nothing": (URLENCODED, b""),
    "a null byte": (URLENCODED, b"word=%00"),
    "no UTF-8": (URLENCODED, b"word=%ff%fe"),
    "no names": (URLENCODED, b"=&&="),
    "5,000 fields": (URLENCODED, b"&".join([b"f=1"] * 5000)),
    "JSON": ("application/json", b'{"word": [1'),
    "broken multipart": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nonsense"),
    "multipart in an unheard-of language": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name*=nonsense'en'word\r\n\r\nyes\r\n--x--\r\n",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.django_db
def test_a_body_that_is_damaged_or_too_long_gets_a_page_and_is_counted(rf: RequestFactory, name: str) -> None:
    content_type, body = DAMAGED[name]

    response = take(rf.generic("POST", "/page/post/", body, content_type))

    assert response.status_code == 400
    assert b"could not read your answer" in response.content
    assert PostCount.objects.get().posts == 1


@pytest.mark.parametrize("name", ODD)
@pytest.mark.django_db
def test_odd_fields_are_no_accident(rf: RequestFactory, name: str) -> None:
    content_type, body = ODD[name]

    response = take(rf.generic("POST", "/page/post/", body, content_type))

    assert response.status_code in {200, 400}
    assert b"taken" in response.content or b"could not read your answer" in response.content


@pytest.mark.parametrize("length", ["-1", "x", "9" * 5000, "²"])
@pytest.mark.django_db
def test_a_nonsense_length_is_a_bad_post(rf: RequestFactory, length: str) -> None:
    response = take(rf.post("/page/post/", {"word": "yes"}, CONTENT_LENGTH=length))

    assert response.status_code == 400


@pytest.mark.parametrize("charset", ["base64", "utf-16", "rot13", "idna", "no-such-codec"])
@pytest.mark.django_db
def test_a_post_is_read_as_utf_8_whatever_it_says_of_itself(rf: RequestFactory, charset: str) -> None:
    body = b"word=%C3%A4"

    response = take(rf.generic("POST", "/page/post/", body, f"{URLENCODED}; charset={charset}"))

    assert response.status_code == 200
    assert response.content.decode() == "taken: ä"


@pytest.mark.django_db
def test_what_is_wrong_with_a_post_is_said_on_a_page_and_escaped(rf: RequestFactory) -> None:
    response = refuse(rf.post("/page/post/"))

    assert response.status_code == 400
    assert b"There is &lt;b&gt;no&lt;/b&gt; such word." in response.content
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("number", ["", "0", "-1", "1.0", "x", "\uff19", "1 ", "1" + "0" * 9, "9" * 5000, "\x00"])
def test_a_revision_that_is_no_number_is_a_bad_post(rf: RequestFactory, number: str) -> None:
    request = rf.post("/", {"revision": number})

    with pytest.raises(BadPost):
        revision_in(request)


def test_a_revision_is_a_number(rf: RequestFactory) -> None:
    assert revision_in(rf.post("/", {"revision": "12"})) == 12


# How it is asked


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("/errors/102/feedback/", "/errors/102/"),
        ("/triage/102/wait/report/?site=no&v=3", "/triage/102/wait/?site=no&v=3"),
    ],
)
def test_who_opens_the_address_of_a_post_comes_to_its_page(rf: RequestFactory, asked: str, page: str) -> None:
    response = take(rf.get(asked))

    assert response.status_code == 302
    assert response["Location"] == page


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(rf: RequestFactory, method: str) -> None:
    assert take(rf.generic(method, "/page/post/")).status_code == 405


@pytest.mark.django_db
def test_no_token_is_asked_for() -> None:
    """A reader's page holds none, since it is the same for everyone."""
    strict = Client(enforce_csrf_checks=True)

    response = strict.post("/errors/102/feedback/", {"revision": "1", "verdict": "yes"})

    assert response.status_code == 303
