"""The site with its database taken away, as readers and senders meet it: real processes, a real server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_site import BASE_DIR, Answer, RunningSite, until
from tests.throwaway_postgres import Cluster, running_cluster

PAGES = (
    *("/", "/errors/102/", "/errors/103/", "/guides/", "/triage/102/notice/?bank-sign-in=yes", "/search/?q=bank"),
    *("/compare/?notice=no", "/feed.xml", "/errors/102.md", "/api/articles/102/"),
)
PICTURE = f"/media/pictures/{'0' * 32}-1x1.webp"  # looked for on the disk alone
PUT_OFF = Answer(503, "30")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    site = RunningSite(tmp_path_factory.mktemp("site"), cluster.url)
    site.prepare()
    site.start()
    yield site
    site.stop()


@pytest.fixture(autouse=True)
def all_well(site: RunningSite) -> None:
    until(lambda: {site.get("/readyz").status for _ in range(10)} == {200})  # every worker says so


def all_down(site: RunningSite) -> bool:
    return {site.get("/readyz").status for _ in range(10)} == {503}


def statuses(site: RunningSite) -> dict[str, int]:
    return {path: site.get(path).status for path in PAGES}


def test_with_the_database_stopped_readers_are_served_and_senders_are_put_off(
    site: RunningSite, cluster: Cluster
) -> None:
    taken = site.post_feedback()
    cluster.stop()

    at_once = (statuses(site), site.post_feedback())
    until(lambda: all_down(site))
    later = (
        statuses(site),
        site.post_feedback(),
        site.get("/admin/login/"),
        site.get("/errors/999/"),
        site.get(PICTURE),
    )

    cluster.start()
    assert taken.status == 303
    assert at_once == (dict.fromkeys(PAGES, 200), PUT_OFF)
    assert later == (dict.fromkeys(PAGES, 200), PUT_OFF, PUT_OFF, Answer(404), Answer(404))
    until(lambda: {site.post_feedback().status for _ in range(4)} == {303})


def test_with_the_database_hanging_nobody_waits_for_it(site: RunningSite, cluster: Cluster) -> None:
    cluster.pause()
    try:
        put_off = site.post_feedback()
        until(lambda: all_down(site))
        found = statuses(site), site.post_feedback()
    finally:
        cluster.resume()

    assert put_off == PUT_OFF
    assert found == (dict.fromkeys(PAGES, 200), PUT_OFF)
    until(lambda: {site.post_feedback().status for _ in range(4)} == {303})
    assert "it accepts questions and says nothing" in (site.folder / "log").read_text()


def test_started_without_the_database_the_site_serves_the_last_edition(site: RunningSite, cluster: Cluster) -> None:
    site.stop()
    cluster.stop()

    site.start()
    found = statuses(site), site.post_feedback()

    cluster.start()
    assert found == (dict.fromkeys(PAGES, 200), PUT_OFF)


def test_started_without_the_database_and_its_search_index_the_site_finds_by_words(
    site: RunningSite, cluster: Cluster
) -> None:
    site.stop()
    cluster.stop()
    shutil.rmtree(site.folder / "search", ignore_errors=True)

    site.start()
    until(site.finds_by_words)

    cluster.start()


def test_a_missed_search_is_counted_though_its_reader_does_not_wait_for_it(site: RunningSite) -> None:
    before = counted_misses(site)

    site.get("/search/?q=error+109")

    until(lambda: counted_misses(site) == before + 1)


def counted_misses(site: RunningSite) -> int:
    count = "print(SearchMiss.objects.filter(query='109').aggregate(n=models.Sum('times'))['n'] or 0)"
    return int(site.run("manage.py", "shell", "-v0", "-c", f"from django.db import models; {count}"))


def test_what_another_process_publishes_is_seen(site: RunningSite, tmp_path: Path) -> None:
    shutil.copytree(BASE_DIR / "fixtures", tmp_path, dirs_exist_ok=True)
    guide = (tmp_path / "manual-import.md").read_text()
    (tmp_path / "another.md").write_text(guide.replace("slug: manual-import", "slug: another", 1))
    missing = site.get("/guides/another/").status

    site.manage("load_content", str(tmp_path))

    assert missing == 404
    until(lambda: {site.get("/guides/another/").status for _ in range(10)} == {200})


def test_a_killed_worker_is_replaced(site: RunningSite) -> None:
    site.kill_a_worker()

    until(lambda: {site.get("/errors/102/").status for _ in range(20)} == {200})
