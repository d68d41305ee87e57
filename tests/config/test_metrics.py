"""Two processes of one node, counting together: real ones, because the package counts by process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

TOKEN = "token-of-the-tests-0123456789"
ASK = """
import json, sys
from django.core.wsgi import get_wsgi_application
from config.watching import CACHE, watched
django = get_wsgi_application()
from wsgiref.util import setup_testing_defaults

def cached(environ, start_response):
    environ[CACHE] = environ.pop("kept", "")
    return django(environ, start_response)

site = watched(cached)
answers = []
for path, headers in json.loads(sys.argv[1]):
    environ = {"PATH_INFO": path, **headers}
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "testserver"
    answered = []
    body = site(environ, lambda status, headers, exc_info=None: answered.append(status))
    answers.append([answered[0][:3], b"".join(body).decode()])
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> str:
    """The address of a database with the project's content in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('site') / 'db.sqlite3'}"
    for command in (["migrate", "-v0"], ["load_content", "fixtures", "-v0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return url


@pytest.fixture
def environment(database: str, tmp_path: Path) -> dict[str, str]:
    root = str(tmp_path / "metrics")
    return {**os.environ, "DATABASE_URL": database, "METRICS_TOKEN": TOKEN, "METRICS_ROOT": root, "DEBUG": "True"}


def ask(environment: dict[str, str], *requests: tuple[str, dict[str, str]]) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(requests)],
        cwd=settings.BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def metrics(environment: dict[str, str], *before: tuple[str, dict[str, str]]) -> str:
    status, text = ask(environment, *before, ("/metrics", {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}))[-1]
    assert status == "200"
    return text


def test_the_processes_of_a_node_count_together(environment):
    ask(environment, ("/healthz", {}), ("/errors/102/", {}), ("/errors/102/", {"kept": "hit"}), ("/none/", {}))

    text = metrics(environment, ("/errors/102/", {}))

    assert 'feeds_requests_total{route="kb:error",status="200"} 3.0' in text
    assert 'feeds_requests_total{route="",status="404"} 1.0' in text
    assert 'feeds_seconds_count{route="kb:error"} 3.0' in text
    assert "feeds_page_cache_hits_total 1.0" in text
    assert "feeds_database_up 1.0" in text
    assert "feeds_edition_number 1.0" in text
    assert "feeds_edition_age_seconds" in text


def test_a_database_that_is_away_is_a_figure_and_no_failure(environment):
    away = {**environment, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    assert "feeds_database_up 0.0" in metrics(away)


@pytest.mark.parametrize(
    "shown", ["", "Bearer wrong", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \u00fc"]
)
def test_without_the_token_there_is_no_such_page(environment, shown):
    ((status, text),) = ask(environment, ("/metrics", {"HTTP_AUTHORIZATION": shown}))

    assert status == "404"
    assert "feeds_" not in text


@pytest.mark.django_db
def test_a_site_that_set_no_token_has_no_such_page(client):
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
