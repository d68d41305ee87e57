"""Measure pages as ratios to a bare Django view that returns the same bytes, under the same server.

    make bench                                            # needs wrk
    PEERS='wagtail=http://127.0.0.1:9201/article/' make bench

Servers are asked in turns within one run, and each ratio is taken within one turn, so that a slow minute of the machine
counts for both sides; what is printed is the median over the turns with the lowest and the highest. wrk, the server and
PostgreSQL share the machine. A cold page is one that the memory in front of Django does not hold: here because its
address is too long to be kept; for a reader after any publish. Who may be signed in is never answered from that memory,
and asks the database which edition is live. Peers that run already are named by PEERS, several with blanks between.
"""

import http.client
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kb.serving.pagecache import LONGEST_ADDRESS
from tests.running_site import BASE_DIR, RunningSite, free_port, until
from tests.throwaway_postgres import running_cluster

TURNS = 7
SECONDS = 2
CONNECTIONS = 8
SMALL, LARGE = 10, 10_000
ARTICLE = "/errors/102/"
COLD = f"{ARTICLE}?utm={'x' * LONGEST_ADDRESS}"
UNKEPT = {"Host": "localhost"}  # under which nobody asks for the short address
SIGNED_IN = {"Cookie": "sessionid=nobody"}
UNREAD = 50
FIRST_CODE = 100_000  # of the copies that fill a site


@dataclass(frozen=True)
class Target:
    """An address with headers, to be asked for as often as can be."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    base: str = "bare"

    def requests_a_second(self, seconds: float) -> float:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s"]
        for name, value in self.headers.items():
            command += ["-H", f"{name}: {value}"]
        said = subprocess.run([*command, self.url], capture_output=True, text=True, check=True).stdout
        if bad := re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", said):
            sys.exit(f"{self.name} failed: {bad[0]}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])

    def answer(self) -> str:
        status, _, body = fetch(self.url, self.headers)
        return f"{status}, {len(body):,} bytes"


def fetch(url: str, headers: dict[str, str]) -> tuple[int, http.client.HTTPMessage, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def main() -> None:
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed (on Debian: apt-get install wrk).")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        small, _ = stack.enter_context(site_of(SMALL, folder / "small"))
        large, started = stack.enter_context(site_of(LARGE, folder / "large"))
        print(f"{LARGE:,} articles: the first page {started:.1f} s after the start of the server")
        first, second = _publish(large)
        print(
            f"{LARGE:,} articles: one published in {second:.2f} s ({first:.2f} s in a process that just started),",
            end=" ",
        )
        print("and seen by all workers", end=" ")
        print(f"{until(lambda: _titles(large) == {True}):.2f} s later")
        print(f"{LARGE:,} articles: one that nobody has read yet takes {_unread(large):.0f} ms, the median of {UNREAD}")
        bare = stack.enter_context(bare_view(folder, _body(small)))
        compare([Target("bare", bare), *_targets(small), *_peers()])
        of = f"{SMALL} articles"
        compare(
            [
                Target(of, small.url(ARTICLE)),
                Target(f"{LARGE:,} articles", large.url(ARTICLE), base=of),
                Target(f"{SMALL} articles, cold", small.url(COLD), UNKEPT, base=of),
                Target(f"{LARGE:,} articles, cold", large.url(COLD), UNKEPT, base=f"{SMALL} articles, cold"),
            ]
        )


def _targets(site: RunningSite) -> list[Target]:
    article, step = site.url(ARTICLE), site.url("/triage/102/notice/?bank-sign-in=yes")
    etag = fetch(article, {})[1]["ETag"]
    return [
        Target("article, warm", article),
        Target("article, warm, brotli", article, {"Accept-Encoding": "br"}),
        Target("triage step, warm", step),
        Target("article, not modified", article, {"If-None-Match": etag}),
        Target("article, cold", site.url(COLD), UNKEPT),
        Target("article, signed in", article, SIGNED_IN),
        Target("triage step, signed in", step, SIGNED_IN),
    ]


def _peers() -> list[Target]:
    named = (peer.partition("=") for peer in os.environ.get("PEERS", "").split())
    return [Target(name, url) for name, _, url in named]


def compare(targets: list[Target]) -> None:
    """Ask in turns, and print a row for each target."""
    for target in targets:
        target.requests_a_second(1)
    turns = [{target.name: target.requests_a_second(SECONDS) for target in targets} for _ in range(TURNS)]
    print(f"\n{'':<28}{'per second':>11}{'ratio':>8}{'lowest':>8}{'highest':>8}  to, answer")
    for target in targets:
        ratios = sorted(turn[target.name] / turn[target.base] for turn in turns if target.base in turn)
        rate = statistics.median(turn[target.name] for turn in turns)
        print(
            f"{target.name:<28}{rate:>11,.0f}"
            + (f"{statistics.median(ratios):>8.2f}{ratios[0]:>8.2f}{ratios[-1]:>8.2f}" if ratios else f"{'':>24}")
            + f"  {target.base}: {target.answer()}",
            flush=True,
        )


@contextmanager
def site_of(size: int, folder: Path) -> Iterator[tuple[RunningSite, float]]:
    """A site with about that many articles on a PostgreSQL of its own, and the seconds until its first page."""
    folder.mkdir()
    with running_cluster() as cluster:
        site = RunningSite(folder, cluster.url)
        site.prepare()
        _in_shell(site, f"fill({size}, {FIRST_CODE})")
        site.manage("rebuild_search")
        begun = time.monotonic()
        site.start()
        until(lambda: site.get(ARTICLE).status == 200)
        seconds = time.monotonic() - begun
        try:
            until(lambda: {site.get(ARTICLE).status for _ in range(20)} == {200})
            yield site, seconds
        finally:
            site.stop()


@contextmanager
def bare_view(folder: Path, body: bytes) -> Iterator[str]:
    """A Django site of one view without middleware, under the same server."""
    (folder / "body").write_bytes(body)
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "BODY": str(folder / "body")}
    command = [sys.executable, "-m", "config.server", "127.0.0.1", str(port), "tests.bench_pages.bare:application"]
    server = subprocess.Popen(command, cwd=BASE_DIR, env=environment)
    url = f"http://127.0.0.1:{port}/"
    try:
        until(lambda: _answers(url))
        yield url
    finally:
        server.terminate()
        server.wait()


def _answers(url: str) -> bool:
    try:
        return fetch(url, {})[0] == 200
    except ConnectionError:
        return False


def _body(site: RunningSite) -> bytes:
    return fetch(site.url(ARTICLE), {})[2]


def _publish(site: RunningSite) -> tuple[float, float]:
    """Seconds for a process that reads the edition for it, and for one that has it at hand, as the desk does."""
    first, second = _in_shell(site, "print(publish_one('First'), publish_one('Published meanwhile'))").split()
    return float(first), float(second)


def _in_shell(site: RunningSite, call: str) -> str:
    return site.run("manage.py", "shell", "-v0", "-c", f"from tests.bench_pages.many import *; {call}")


def _unread(site: RunningSite) -> float:
    """Milliseconds for the first reader of an article, compression included."""
    taken = []
    for number in range(UNREAD):
        begun = time.monotonic()
        status, _, _ = fetch(site.url(f"/errors/{FIRST_CODE + number}/"), {"Accept-Encoding": "br"})
        taken.append((time.monotonic() - begun) * 1000)
        if status != 200:
            sys.exit(f"An article of the large site answers {status}.")
    return statistics.median(taken)


def _titles(site: RunningSite) -> set[bool]:
    return {b"Published meanwhile" in _body(site) for _ in range(10)}


if __name__ == "__main__":
    main()
