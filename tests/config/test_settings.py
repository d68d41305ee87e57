import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONG_KEY = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"
PRODUCTION = {"SECRET_KEY": LONG_KEY, "SITE_URL": "https://feeds.example"}


def start(environment: dict[str, str], *names: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of its own, and print those named as JSON."""
    script = f"import json; from config import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names}}}))"
    kept = {name: os.environ[name] for name in ("PATH", "COVERAGE_PROCESS_CONFIG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def read(environment: dict[str, str], *names: str) -> dict[str, object]:
    done = start(environment, *names)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"SITE_URL": "https://feeds.example"}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": LONG_KEY}, "SITE_URL is not set"),
        ({**PRODUCTION, "DEBUG": "yes"}, "Unexpected value DEBUG=yes, use 'True' or 'False'."),
        ({**PRODUCTION, "TRUST_PROXY_HEADERS": "1"}, "Unexpected value TRUST_PROXY_HEADERS=1"),
        ({**PRODUCTION, "REQUIRE_SECOND_FACTOR": "1"}, "Unexpected value REQUIRE_SECOND_FACTOR=1"),
        ({**PRODUCTION, "SESSION_HOURS": "0"}, "Unexpected value SESSION_HOURS=0, use a whole number from 1 to 168."),
        ({**PRODUCTION, "SESSION_IDLE_MINUTES": "4"}, "Unexpected value SESSION_IDLE_MINUTES=4"),
        ({**PRODUCTION, "DATABASE_URL": "oracle://x"}, "DATABASE_URL must be"),
    ],
)
def test_a_bad_environment_stops_the_start_with_a_sentence_that_names_the_variable(environment, sentence):
    done = start(environment)

    assert done.returncode == 1
    assert sentence in done.stderr.splitlines()[-1]
    assert LONG_KEY not in done.stderr


def test_an_https_address_turns_on_all_that_belongs_to_tls():
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    settings = read(PRODUCTION, *names, "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS", "DEBUG", "SECURE_PROXY_SSL_HEADER")

    assert all(settings[name] for name in names)
    assert settings["SECURE_HSTS_SECONDS"] == 31_536_000
    assert settings["ALLOWED_HOSTS"] == ["feeds.example"]
    assert settings["DEBUG"] is False
    assert settings["SECURE_PROXY_SSL_HEADER"] is None


def test_to_be_on_https_for_good_is_promised_only_when_told_so():
    asked = [
        read(environment, "SECURE_HSTS_PRELOAD")["SECURE_HSTS_PRELOAD"]
        for environment in (PRODUCTION, {**PRODUCTION, "HSTS_PRELOAD": "True"})
    ]

    assert asked == [False, True]


def test_an_http_address_on_this_machine_works_under_each_of_its_names_and_without_tls():
    environment = {"SECRET_KEY": LONG_KEY, "SITE_URL": "http://127.0.0.1:8000"}
    settings = read(environment, "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS")

    assert not settings["SECURE_SSL_REDIRECT"]
    assert not settings["SESSION_COOKIE_SECURE"]
    assert not settings["SECURE_HSTS_SECONDS"]
    assert {"localhost", "127.0.0.1", "[::1]"} <= set(settings["ALLOWED_HOSTS"])


def test_a_second_factor_is_required_where_the_site_is_on_the_internet_unless_told_otherwise():
    local = {"SECRET_KEY": LONG_KEY, "SITE_URL": "http://127.0.0.1:8000"}
    asked = [
        read(environment, "REQUIRE_SECOND_FACTOR")["REQUIRE_SECOND_FACTOR"]
        for environment in (
            PRODUCTION,
            {**PRODUCTION, "REQUIRE_SECOND_FACTOR": "False"},
            {**PRODUCTION, "DEBUG": "True"},
            local,
            {**local, "REQUIRE_SECOND_FACTOR": "True"},
        )
    ]

    assert asked == [True, False, False, False, True]


def test_sessions_last_as_long_as_told():
    environment = {**PRODUCTION, "SESSION_HOURS": "12", "SESSION_IDLE_MINUTES": "30"}
    settings = read(environment, "SESSION_COOKIE_AGE", "SESSION_IDLE_SECONDS")

    assert settings == {"SESSION_COOKIE_AGE": 43_200, "SESSION_IDLE_SECONDS": 1_800}


def test_extra_hosts_are_allowed_and_trusted_as_origins():
    settings = read({**PRODUCTION, "EXTRA_HOSTS": "www.feeds.example"}, "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")

    assert settings["ALLOWED_HOSTS"] == ["feeds.example", "www.feeds.example"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://feeds.example", "https://www.feeds.example"]


def test_proxy_headers_are_trusted_only_when_told_so():
    settings = read({**PRODUCTION, "TRUST_PROXY_HEADERS": "True"}, "SECURE_PROXY_SSL_HEADER")

    assert settings["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_debug_needs_nothing_else_set():
    settings = read({"DEBUG": "True"}, "SITE_URL", "SECRET_KEY")

    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert settings["SECRET_KEY"]


def test_the_database_address_keeps_its_options_beside_the_timeout():
    environment = {
        **PRODUCTION,
        "DATABASE_URL": "postgresql://me@db.example/feeds?sslmode=require",
        "DATABASE_TIMEOUT_MS": "2500",
    }
    database = read(environment, "DATABASES")["DATABASES"]["default"]

    assert database["OPTIONS"]["sslmode"] == "require"
    assert "statement_timeout=2500" in database["OPTIONS"]["options"]
