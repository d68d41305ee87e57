from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from config import env

BASE = Path("/srv/site")


def read_database(url: str) -> dict[str, object]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        return env.database("DATABASE_URL", default="sqlite:///unused", base=BASE)


def refusal_of(url: str) -> str | None:
    try:
        read_database(url)
    except ImproperlyConfigured as refusal:
        return str(refusal)
    return None


def test_an_unset_text_without_default_is_named(monkeypatch):
    monkeypatch.delenv("SITE_NAME", raising=False)

    with pytest.raises(ImproperlyConfigured, match="SITE_NAME is not set"):
        env.text("SITE_NAME")


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("SITE_NAME", "")

    assert env.text("SITE_NAME", "Default") == "Default"


def test_a_boolean_is_read(monkeypatch):
    monkeypatch.setenv("DEBUG", "True")

    assert env.boolean("DEBUG", default=False) is True


@pytest.mark.parametrize("value", ["true", "1", "yes", "on", "TRUE", " True"])
def test_a_malformed_boolean_names_the_variable_and_what_is_allowed(monkeypatch, value):
    monkeypatch.setenv("DEBUG", value)

    with pytest.raises(ImproperlyConfigured, match=f"DEBUG={value}, use 'True' or 'False'"):
        env.boolean("DEBUG", default=False)


@pytest.mark.parametrize("value", ["four", "-1", "0", "101", "4.0", "٤", "9" * 5000])
def test_a_malformed_integer_names_the_variable_and_what_is_allowed(monkeypatch, value):
    monkeypatch.setenv("PAGE_CACHE_MB", value)

    with pytest.raises(ImproperlyConfigured, match=r"PAGE_CACHE_MB=.*from 1 to 100"):
        env.integer("PAGE_CACHE_MB", default=64, minimum=1, maximum=100)


def test_hosts_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("EXTRA_HOSTS", "a.example, b.example,")

    assert env.hosts("EXTRA_HOSTS") == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["*", "https://a.example", "a.example b.example"])
def test_a_malformed_host_names_the_variable_and_what_is_allowed(monkeypatch, value):
    monkeypatch.setenv("EXTRA_HOSTS", value)

    with pytest.raises(ImproperlyConfigured, match=r"EXTRA_HOSTS=.*with commas between"):
        env.hosts("EXTRA_HOSTS")


def test_a_secret_is_read_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("sesame\n")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))

    assert env.secret("SECRET_KEY") == "sesame"


def test_a_secret_given_twice_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "sesame")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY and SECRET_KEY_FILE are both set"):
        env.secret("SECRET_KEY")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe\xfa"])
def test_a_secret_file_that_holds_no_text_is_named(monkeypatch, tmp_path, content):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY_FILE=.*(cannot be read|is empty)"):
        env.secret("SECRET_KEY")


@pytest.mark.parametrize("value", ["https://feeds.example", "https://feeds.example/", "http://[::1]:8000"])
def test_a_site_address_is_read_without_its_slash(monkeypatch, value):
    monkeypatch.setenv("SITE_URL", value)

    assert env.site_url("SITE_URL").geturl() == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    [
        "feeds.example",
        "ftp://feeds.example",
        "https://",
        "https://feeds.example/blog",
        "https://feeds.example?x=1",
        "https://me:pass@feeds.example",
        "https://feeds.example:port",
        "https://[feeds.example",
    ],
)
def test_a_malformed_site_address_names_the_variable_and_what_is_allowed(monkeypatch, value):
    monkeypatch.setenv("SITE_URL", value)

    with pytest.raises(ImproperlyConfigured, match=r"SITE_URL must be .* such as https://"):
        env.site_url("SITE_URL")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///var/db.sqlite3", "/srv/site/var/db.sqlite3"),
        ("sqlite:////data/db.sqlite3", "/data/db.sqlite3"),
        ("sqlite:///with%20space.db", "/srv/site/with space.db"),
        ("sqlite:///:memory:", ":memory:"),
    ],
)
def test_a_sqlite_path_is_relative_to_the_site_or_absolute(url, name):
    database = read_database(url)

    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.sqlite3", name)


def test_a_postgresql_address_is_taken_apart():
    database = read_database("postgresql://me:p%40ss%2Fword@db.example:5433/feeds?sslmode=verify-full")

    assert database == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "feeds",
        "USER": "me",
        "PASSWORD": "p@ss/word",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "verify-full"},
    }


def test_a_postgresql_socket_is_named_by_its_folder():
    database = read_database("postgresql:///feeds?host=/run/postgresql")

    assert (database["NAME"], database["HOST"]) == ("feeds", "/run/postgresql")
    assert database["OPTIONS"] == {}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:hunter2@db.example/feeds",
        "sqlite://relative.db",
        "sqlite:///",
        "postgresql://me:hunter2@db.example",
        "postgresql://me:hunter2@db.example/",
        "postgresql://me:hunter2/x@db.example/feeds",
        "postgresql://me:hunter2[@db.example/feeds",
        "postgresql://me:hunter2@db.example/feeds?sslmod=require",
        "feeds",
    ],
)
def test_a_malformed_database_address_is_refused_without_its_password(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refusal:
        read_database(url)

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_database_address_is_read_or_refused_in_a_sentence(url):
    refusal = refusal_of(url)

    assert refusal is None or refusal.startswith("DATABASE_URL ")


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("", []),
        (" , ", []),
        ("https://help.example", ["https://help.example"]),
        ("https://help.example, http://localhost:3000", ["https://help.example", "http://localhost:3000"]),
        ("https://*.help.example:8443", ["https://*.help.example:8443"]),
    ],
)
def test_other_sites_are_read_as_a_policy_names_them(monkeypatch, value, origins):
    monkeypatch.setenv("EMBED_ORIGINS", value)

    assert env.origins("EMBED_ORIGINS") == origins


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "'self'",
        "help.example",
        "https://",
        "https://*",
        "https://help.example/",
        "ftp://help.example",
        "https://help.example; script-src *",
        "https://help.example 'self'",
        "https://help.example\nx",
    ],
)
def test_what_would_loosen_the_policy_is_no_other_site(monkeypatch, value):
    monkeypatch.setenv("EMBED_ORIGINS", f"https://good.example,{value}")

    with pytest.raises(ImproperlyConfigured, match=r"EMBED_ORIGINS=[\s\S]*addresses without a path"):
        env.origins("EMBED_ORIGINS")


@pytest.mark.parametrize(
    "value", ["", "mailto:security@feeds.example", "https://feeds.example/report", "tel:+1-201-555"]
)
def test_a_contact_is_an_address_with_its_scheme(monkeypatch, value):
    monkeypatch.setenv("SECURITY_CONTACT", value)

    assert env.contact("SECURITY_CONTACT") == value


@pytest.mark.parametrize(
    "value", ["security@feeds.example", "http://feeds.example", "mailto:", "https://a\nExpires: x"]
)
def test_a_contact_without_its_scheme_says_how_to_write_it(monkeypatch, value):
    monkeypatch.setenv("SECURITY_CONTACT", value)

    with pytest.raises(ImproperlyConfigured, match=r"SECURITY_CONTACT=[\s\S]*such as mailto:"):
        env.contact("SECURITY_CONTACT")
