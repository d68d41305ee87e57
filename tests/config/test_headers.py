"""What every answer tells browsers about its use: nothing that is not needed, and no inline script anywhere."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


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
