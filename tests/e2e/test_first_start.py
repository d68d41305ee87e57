"""`make run` as a stranger meets it, from its quick start on, with a folder of its own for everything it keeps."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 120
SECONDS_TO_STOP = 20


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


@contextmanager
def started(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Start the site as the foreground job of a terminal of its own, and wait until it answers."""
    environment = {
        **os.environ,
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    said = folder / f"said-{time.monotonic_ns()}"
    with said.open("w") as output:
        site = subprocess.Popen(
            [sys.executable, "-m", "config.quickstart"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _answers(f"http://127.0.0.1:{port}/readyz"):
            assert site.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.1)
        yield site, said
    finally:
        if site.poll() is None:
            os.killpg(site.pid, signal.SIGKILL)
            site.wait()


def press_ctrl_c(site: subprocess.Popen[str]) -> int:
    """Do what a terminal does: signal the whole job, workers included."""
    os.killpg(site.pid, signal.SIGINT)
    return site.wait(SECONDS_TO_STOP)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310  # our own address
            return bool(response.status == 200)
    except OSError:
        return False


def test_a_first_start_shows_the_site_and_a_second_one_keeps_its_data(tmp_path, port):
    address = f"http://127.0.0.1:{port}"

    with started(tmp_path, port) as (site, said):
        first = said.read_text()
        pages = [_answers(f"{address}{path}") for path in ("/", "/errors/", "/triage/", "/admin/login/")]
        farewell = press_ctrl_c(site)
    with started(tmp_path, port) as (site, said):
        second = said.read_text()
        pages.append(_answers(f"{address}/errors/"))
        press_ctrl_c(site)

    assert all(pages)
    assert farewell == 0
    assert f"Open {address}/ in your browser" in first
    assert re.search(r"name editor, password \S{12,}", first)
    assert second.splitlines() == [f"Open {address}/ in your browser; Ctrl-C stops the site."]
