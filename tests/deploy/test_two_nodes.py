"""deploy/nginx.conf as it is, before two real nodes on one PostgreSQL; only ports and paths are other ones.

Needs nginx, openssl and the server that tests/throwaway_postgres.py starts.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SECONDS_TO_START = 60
DATABASE = f"two_nodes_{os.getpid()}"  # each worker has nodes of its own
SECONDS_OF_PATIENCE = 2  # for a machine that is busy with other things
SECONDS_KEPT = 2.1  # nginx counts whole seconds, so one may last for nearly two

pytestmark = [
    pytest.mark.database,
    pytest.mark.xdist_group("two nodes"),
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
    pytest.mark.skipif("postgresql" not in os.environ["DATABASE_URL"], reason="two nodes need PostgreSQL"),
]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: str

    @property
    def cache(self) -> str:
        return self.headers["X-Cache"]


@dataclass
class Cluster:
    """Two nodes and what stands before them."""

    port: int
    ports: list[int]
    environment: dict[str, str]
    folder: Path
    nodes: list[subprocess.Popen] = field(default_factory=list)
    desks: list[subprocess.Popen] = field(default_factory=list)

    def ask(self, path: str, **headers: str) -> Answer:
        trusting = ssl._create_unverified_context()  # noqa: S323  # our own certificate of a minute ago
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=trusting)
        try:
            return _answer(connection, path, {"Host": f"127.0.0.1:{self.port}", **headers})
        finally:
            connection.close()

    def ask_node(self, number: int, path: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[number], timeout=30)
        try:
            host = {"Host": f"127.0.0.1:{self.port}", "X-Forwarded-Proto": "https"}
            return _answer(connection, path, host)
        finally:
            connection.close()

    def start(self, number: int) -> None:
        with (self.folder / f"node{number}.log").open("ab") as log:
            node = subprocess.Popen(
                [sys.executable, "-m", "config.server", "127.0.0.1", str(self.ports[number])],
                cwd=settings.BASE_DIR,
                env={**self.environment, "EDITION_COPY": str(self.folder / f"edition{number}.sqlite3")},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.nodes[number : number + 1] = [node]
        _wait_for(lambda: self.ask_node(number, "/readyz").status == 200)

    def publish(self, title: str) -> None:
        """Publish on the desk's side, as one of the nodes would; returns as soon as it is committed."""
        program = (
            "from django.utils import timezone; from kb.models import Article; from kb.publishing import publish;"
            f"Article.objects.filter(code='102').update(title={title!r});"
            "publish([Article.objects.get(code='102')], by=None, now=timezone.now()); print('live', flush=True)"
        )
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", program]
        desk = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self.environment, stdout=subprocess.PIPE, text=True)
        self.desks.append(desk)
        assert desk.stdout is not None
        assert desk.stdout.readline() == "live\n"


def _answer(connection: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> Answer:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read().decode(errors="replace"))


def _wait_for(is_so) -> float:
    began = time.monotonic()
    while time.monotonic() - began < SECONDS_TO_START:
        try:
            if is_so():
                return time.monotonic() - began
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    pytest.fail("waited in vain")


def manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, stdout=subprocess.DEVNULL)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _nginx_configuration(folder: Path, plain: int, tls: int, nodes: list[int]) -> Path:
    """The file that is delivered, with this test's ports and paths."""
    text = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
    replacements = {
        "node1:8000": f"127.0.0.1:{nodes[0]}",
        "node2:8000": f"127.0.0.1:{nodes[1]}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{tls} ssl",
        "/etc/nginx/tls": str(folder),
        "/var/cache/nginx": str(folder),
        "/var/log/nginx": str(folder),
    }
    for old, new in replacements.items():
        assert old in text
        text = text.replace(old, new)
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; {'user root;' if os.geteuid() == 0 else ''}\n"
        f"events {{}}\nhttp {{\n{scratch}{text}\n}}\n"
    )
    return path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    plain, tls, *nodes = _free_ports(4)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {DATABASE}")
    environment = {
        **os.environ,
        "DATABASE_URL": os.environ["DATABASE_URL"].replace("/postgres?", f"/{DATABASE}?"),
        "SITE_URL": f"https://127.0.0.1:{tls}",
        "TRUST_PROXY_HEADERS": "True",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    for command in (["migrate", "-v0"], ["load_content", "fixtures", "-v0"], ["collectstatic", "--noinput", "-v0"]):
        manage(environment, *command)
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        [*certificate, "-keyout", folder / "site.key", "-out", folder / "site.crt"], check=True, capture_output=True
    )
    configuration = _nginx_configuration(folder, plain, tls, nodes)
    found = Cluster(tls, nodes, environment, folder)
    found.start(0)
    found.start(1)
    proxy = subprocess.Popen([str(NGINX), "-c", configuration, "-e", folder / "error.log"])
    try:
        _wait_for(lambda: found.ask("/healthz").status == 200)
        yield found
    finally:
        for process in (proxy, *found.nodes):
            process.terminate()
        for process in (proxy, *found.nodes, *found.desks):
            process.communicate(timeout=60)
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
            server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture
