"""A code from a phone besides the password: set up, asked for, renewed, lost."""

import re
import time
from base64 import b32decode
from datetime import timedelta
from io import StringIO

import pytest
import segno
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.models import AuditEntry, RecoveryCode
from tests.markup import tree

pytestmark = pytest.mark.django_db

PASSWORD = "a password nobody guesses"
SET_UP = "/admin/second-factor/set-up/"
OWN = "/admin/second-factor/"
CODE = "/admin/login/code/"


def a_person(name: str = "editor", role: str = "Editors") -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def give_password(client: Client, name: str = "editor", following: str = "/admin/kb/article/"):
    return client.post(f"/admin/login/?next={following}", {"username": name, "password": PASSWORD})


def link_to_app(page: str) -> str:
    """The otpauth: address, which phones open and the picture holds."""
    return next(address for address in tree(page).hrefs if address.startswith("otpauth:"))


class Phone:
    """An app with a key. Each code is one that it has not shown before."""

    def __init__(self, key: bytes) -> None:
        self._totp = TOTP(key)
        self._shown = 0

    @classmethod
    def that_scans(cls, page: str) -> "Phone":
        return cls(b32decode(re.search(r"secret=(\w+)", link_to_app(page))[1]))

    def code(self) -> str:
        self._totp.time = time.time() + 30 * self._shown
        self._shown += 1
        return f"{self._totp.token():06}"


def set_up(client: Client, **typed: str) -> tuple[Phone, list[str]]:
    """Set a phone up as somebody who is signed in or on the way in, and return it with the recovery codes."""
    phone = Phone.that_scans(client.get(SET_UP).content.decode())
    shown = client.post(SET_UP, {"code": phone.code(), **typed})
    codes = [item.text for item in tree(shown.content.decode()).one("ul", class_="codes").all("li")]
    return phone, codes


def enrolled(name: str = "editor", role: str = "Editors") -> tuple[Client, Phone, list[str]]:
    a_person(name, role)
    client = Client()
    give_password(client, name)
    return client, *set_up(client, password=PASSWORD)


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


# Asked for


def test_code_is_the_second_step_and_leads_to_where_one_wanted_to_go() -> None:
    _, phone, _ = enrolled()
    client = Client()

    first = give_password(client)
    was_in = is_in(client)
    page = client.get(first["Location"])
    second = client.post(first["Location"], {"code": phone.code()})

    assert first["Location"] == f"{CODE}?next=%2Fadmin%2Fkb%2Farticle%2F"
    assert not was_in
    assert page.status_code == 200
    assert second["Location"] == "/admin/kb/article/"
    assert is_in(client)


def test_password_that_was_given_while_the_clock_was_ahead_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, phone, _ = enrolled()
    client, tomorrow = Client(), timezone.now() + timedelta(days=1)
    with monkeypatch.context() as ahead:
        ahead.setattr(timezone, "now", lambda: tomorrow)
        first = give_password(client)

    second = client.post(first["Location"], {"code": phone.code()})

    assert second["Location"].startswith("/admin/login/")
    assert not is_in(client)


def test_password_alone_opens_no_page_of_the_desk() -> None:
    enrolled()
    client = Client()
    give_password(client)

    answers = {address: client.get(address).status_code for address in ("/admin/", "/admin/kb/article/", OWN, SET_UP)}

    assert set(answers.values()) == {302}
    assert client.post("/admin/markdownx/preview/", {"content": "Words"}).status_code == 403


def test_password_alone_puts_no_other_phone_in_the_place_of_the_one_there() -> None:
    enrolled()
    client = Client()
    give_password(client)

    client.post(SET_UP, {"code": "123456"})

    assert client.get(SET_UP)["Location"].startswith("/admin/login/")
    assert TOTPDevice.objects.count() == 1


def test_without_a_password_there_is_no_second_step() -> None:
    assert Client().get(CODE)["Location"].startswith("/admin/login/")
    assert Client().get(SET_UP)["Location"].startswith("/admin/login/")


def test_second_step_has_to_follow_soon(client: Client) -> None:
    _, phone, _ = enrolled()
    give_password(client)
    session = client.session
    pk, password, since = session["signing_in"]
    session["signing_in"] = [pk, password, since - 600]
    session.save()

    response = client.post(CODE, {"code": phone.code()})

    assert response["Location"].startswith("/admin/login/")
    assert not is_in(client)


def test_new_password_or_a_closed_account_ends_what_was_begun(client: Client) -> None:
    _, phone, _ = enrolled()
    give_password(client)
    user = User.objects.get(username="editor")
    user.set_password("another good password")
    user.save()

    assert client.post(CODE, {"code": phone.code()})["Location"].startswith("/admin/login/")


