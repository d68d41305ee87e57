"""The server as it is started: when it goes on, and when it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.running_site import BASE_DIR, free_port, until, workers_of

APPLICATION = "wsgiref.simple_server:demo_app"
LONG_ENOUGH = 60


class Served:
    """A server that says what it has to say into the file `log`."""

    def __init__(self, log: Path, port: int, application: str, **environment: str) -> None:
        self._log, self._port = log, port
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.server", "127.0.0.1", str(port), application],
                cwd=BASE_DIR,
                env=os.environ | environment,
                stdout=output,
                stderr=output,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill_a_worker(self) -> None:
        """The newest of them: after the first time, the one that has taken its place."""
        until(lambda: len(workers_of(self.process.pid)) == 2)
        before = self._kills_noted
        os.kill(workers_of(self.process.pid)[-1], signal.SIGKILL)
        until(lambda: self._kills_noted > before)

    @property
    def _kills_noted(self) -> int:
        return self.said.count("A worker was killed")

    def ended(self) -> int:
        """Wait until it has, and return its exit code."""
        return self.process.wait(LONG_ENOUGH)


@contextmanager
def served(
    folder: Path, application: str = APPLICATION, port: int | None = None, **environment: str
) -> Iterator[Served]:
    server = Served(folder / "log", port or free_port(), application, **environment)
    try:
        yield server
    finally:
        server.process.terminate()
        server.ended()


def test_a_worker_that_is_killed_again_and_again_is_replaced_each_time(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        until(server.answers)

        for _ in range(3):
            server.kill_a_worker()

        until(lambda: len(workers_of(server.process.pid)) == 2)
        until(server.answers)
        assert server.process.poll() is None


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_a_wanted_stop_ends_it(tmp_path: Path, wanted: signal.Signals) -> None:
    with served(tmp_path) as server:
        until(server.answers)

        server.process.send_signal(wanted)

        assert server.ended() == 0
        assert not server.answers()


def test_a_wanted_stop_ends_it_also_while_it_waits_to_replace_a_worker(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        until(server.answers)
        for _ in range(5):  # the pause doubles, so that there is time
            server.kill_a_worker()

        server.process.send_signal(signal.SIGTERM)

        assert server.ended() == 0
        assert "refused to" not in server.said, "a worker was begun after all, and had to be killed"


def test_it_has_as_many_workers_as_it_is_told(tmp_path: Path) -> None:
    with served(tmp_path, WORKERS="3") as server:
        until(server.answers)

        until(lambda: len(workers_of(server.process.pid)) == 3)


def test_a_number_of_workers_that_is_none_ends_it(tmp_path: Path) -> None:
    with served(tmp_path, WORKERS="many") as server:
        assert server.ended() == 1
        assert server.said == "Unexpected value WORKERS=many, use a whole number from 1 to 100.\n"


def test_an_application_that_can_not_be_imported_ends_it(tmp_path: Path) -> None:
    with served(tmp_path, "no.such:application") as server:
        assert server.ended() == 1
        assert "Could not import 'no.such'" in server.said


def test_a_taken_port_ends_it(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with served(tmp_path, port=other.getsockname()[1]) as server:
            assert server.ended() == 1
            assert "Address already in use" in server.said
