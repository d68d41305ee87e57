"""The real thing, once for all tests here: the site as it runs in production, and Debian's Chromium in front of it."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, expect

from tests.e2e.other_site import other_site

CHROMIUM = "/usr/bin/chromium"
LAUNCH = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EDITOR = "editor"
SECONDS_TO_START = 60

# Patience for a machine that is busy with other things; what is there is seen at once.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Site:
    """A running site. `password` is that of its one editor."""

    url: str
    password: str


@dataclass(frozen=True)
class Prepared:
    """A site before it is served: its database with content and one editor, and its static files."""

    folder: Path
    environment: dict[str, str]
    password: str


@pytest.fixture(scope="session")
def help_desk() -> Iterator[str]:
    """The origin of the one other site that may show the triage in a frame."""
    with other_site() as origin:
        yield origin


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, since they share its site; those that hold for every page are many."""
    for item in items:
        if item.path.name != "test_every_page.py":
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, help_desk: str) -> Prepared:
    """Migrated, loaded and collected the production way, once."""
    folder = tmp_path_factory.mktemp("prepared")
    password = secrets.token_urlsafe(12)
    environment = {
        **os.environ,
        "DEBUG": "False",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SITE_URL": "http://127.0.0.1",
        "EMBED_ORIGINS": help_desk,
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "STATIC_ROOT": str(folder / "static"),
        "DJANGO_SUPERUSER_PASSWORD": password,
    }
    for command in (
        ["migrate"],
        ["load_content", "fixtures"],
        ["collectstatic"],
        ["createsuperuser", "--username", EDITOR, "--email", "editor@feeds.example"],
    ):
        _manage(command, environment)
    return Prepared(folder, environment, password)


@pytest.fixture(scope="session")
def site(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that all tests read. Whoever publishes takes `own_site`."""
    with _served(prepared, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
def own_site(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same site once more, with a database of its own, for the tests of one file that publish."""
    with _served(prepared, tmp_path_factory.mktemp("own-site")) as site:
        yield site


@contextmanager
def _served(prepared: Prepared, folder: Path) -> Iterator[Site]:
    """Serve a copy of the prepared site as in production: two workers of one thread, DEBUG off."""
    port = _free_port()
    site = Site(f"http://127.0.0.1:{port}", prepared.password)
    shutil.copy(prepared.folder / "db.sqlite3", folder)
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "config.server", "127.0.0.1", str(port)],
            cwd=settings.BASE_DIR,
            env={
                **prepared.environment,
                "SITE_URL": site.url,
                "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
                "MEDIA_ROOT": str(folder / "media"),
                "SEARCH_ROOT": str(folder / "search"),
                "EDITION_COPY": str(folder / "edition.sqlite3"),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(site, server, log)
        yield site
    finally:
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _manage(command: list[str], environment: dict[str, str]) -> None:
    is_asking = command[0] in {"migrate", "collectstatic", "createsuperuser"}
    done = subprocess.run(
        [sys.executable, "manage.py", *command, *(["--noinput"] if is_asking else [])],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"manage.py {command[0]}: {done.stdout}{done.stderr}"


def _wait_until_ready(site: Site, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{site.url}/readyz", timeout=5):  # noqa: S310  # our own address
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The site did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def base_url(site: Site) -> str:
    """What `page.goto("/errors/")` is relative to."""
    return site.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    # Chromium refuses to run as root inside its sandbox.
    without_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": [*LAUNCH, *without_sandbox]}


@dataclass
class Complaints:
    """What the browser had to say about the pages: console messages, script errors, foreign requests."""

    heard: list[str] = field(default_factory=list)


REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture
def listen() -> Callable[[BrowserContext], Complaints]:
    """Hear everything that a context's pages complain about; violations of the policy are console messages too."""

    def listen(context: BrowserContext) -> Complaints:
        complaints = Complaints()
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", lambda message: complaints.heard.append(f"{message.location['url']}: {message.text}"))
        context.on("weberror", lambda error: complaints.heard.append(str(error.error)))
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("http://127.0.0.1:", "data:"))
                else complaints.heard.append(f"asks another site: {request.url}")
            ),
        )
        return complaints

    return listen


@pytest.fixture
def complaints(context: BrowserContext, listen: Callable[[BrowserContext], Complaints]) -> Complaints:
    """What the browser says about the pages of this test."""
    return listen(context)
