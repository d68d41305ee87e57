"""Play failures against the real site while readers keep asking, and print what was held.

    python -m tests.faults

Two nodes on one PostgreSQL, each with two workers, copies and caches of its own, all on this machine. Eight readers
ask for pages that are in memory and for pages that are not, one after the other and without a pause; one sender posts.
A reader's request has failed when it got no page. Takes about four minutes, and longer beside other work.

Two plays need something of the machine, and are left out with a line that says so where it is missing: a C compiler
for the clock, and the right to mount in a namespace of its own for the read-only disk.
"""

import itertools
import os
import random
import resource
import shutil
import struct
import subprocess
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
MADE = (  # never asked before
    *("/search/?q={0}", "/search/?q=bank+maintenance+{0}", "/compare/?notice=no&x={0}"),
    *("/triage/102/?utm={0}", "/errors/{0}/"),
)
DAY = 24 * 60 * 60
CLOCK = Path(__file__).parent / "clock.c"
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
ANOTHER_GUIDE = """
from dataclasses import replace
from datetime import timedelta
from django.utils import timezone
from kb.desk import read_document, write_document
from kb.models import Article
from kb.publishing import publish
from kb.scheduling import schedule

model, now = read_document(Article.objects.get(slug="manual-import")), timezone.now()
guide = write_document(replace(model, slug="{slug}"))
"""
PUBLISH = ANOTHER_GUIDE + 'publish([guide], by=None, now=now, note="")'
SCHEDULE = ANOTHER_GUIDE + "schedule(guide, at=now + timedelta(hours=12), by=None, now=now)"


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


@dataclass(frozen=True)
class NotPlayed:
    """A failure that this machine can't play."""

    fault: str
    why: str

    def print(self) -> None:
        print(f"{self.fault:<44}not played: {self.why}", flush=True)


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
            for play in PLAYS:
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


def _killed_again_and_again(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(one) as load:
        for _ in range(3):
            time.sleep(2)
            one.kill_a_worker()
        recovery = until(lambda: _well(one))
        time.sleep(LASTS / 2)
    return Row("a worker is killed three times in six seconds", load, recovery, "failed: what was in its hands")


def _damaged_index(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(one) as load:
        time.sleep(1)
        for path in (one.folder / "search").rglob("*"):
            if path.is_file():
                with path.open("r+b") as file:
                    file.write(os.urandom(path.stat().st_size))
        recovery = until(one.finds_by_words)
        time.sleep(LASTS)
    return Row("garbage in the files of the search index", load, recovery)


def _lost_index(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(one) as load:
        time.sleep(1)
        shutil.rmtree(one.folder / "search")
        _publish(other, "found-anew")
        recovery = until(lambda: (one.folder / "search").exists() and one.finds_by_words())
        time.sleep(LASTS / 2)
    return Row("the search index is deleted", load, recovery, "back: made anew for the next edition")


def _lost_with_the_database(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    one.stop()
    cluster.stop()
    shutil.rmtree(one.folder / "search")
    one.start()
    with load_on(one) as load:
        recovery = until(one.finds_by_words)
        time.sleep(LASTS)
    cluster.start()
    _back(one)
    return Row("started without database and search index", load, recovery, "back: words find again, still without")


def _read_only(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row | NotPlayed:
    """The node can write nothing, its search index is gone, and the edition moves on."""
    fault = "the disk is read-only"
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    through = ["unshare", "--mount", *as_root, "sh", "-c", READ_ONLY, str(one.folder)]
    if shutil.which("unshare") is None or subprocess.run([*through, "true"], capture_output=True).returncode:
        return NotPlayed(fault, "may not mount here")
    one.stop()
    shutil.rmtree(one.folder / "search")
    one.start(*through)
    with load_on(one) as load:
        time.sleep(LASTS)
        _publish(other, "read-only")
        recovery = until(lambda: _shows(one, "/guides/read-only/") and one.finds_by_words())
    one.stop()
    one.start()
    return Row(fault, load, recovery, "back: a publish elsewhere is seen and found")


def _clock_jumps(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row | NotPlayed:
    """The node's clock is a day ahead for a while, and something falls due in that day."""
    fault = "the clock jumps a day forward, and back"
    compiler = shutil.which("cc")
    if compiler is None:
        return NotPlayed(fault, "needs a C compiler")
    library, ahead = one.folder / "clock.so", one.folder / "ahead"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, CLOCK], check=True)
    ahead.write_bytes(struct.pack("l", 0))
    one.stop()
    one.start(LD_PRELOAD=str(library), CLOCK_AHEAD=str(ahead))
    one.manage("shell", "-c", SCHEDULE.format(slug="due-at-night"))
    with load_on(one) as load:
        time.sleep(1)
        _set(ahead, DAY)
        until(lambda: _shows(one, "/guides/due-at-night/"))
        time.sleep(LASTS / 2)
        _set(ahead, 0)
        recovery = _back(one)
        _publish(one, "clock-is-right")
        until(lambda: _shows(one, "/guides/clock-is-right/"))
    one.stop()
    one.start()
    return Row(fault, load, recovery, "what was due within the day went live")


def _set(ahead: Path, seconds: int) -> None:
    """In place: the file is mapped into memory."""
    with ahead.open("r+b") as file:
        file.write(struct.pack("l", seconds))


def _node_killed(cluster: Cluster, one: RunningSite, other: RunningSite) -> Row:
    with load_on(other) as load:
        one.stop()
        time.sleep(LASTS)
    one.start()
    return Row("the other node is gone", load, None)


def _seen_after(one: RunningSite, other: RunningSite) -> float:
    _publish(one, "seen-elsewhere")
    return until(lambda: _shows(other, "/guides/seen-elsewhere/"))


def _publish(site: RunningSite, slug: str) -> None:
    """A guide, by a process of its own."""
    site.manage("shell", "-c", PUBLISH.format(slug=slug))


def _shows(site: RunningSite, path: str) -> bool:
    return {site.get(path).status for _ in range(6)} == {200}


PLAYS: tuple[Callable[[Cluster, RunningSite, RunningSite], Row | NotPlayed], ...] = (
    *(_nothing, _stopped, _hanging, _restarted_without, _lost_with_the_database),
    *(_full_disk, _read_only, _damaged_index, _lost_index, _clock_jumps),
    *(_worker_killed, _killed_again_and_again, _node_killed),
)

if __name__ == "__main__":
    main()