def load(cluster: Cluster) -> Iterator[list[Answer]]:
    """Readers who ask one page after another while the test goes on; what they were answered."""
    answers: list[Answer] = []
    done = threading.Event()

    def read(number: int) -> None:
        pages = ("/errors/102/", "/errors/", "/triage/103/", "/search/?q=feed", "/healthz")
        asked = number
        while not done.is_set():
            asked += 1
            # A query of its own gets past the cache, to the nodes.
            try:
                answers.append(cluster.ask(pages[asked % len(pages)] + ("" if asked % 2 else f"?n={number}-{asked}")))
            except (OSError, http.client.HTTPException) as error:
                answers.append(Answer(0, Message(), repr(error)))

    readers = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    for reader in readers:
        reader.start()
    yield answers
    done.set()
    for reader in readers:
        reader.join()


def test_what_is_published_is_seen_through_every_way_within_two_seconds(cluster):
    ways = [lambda: cluster.ask_node(0, "/errors/102/"), lambda: cluster.ask_node(1, "/errors/102/")]
    ways.append(lambda: cluster.ask("/errors/102/"))
    for way in ways:
        way()

    cluster.publish("Seen at once")

    began = time.monotonic()
    for way in ways:
        _wait_for(lambda way=way: "Seen at once" in way().body)
    print(f"Seen everywhere after {time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < 2 + SECONDS_OF_PATIENCE


def test_a_page_is_answered_from_the_cache_and_asked_for_again_after_a_second(cluster):
    cluster.ask("/guides/manual-import/")
    first = cluster.ask("/guides/manual-import/")
    time.sleep(SECONDS_KEPT)
    later = cluster.ask("/guides/manual-import/")

    assert (first.status, first.cache) == (200, "HIT")
    assert later.cache in {"REVALIDATED", "EXPIRED"}
    assert later.body == first.body


def test_each_encoding_has_a_page_of_its_own(cluster):
    for _ in range(2):
        plain = cluster.ask("/errors/103/", **{"Accept-Encoding": "identity"})
        packed = cluster.ask("/errors/103/", **{"Accept-Encoding": "gzip, deflate, br, zstd"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "br"


@pytest.mark.parametrize("path", ["/admin/login/", "/healthz", "/readyz"])
def test_what_is_not_public_is_never_kept(cluster, path):
    assert {cluster.ask(path).cache for _ in range(3)} == {"MISS"}


def test_nobody_can_poison_a_page_by_a_header(cluster):
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Original-URL": "/evil"}
    first = cluster.ask("/errors/105/", **headers)
    second = cluster.ask("/errors/105/")

    assert first.status == second.status == 200
    assert "evil" not in second.body
    assert cluster.ask("/errors/105/", Host="evil.example").status == 400


def test_figures_are_not_shown_outside(cluster):
    assert cluster.ask("/metrics").status == 404


def test_the_log_says_nothing_about_who_asked(cluster):
    cluster.ask("/search/?q=acme+bank", **{"User-Agent": "Browser/1"})
    _wait_for(lambda: "/search/" in (cluster.folder / "access.log").read_text())

    text = (cluster.folder / "access.log").read_text()
    assert not re.search(r"acme|Browser|127\.0\.0\.1", text)


def test_no_read_fails_while_a_node_is_killed_and_comes_back(cluster, load):
    _wait_for(lambda: len(load) > 30)

    killed_at = len(load)
    os.killpg(cluster.nodes[0].pid, signal.SIGKILL)
    cluster.nodes[0].wait()
    _wait_for(lambda: len(load) > killed_at + 60)
    cluster.start(0)
    _wait_for(lambda: len(load) > killed_at + 90)

    assert [answer for answer in load if answer.status not in {200, 302}] == []


def test_a_page_that_was_read_stays_up_without_any_node(cluster):
    page = cluster.ask("/errors/108/")
    for node in cluster.nodes:
        os.killpg(node.pid, signal.SIGKILL)
        node.wait()
    time.sleep(SECONDS_KEPT)

    stale = cluster.ask("/errors/108/")
    unread = cluster.ask("/errors/185/?never=read")
    cluster.start(0)
    cluster.start(1)

    assert (stale.status, stale.cache, stale.body) == (200, "STALE", page.body)
    assert unread.status in {502, 504}
    assert _wait_for(lambda: cluster.ask("/errors/185/").status == 200) < SECONDS_TO_START