def test_code_works_once(client: Client) -> None:
    _, phone, _ = enrolled()
    code = phone.code()
    give_password(client)
    client.post(CODE, {"code": code})
    again = Client()
    give_password(again)

    response = again.post(CODE, {"code": code})

    assert response.status_code == 200
    assert "This code is not right, or was used already." in response.content.decode()
    assert not is_in(again)


@pytest.mark.parametrize("code", ["", "000000", "x", "1" * 41, "\uff19\uff19", "-1", "\x00"])
def test_wrong_code_gets_a_sentence(client: Client, code: str) -> None:
    enrolled()
    give_password(client)

    response = client.post(CODE, {"code": code})

    assert response.status_code == 200
    assert tree(response.content.decode()).one("ul", class_="errorlist").text.strip()
    assert not is_in(client)


def test_sixth_wrong_code_waits_and_the_right_one_too(client: Client) -> None:
    _, phone, _ = enrolled()
    give_password(client)
    for _ in range(5):
        client.post(CODE, {"code": "000000"})

    response = client.post(CODE, {"code": phone.code()})

    assert response.status_code == 429
    assert "Too many failed sign-ins. Wait" in response.content.decode()


def test_code_may_be_typed_in_groups(client: Client) -> None:
    _, phone, _ = enrolled()
    code = phone.code()
    give_password(client)

    client.post(CODE, {"code": f" {code[:3]} {code[3:]} "})

    assert is_in(client)


# Required


