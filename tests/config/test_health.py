import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper


def test_healthz_answers_ok_without_a_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_readyz_answers_ok_when_the_database_is_reachable_and_migrated(client):
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response.headers["Cache-Control"]
    assert not response.cookies


@pytest.mark.django_db
def test_readyz_says_that_the_database_cannot_be_reached_and_no_more(client, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("password authentication failed for user admin at db.internal")

    monkeypatch.setattr(BaseDatabaseWrapper, "cursor", refuse)

    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"The database cannot be reached.\n")


@pytest.mark.django_db
def test_readyz_says_that_migrations_are_missing(client):
    call_command("migrate", "sessions", "zero", fake=True, verbosity=0)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert b"migrations that are not applied" in response.content


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_probe_only_reads(client, address):
    assert client.post(address).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_a_probe_is_answered_on_plain_http_where_the_site_is_on_tls(client, settings, address):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(address).status_code == 200
    assert client.get("/admin/login/").status_code == 301


def test_every_answer_carries_the_security_headers(client):
    headers = client.get("/healthz").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
