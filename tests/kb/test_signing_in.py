"""The way in: who gets in, how often one may fail, and when a session ends."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from kb.models import AuditEntry
from tests.markup import tree

pytestmark = pytest.mark.django_db

PASSWORD = "a password nobody guesses"
NOON = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
TOO_MANY = "Too many failed sign-ins. Wait 60 minutes, then try again."
WRONG = "Please enter the correct username and password for a staff account."


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def writer() -> User:
    return User.objects.create_user("writer", password=PASSWORD, is_staff=True)


def at(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON + later)


def sign_in(client: Client, name: str = "writer", password: str = PASSWORD, *, address: str = "192.0.2.1"):
    return client.post(
        "/admin/login/?next=/admin/kb/article/", {"username": name, "password": password}, REMOTE_ADDR=address
    )


def fail(times: int, name: str = "writer", *, address: str = "192.0.2.1") -> None:
    for _ in range(times):
        sign_in(Client(), name, "wrong", address=address)


def complaint(response) -> str:
    return " ".join(note.text for note in tree(response.content.decode()).all("p") if note["class"] == "errornote")


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


# Password


def test_right_password_leads_to_where_one_wanted_to_go(client: Client, writer: User) -> None:
    response = sign_in(client)

    assert (response.status_code, response["Location"]) == (302, "/admin/kb/article/")
    assert is_in(client)
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_way_in_leads_to_no_other_site(client: Client, writer: User) -> None:
    response = client.post("/admin/login/?next=https://evil.example/", {"username": "writer", "password": PASSWORD})

    assert response["Location"] == "/admin/"


def test_who_may_not_work_here_is_told_no_more_than_a_stranger(client: Client, writer: User) -> None:
    User.objects.create_user("reader", password=PASSWORD)
    User.objects.create_user("gone", password=PASSWORD, is_staff=True, is_active=False)

    answers = [
        sign_in(Client(), "writer", "wrong"),
        sign_in(Client(), "nobody", "wrong"),
        sign_in(Client(), "reader"),
        sign_in(Client(), "gone"),
    ]

    assert {response.status_code for response in answers} == {200}
    assert all(complaint(response).startswith(WRONG) for response in answers)


# Too many failures


@pytest.mark.parametrize("name", ["writer", "nobody"])
def test_eleventh_try_waits_whether_there_is_such_an_account_or_not(name: str, writer: User) -> None:
    fail(10, name)

    response = sign_in(Client(), name)

    assert response.status_code == 429
    assert response["Retry-After"] == "3600"
    assert complaint(response) == TOO_MANY


def test_right_password_after_nine_failures_gets_in_and_is_not_counted(client: Client, writer: User) -> None:
    fail(9)
    for _ in range(3):
        assert sign_in(Client()).status_code == 302

    fail(1)

    assert sign_in(client).status_code == 429


def test_other_spellings_of_a_name_share_its_count(writer: User) -> None:
    for name in ("writer", "WRITER", "Writer ", "\uff57riter"):
        fail(3, name)

    assert sign_in(Client()).status_code == 429


def test_wait_is_over_with_the_hour(client: Client, writer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(11)
    at(monkeypatch, timedelta(minutes=37))
    waiting = complaint(sign_in(client))
    at(monkeypatch, timedelta(hours=1))

    assert waiting == "Too many failed sign-ins. Wait 23 minutes, then try again."
    assert sign_in(client).status_code == 302


def test_address_that_fails_with_many_names_waits_too(client: Client, writer: User) -> None:
    for number in range(30):
        fail(1, f"name-{number}")

    assert sign_in(client).status_code == 429
    assert sign_in(client, address="192.0.2.2").status_code == 302


def test_strangers_keep_nobody_out_of_a_browser_that_was_used_before(client: Client, writer: User) -> None:
    sign_in(client)
    client.post("/admin/logout/")
    fail(40)

    response = sign_in(client)

    assert response.status_code == 302


def test_browser_that_was_used_before_does_not_try_for_ever_either(client: Client, writer: User) -> None:
    sign_in(client)
    client.post("/admin/logout/")
    for _ in range(10):
        sign_in(client, password="wrong")

    assert sign_in(client).status_code == 429


def test_browser_of_one_account_is_a_stranger_to_another(client: Client, writer: User) -> None:
    User.objects.create_user("other", password=PASSWORD, is_staff=True)
    sign_in(client)
    fail(10, "other")

    assert sign_in(client, "other").status_code == 429


def test_made_up_browser_is_a_stranger(client: Client, writer: User) -> None:
    sign_in(client)
    known = client.cookies["known"].value
    stranger = Client()
    stranger.cookies["known"] = f"0000000000000000{known[16:]}"
    fail(10)

    assert sign_in(stranger).status_code == 429


def test_cookie_of_a_known_browser_is_for_the_desk_alone(client: Client, writer: User) -> None:
    cookie = sign_in(client).cookies["known"]

    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/admin/", True, "Strict")


def test_refusals_without_end_leave_one_row_in_the_log(writer: User) -> None:
    fail(25)

    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions.count("sign-in-failed") == 10
    assert actions.count("sign-in-refused") == 1


# Sessions


def test_session_ends_after_an_hour_without_a_click(
    client: Client, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    stays = []
    for minutes in (59, 118, 178):
        at(monkeypatch, timedelta(minutes=minutes))
        stays.append(is_in(client))

    assert stays == [True, True, False]
    assert not Client(headers={"Cookie": f"sessionid={client.cookies['sessionid'].value}"}).session.keys()


def test_session_ends_after_eight_hours_of_work(client: Client, writer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(client)
    stays = []
    for minutes in (*range(30, 480, 30), 480):
        at(monkeypatch, timedelta(minutes=minutes))
        stays.append(is_in(client))

    assert stays == [True] * 15 + [False]


def test_session_begun_by_a_clock_that_was_ahead_holds_and_is_no_longer_than_others(
    client: Client, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, timedelta(days=1))
    sign_in(client)
    stays = []
    for minutes in (*range(0, 480, 30), 480):
        at(monkeypatch, timedelta(minutes=minutes))
        stays.append(is_in(client))

    assert stays == [True] * 16 + [False]


def test_session_seen_by_a_clock_that_was_ahead_ends_after_an_hour_without_a_click(
    client: Client, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, timedelta(days=1))
    sign_in(client)
    stays = []
    for minutes in (0, 60):
        at(monkeypatch, timedelta(minutes=minutes))
        stays.append(is_in(client))

    assert stays == [True, False]


def test_preview_and_uploads_end_with_the_session(
    client: Client, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    at(monkeypatch, timedelta(minutes=60))

    response = client.post("/admin/markdownx/preview/", {"content": "Words"})

    assert response.status_code == 403


def test_new_password_ends_other_sessions_and_not_this_one(client: Client, writer: User) -> None:
    elsewhere = Client()
    sign_in(elsewhere)
    sign_in(client)
    typed = {
        "old_password": PASSWORD,
        "new_password1": "another good password",
        "new_password2": "another good password",
    }

    response = client.post("/admin/password_change/", typed)

    assert response.status_code == 302
    assert is_in(client)
    assert not is_in(elsewhere)


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012", "writer12345"])
def test_weak_passwords_are_refused(client: Client, writer: User, password: str) -> None:
    sign_in(client)
    typed = {"old_password": PASSWORD, "new_password1": password, "new_password2": password}

    response = client.post("/admin/password_change/", typed)

    writer.refresh_from_db()
    assert response.status_code == 200
    assert writer.check_password(PASSWORD)


def test_readers_pages_touch_no_session_of_somebody_who_is_signed_in(
    client: Client, writer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    at(monkeypatch, timedelta(minutes=50))

    response = client.get("/errors/102/")

    assert "Cookie" not in response["Vary"]
    assert not response.cookies
