"""The site as it runs for readers: a real server with its worker processes, on a database of its own."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

BASE_DIR = Path(__file__).resolve().parent.parent
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
NOBODY = 0


class Answer(NamedTuple):
    """A status, `NOBODY` where no answer came; and Retry-After."""

    status: int
    retry_after: str | None = None


class RunningSite:
    """One node. `folder` holds what belongs to this machine alone: its copy of the edition, its static files."""

    def __init__(self, folder: Path, database_url: str, **environment: str) -> None:
        self.port = free_port()
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "tests-only-0123456789-0123456789-0123456789-0123456789",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "DATABASE_URL": database_url,
            "EDITION_COPY": str(folder / "edition.sqlite3"),
            "SEARCH_ROOT": str(folder / "search"),
            "STATIC_ROOT": str(folder / "static"),
            "MEDIA_ROOT": str(folder / "media"),
            **environment,
        }

    def prepare(self) -> None:
        """Tables, the project's own content, static files."""
        self.manage("migrate")
        self.manage("load_content", str(BASE_DIR / "fixtures"))
        self.manage("collectstatic", "--noinput")

    def manage(self, *arguments: str) -> None:
        self.run("manage.py", *arguments, "-v0")

    def run(self, *arguments: str) -> str:
        """What a Python program with the settings of this node prints."""
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=BASE_DIR, env=self._environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self, *through: str, **environment: str) -> None:
        """Begin to serve; return once somebody answers.

        `through` is a command that becomes the one after it; `environment` holds for this time only.
        """
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*through, sys.executable, "-m", "config.server", "127.0.0.1", str(self.port)],
                cwd=BASE_DIR,
                env=self._environment | environment,
                stdout=log,
                stderr=log,
            )
        until(lambda: self.get("/healthz").status == 200)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def kill_a_worker(self) -> None:
        """The newest, as the system does when memory runs out: at once, in the middle of whatever it does."""
        assert self.process is not None
        os.kill(workers_of(self.process.pid)[-1], signal.SIGKILL)

    def get(self, path: str) -> Answer:
        return self._send("GET", path)[0]

    def text(self, path: str) -> str:
        """The page; empty where no answer came."""
        return self._send("GET", path)[1]

    def finds_by_words(self) -> bool:
        """Whether articles are found by a word, several times over, with an index of the whole edition."""
        pages = [self.text(f"/search/?q=maintenance+{random.randrange(10**6, 10**9)}") for _ in range(6)]
        return all("data-unopened=" in page and "still preparing" not in page for page in pages)

    def post_feedback(self, code: str = "102") -> Answer:
        return self._send("POST", f"/errors/{code}/feedback/", "verdict=yes&revision=1&opened=1")[0]

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[Answer, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, FORM if body else {})
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            return Answer(answer.status, answer.headers["Retry-After"]), text
        except (ConnectionError, http.client.HTTPException):
            return Answer(NOBODY), ""
        finally:
            connection.close()


def workers_of(server: int) -> list[int]:
    """The processes that a server has begun, the newest last."""
    return [int(number) for number in Path(f"/proc/{server}/task/{server}/children").read_text().split()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(is_so: Callable[[], bool], *, seconds: float = 60) -> float:
    """Wait for it, and return how many seconds that took. Raises TimeoutError."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        if is_so():
            return time.monotonic() - begun
        time.sleep(0.05)
    raise TimeoutError(f"it did not come to pass within {seconds:.0f} seconds")