def test_required_factor_is_set_up_at_the_first_sign_in_before_anything_else(client: Client, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    a_person()

    first = give_password(client)
    was_in = is_in(client)
    phone, codes = set_up(client)

    assert first["Location"].startswith(SET_UP)
    assert not was_in
    assert len(codes) == 10
    assert is_in(client)
    assert "known" in client.cookies
    again = Client()
    give_password(again)
    again.post(CODE, {"code": phone.code()})
    assert is_in(again)


@pytest.mark.parametrize(
    ("role", "is_asked"), [("Writers", False), ("Editors", True), ("Administrators", True), ("superuser", True)]
)
def test_factor_is_required_of_whoever_publishes_or_manages_people(role: str, is_asked: bool, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    if role == "superuser":
        User.objects.create_superuser("editor", password=PASSWORD)
    else:
        a_person(role=role)

    response = give_password(Client())

    assert response["Location"].startswith(SET_UP) == is_asked


def test_new_role_that_requires_one_ends_the_session(client: Client, settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    writer = a_person(role="Writers")
    give_password(client)
    was_in = is_in(client)

    writer.groups.set([Group.objects.get(name="Editors")])

    assert was_in
    assert not is_in(client)


def test_required_factor_can_not_be_done_without(settings) -> None:
    client, _, _ = enrolled()
    settings.REQUIRE_SECOND_FACTOR = True

    page = client.get(OWN).content.decode()
    refused = client.post(OWN, {"password": PASSWORD, "remove": "1"}).content.decode()

    assert "Not removed: your role asks for a second factor. You can set up another phone." in refused
    assert "Your role asks for a second factor." in page
    assert "Do without" not in page
    assert TOTPDevice.objects.count() == 1


# One's own


def test_page_of_the_app_has_a_picture_and_the_same_key_in_letters(client: Client) -> None:
    a_person()
    give_password(client)

    response = client.get(SET_UP)
    page = tree(response.content.decode())
    key = page.one("span", class_="key").text.replace(" ", "")

    address = link_to_app(response.content.decode())
    dark = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(segno.make_qr(address, error="m").matrix_iter(border=4))
        for x, square in enumerate(row)
        if square
    )
    assert f"secret={key}&" in address
    assert page.one("svg", class_="qr").one("path")["d"] == dark
    assert "no-store" in response["Cache-Control"]


def test_phone_is_set_up_only_with_the_right_code_and_password(client: Client) -> None:
    a_person()
    give_password(client)
    phone = Phone.that_scans(client.get(SET_UP).content.decode())

    answers = [
        client.post(SET_UP, {"code": "000000", "password": PASSWORD}),
        client.post(SET_UP, {"code": phone.code(), "password": "wrong"}),
        client.post(SET_UP, {"code": phone.code()}),
    ]

    assert [response.status_code for response in answers] == [200, 200, 200]
    assert "This is not your password." in answers[1].content.decode()
    assert not TOTPDevice.objects.exists()


def test_new_phone_ends_the_old_one_its_codes_and_all_other_sessions() -> None:
    client, old_phone, old_codes = enrolled()
    elsewhere = Client()
    give_password(elsewhere)
    elsewhere.post(CODE, {"code": old_phone.code()})
    was_in = is_in(elsewhere)

    _, codes = set_up(client, password=PASSWORD)

    assert was_in
    assert not is_in(elsewhere)
    assert is_in(client)
    assert TOTPDevice.objects.count() == 1
    assert RecoveryCode.objects.count() == 10
    assert not set(codes) & set(old_codes)


def test_setting_up_a_phone_ends_sessions_that_began_without_one() -> None:
    a_person()
    elsewhere, client = Client(), Client()
    give_password(elsewhere)
    give_password(client)

    set_up(client, password=PASSWORD)

    assert is_in(client)
    assert not is_in(elsewhere)


def test_doing_without_takes_the_password_once_more() -> None:
    client, _, _ = enrolled()

    refused = client.post(OWN, {"password": "wrong", "remove": "1"})
    kept = TOTPDevice.objects.exists()
    client.post(OWN, {"password": PASSWORD, "remove": "1"})

    assert "This is not your password." in refused.content.decode()
    assert kept
    assert not TOTPDevice.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert is_in(client)
    assert give_password(Client())["Location"] == "/admin/kb/article/"


def test_eleventh_wrong_password_on_ones_own_page_waits_and_the_right_one_too() -> None:
    client, _, _ = enrolled()
    first = client.post(OWN, {"password": "wrong", "codes": "1"})
    for _ in range(9):
        client.post(OWN, {"password": "wrong", "codes": "1"})

    response = client.post(OWN, {"password": PASSWORD, "codes": "1"})

    assert first.status_code == 200
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "Too many failed sign-ins. Wait" in response.content.decode()


# Recovery codes


def test_recovery_code_works_once_in_any_capitals_and_is_kept_as_a_hash_only() -> None:
    _, _, codes = enrolled()
    client, again = Client(), Client()

    give_password(client)
    client.post(CODE, {"code": codes[3].upper().replace("-", " ")})
    give_password(again)
    again.post(CODE, {"code": codes[3]})

    assert is_in(client)
    assert not is_in(again)
    assert RecoveryCode.objects.count() == 9
    assert not RecoveryCode.objects.filter(digest__in=[code.replace("-", "") for code in codes]).exists()


def test_recovery_code_of_somebody_else_is_none_of_mine(client: Client) -> None:
    _, _, codes = enrolled("other")
    enrolled()

    give_password(client)
    client.post(CODE, {"code": codes[0]})

    assert not is_in(client)


def test_new_recovery_codes_end_the_old_ones() -> None:
    client, _, old = enrolled()

    shown = client.post(OWN, {"password": PASSWORD, "codes": "1"})

    new = [item.text for item in tree(shown.content.decode()).one("ul", class_="codes").all("li")]
    assert len(set(new) - set(old)) == 10
    assert not RecoveryCode.objects.spend(User.objects.get(username="editor"), old[0])
    assert "Recovery codes left: 10." in client.get(OWN).content.decode()


# Lost


def remove_page(user: User) -> str:
    return reverse("admin:auth_user_remove_factor", args=[user.pk])


def test_administrator_lets_somebody_in_who_lost_the_phone() -> None:
    owner, _, _ = enrolled()
    user = User.objects.get(username="editor")
    administrator = Client()
    administrator.force_login(a_person("administrator", "Administrators"))
    change = reverse("admin:auth_user_change", args=[user.pk])

    offered = remove_page(user) in administrator.get(change).content.decode()
    asked = administrator.get(remove_page(user))
    administrator.post(remove_page(user))

    assert offered
    assert "Be sure that it is editor who asks" in asked.content.decode()
    assert not is_in(owner)
    assert give_password(Client())["Location"] == "/admin/kb/article/"
    assert remove_page(user) not in administrator.get(change).content.decode()


@pytest.mark.parametrize("role", ["Writers", "Editors"])
def test_nobody_else_removes_a_factor(role: str) -> None:
    enrolled()
    client = Client()
    client.force_login(a_person("other", role))

    assert client.post(remove_page(User.objects.get(username="editor"))).status_code == 403
    assert TOTPDevice.objects.exists()


def test_administrators_do_not_remove_the_factor_of_a_superuser(admin_user: User) -> None:
    TOTPDevice.objects.create(user=admin_user, name="phone")
    client = Client()
    client.force_login(a_person("administrator", "Administrators"))

    assert client.post(remove_page(admin_user)).status_code == 403
    assert TOTPDevice.objects.exists()


def test_who_runs_the_server_lets_the_last_administrator_in() -> None:
    enrolled()
    out = StringIO()

    call_command("remove_second_factor", "editor", stdout=out)

    assert out.getvalue() == "editor signs in with the password alone now; all sessions of theirs have ended.\n"
    assert not TOTPDevice.objects.exists()
    assert AuditEntry.objects.filter(action="factor-removed", about="editor", who="").exists()
    for name in ("editor", "nobody"):
        with pytest.raises(CommandError):
            call_command("remove_second_factor", name)


def test_secrets_have_no_page_in_the_admin(admin_client: Client) -> None:
    assert "otp" not in admin_client.get("/admin/").content.decode().lower()
    assert admin_client.get("/admin/otp_totp/totpdevice/").status_code == 404
