"""Play failures against the real site while readers keep asking, and print what was held.

    python -m tests.faults

Two nodes on one PostgreSQL, each with two workers, copies and caches of its own, all on this machine. Eight readers
ask for pages that are in memory and for pages that are not, one after the other and without a pause; one sender posts.
A reader's request has failed when it got no page. Takes about two minutes.
"""

import itertools
import random
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.running_site import RunningSite, until
from tests.throwaway_postgres import Cluster, running_cluster

READERS = 8
LASTS = 6.0  # seconds of each failure
KEPT = ("/", "/errors/102/", "/errors/103/", "/triage/102/", "/triage/102/notice/?bank-sign-in=yes", "/feed.xml")
MADE = ("/search/?q={0}", "/compare/?notice=no&x={0}", "/triage/102/?utm={0}", "/errors/{0}/")  # never asked before


@dataclass
class Load:
    """Readers and a sender at work, and what became of their requests."""

    sites: list[RunningSite]
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    taken: int = 0
    put_off: int = 0
    lost: list[int] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def read(self, seed: int) -> None:
        chance, serial = random.Random(seed), itertools.count(seed * 1_000_000)
        while not self._ended.is_set():
            site = chance.choice(self.sites)
            path = chance.choice(KEPT) if chance.random() < 0.8 else chance.choice(MADE).format(next(serial))
            begun = time.monotonic()
            answer = site.get(path)
            self.seconds.append(time.monotonic() - begun)
            if answer.status not in (200, 302, 404):
                self.failed.append(f"{answer.status} {path}")

    def send(self) -> None:
        while not self._ended.wait(0.5):
            match self.sites[0].post_feedback().status:
                case 303 | 429:  # a second verdict of the day changes the first; more than 30 are held off
                    self.taken += 1
                case 503:
                    self.put_off += 1
                case other:
                    self.lost.append(other)


@contextmanager
def load_on(*sites: RunningSite) -> Iterator[Load]:
    load = Load(list(sites))
    workers = [threading.Thread(target=load.read, args=[seed]) for seed in range(READERS)]
    workers.append(threading.Thread(target=load.send))
    for worker in workers:
        worker.start()
    try:
        yield load
    finally:
        load._ended.set()
        for worker in workers:
            worker.join()


@dataclass(frozen=True)
class Row:
    """What one failure did."""

    fault: str
    load: Load
    recovery: float | None
    note: str = ""

    def print(self) -> None:
        times = sorted(self.load.seconds)
        p95, slowest = times[int(len(times) * 0.95)], times[-1]
        recovery = f"{self.recovery:.1f}" if self.recovery is not None else "-"
        print(
            f"{self.fault:<44}{len(times):>7}{len(self.load.failed):>7}{p95 * 1000:>8.0f}{slowest * 1000:>9.0f}"
            f"{self.load.taken:>7}{self.load.put_off:>8}{len(self.load.lost):>6}{recovery:>9}  {self.note}",
            flush=True,
        )
        for failure in self.load.failed[:3]:
            print(f"    {failure}")


def main() -> None:
    with running_cluster() as cluster, tempfile.TemporaryDirectory(prefix="faults-") as folder:
        one, other = (_node(Path(folder) / name, cluster) for name in ("one", "other"))
        one.prepare()
        other.manage("collectstatic", "--noinput")
        one.start()
        other.start()
        columns = ("fault", "reads", "failed", "p95 ms", "slowest", "taken", "put off", "lost", "back s")
        print("{:<44}{:>7}{:>7}{:>8}{:>9}{:>7}{:>8}{:>6}{:>9}".format(*columns))
        try:
            for play in (_nothing, _stopped, _hanging, _restarted_without, _full_disk, _worker_killed, _node_killed):
                play(cluster, one, other).print()
            print(f"A publish on one node is seen on the other after {_seen_after(one, other):.1f} s.")
        finally:
            one.stop()
            other.stop()


def _node(folder: Path, cluster: Cluster) -> RunningSite:
    folder.mkdir()
    return RunningSite(folder, cluster.url)


def _well(site: RunningSite) -> bool:
    return {site.get("/readyz").status for _ in range(6)} == {200}


def _back(site: RunningSite) -> float:
    return until(lambda: _well(site) and site.post_feedback().status in (303, 429))


def _nothing(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(one) as load:
        time.sleep(LASTS)
    return Row("nothing, for comparison", load, None)


def _stopped(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    return _without(cluster.stop, cluster.start, one, "the database is stopped")


def _hanging(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    return _without(cluster.pause, cluster.resume, one, "the database hangs")


def _without(begin: Callable[[], None], end: Callable[[], None], site: RunningSite, fault: str) -> Row:
    with load_on(site) as load:
        begin()
        until(lambda: site.get("/readyz").status == 503)
        time.sleep(LASTS)
        end()
        recovery = _back(site)
    return Row(fault, load, recovery)


def _restarted_without(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    one.stop()
    cluster.stop()
    one.start()
    with load_on(one) as load:
        time.sleep(LASTS)
        cluster.start()
        recovery = _back(one)
    return Row("the site is started without its database", load, recovery)


def _full_disk(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    """No file of the site grows any more, its copy of the edition and its search index are gone."""
    one.stop()
    for path in one.folder.glob("edition*"):
        path.unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        one.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with load_on(one) as load:
        time.sleep(LASTS)
    one.stop()
    one.start()
    return Row("the disk is full, nothing can be written", load, None)


def _worker_killed(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(one) as load:
        time.sleep(1)
        one.kill_a_worker()
        recovery = until(lambda: _well(one))
        time.sleep(LASTS)
    return Row("a worker of the only node is killed", load, recovery, "failed: what was in its hands")


def _node_killed(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(other) as load:
        one.stop()
        time.sleep(LASTS)
    one.start()
    return Row("the other node is gone", load, None)


def _seen_after(one: RunningSite, other: RunningSite) -> float:
    with tempfile.TemporaryDirectory() as folder:
        one.manage("export_content", folder)
        path = Path(folder) / "manual-import.md"
        path.write_text(path.read_text().replace("slug: manual-import", "slug: seen-elsewhere", 1))
        one.manage("load_content", folder)
        return until(lambda: {other.get("/guides/seen-elsewhere/").status for _ in range(6)} == {200})


if __name__ == "__main__":
    main()
