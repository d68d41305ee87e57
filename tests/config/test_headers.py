"""What every answer tells browsers about its use: nothing that is not needed, and no inline script anywhere."""

import re

import pytest
from django.test import Client

from tests.kb.test_admin import REGISTERED, a_row, page

pytestmark = pytest.mark.django_db

STRICT = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    "object-src 'none'",
}  # fmt: skip
SIGN_IN = ["/admin/login/", "/admin/logout/", "/admin/password_change/", "/admin/second-factor/",
           "/admin/second-factor/set-up/", "/admin/login/code/", "/admin/auth/user/1/second-factor/"]  # fmt: skip
INLINE = re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)


@pytest.mark.parametrize(
    "address", ["/", "/errors/102/", "/search/?q=102", "/no-such-page/", "/admin/login/", "/healthz"]
)
def test_no_answer_lets_browsers_use_what_the_site_does_not_need(client: Client, address: str) -> None:
    response = client.get(address)

    assert "camera=()" in response["Permissions-Policy"]
    assert "geolocation=()" in response["Permissions-Policy"]
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "address", ["/errors/102.json", "/errors/102.md", "/errors/102.png", "/api/", "/api/search/?q=1"]
)
def test_what_any_site_may_read_any_site_may_also_show(client: Client, address: str) -> None:
    assert client.get(address)["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("address", ["/", "/admin/login/", "/api/", "/no-such-page/"])
def test_no_answer_names_the_software_or_its_version(client: Client, address: str) -> None:
    response = client.get(address)

    assert not {"Server", "X-Powered-By"} & set(response.headers)
    assert not re.search(r"\b(django|python|granian)[/ ]?\d", response.content.decode(), re.IGNORECASE)


def test_every_page_of_the_admin_has_the_strict_policy_and_nothing_inline(admin_client: Client) -> None:
    addresses = ["/admin/", "/admin/kb/article/todo/", *SIGN_IN]
    for model in REGISTERED:
        row = a_row(model)
        addresses += [page(model, name) for name in ("changelist", "add")]
        addresses += [page(model, name, row.pk) for name in ("change", "history", "delete")]

    faults = {}
    for address in addresses:
        response = admin_client.get(address)
        policy = set(response["Content-Security-Policy"].split("; "))
        inline = INLINE.findall(response.content.decode()) if response.status_code == 200 else []
        if policy != STRICT or inline or response.status_code >= 500:
            faults[address] = (response.status_code, policy ^ STRICT, inline)

    assert faults == {}
