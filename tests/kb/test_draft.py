from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kb.desk import write_document
from kb.document import Cause
from kb.flow import Flow
from kb.models import Article, PreviewLink, Revision
from tests.factories import a_flow, a_guide, an_error, an_outcome, publish_document
from tests.markup import tree

pytestmark = pytest.mark.django_db


def preview_of(article: Article, **changes) -> str:
    """The address at which a new preview link shows the site."""
    now = timezone.now()
    link = PreviewLink.objects.create(
        article=article, **{"made_at": now, "expires_at": now + timedelta(days=7)} | changes
    )
    return f"/preview/{link.token}"


@pytest.fixture
def address(empty_site: None) -> str:
    """A preview of error 700, which is live in other words, and the guide beside it."""
    publish_document(a_guide())
    publish_document(an_error("700", title="Live words"))
    return preview_of(write_document(an_error("700", title="Draft words", delay_week="See [[a-guide]].")))


def test_the_draft_is_shown_to_whoever_has_the_link(address: str, client: Client) -> None:
    response = client.get(f"{address}/errors/700/")

    assert "Draft words" in response.text
    assert "Live words" not in response.text
    assert "Draft, for review only." in response.text
    assert "Live words" in client.get("/errors/700/").text


def test_every_link_of_the_site_stays_within_the_preview(address: str, client: Client) -> None:
    page = tree(client.get(f"{address}/errors/700/").text)

    links = {link["href"] for link in page.all("a") if link["href"].startswith("/")} - {"/"}

    assert links
    assert all(link.startswith(f"{address}/") for link in links), links


def test_the_triage_of_the_draft_can_be_walked(address: str, client: Client) -> None:
    nodes = tuple(replace(node, text="Was it so?") if node.key == "site" else node for node in a_flow().nodes)
    write_document(an_error("700", flow=Flow("site", nodes)))

    question = client.get(f"{address}/triage/700/")
    step = client.get(f"{address}/triage/700/try/?site=yes")
    stray = client.get(f"{address}/triage/700/try/?site=nonsense")

    assert "Was it so?" in question.text
    assert step.status_code == 200
    assert f"{address}/triage/700/done/?site=yes&amp;try=fixed" in step.text
    assert stray.status_code == 200
    assert "/static/js/walk-count" not in step.text
    assert "<form" not in step.text.split("<main")[1].split("</main>")[0]


def test_nobody_keeps_or_lists_it(address: str, client: Client) -> None:
    response = client.get(f"{address}/errors/700/")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "ETag" not in response.headers
    assert not response.cookies


def test_a_preview_shows_what_was_saved_last(address: str, client: Client) -> None:
    client.get(f"{address}/errors/700/")
    write_document(an_error("700", title="Newer words"))

    assert "Newer words" in client.get(f"{address}/errors/700/").text


def test_an_article_that_never_was_live_has_a_preview(empty_site: None, client: Client) -> None:
    address = preview_of(write_document(a_guide("fresh", title="Fresh words")))

    assert "Fresh words" in client.get(f"{address}/guides/fresh/").text
    assert "Fresh words" in client.get(f"{address}/guides/").text
    assert "Fresh words" not in client.get("/guides/").text


@pytest.mark.parametrize("change", [{"revoked": True}, {"expired": True}])
def test_closed_links_say_so(empty_site: None, client: Client, change: dict[str, bool]) -> None:
    now = timezone.now()
    closed = {"revoked_at": now} if "revoked" in change else {"expires_at": now}

    response = client.get(f"{preview_of(write_document(a_guide()), **closed)}/guides/a-guide/")

    assert response.status_code == 404
    assert "This preview is closed" in response.text
    assert "Verdict first." not in response.text


@pytest.mark.parametrize("token", ["1", "1:abc", "x", ":", "1:", "%00", "9" * 300, "-1:x"])
def test_forged_links_open_nothing(address: str, client: Client, token: str) -> None:
    response = client.get(f"/preview/{token}/errors/700/")

    assert response.status_code == 404
    assert "Draft words" not in response.text


def test_the_link_of_one_article_shows_no_other_draft(address: str, client: Client) -> None:
    write_document(a_guide(title="Secret words"))

    assert "Secret words" not in client.get(f"{address}/guides/a-guide/").text


@pytest.mark.parametrize("path", ["admin/", "healthz", "triage/seen", "no/such/page", "errors/999/", "preview/x/"])
def test_only_readers_pages_have_a_preview(address: str, client: Client, path: str) -> None:
    assert client.get(f"{address}/{path}").status_code == 404


def test_nothing_can_be_posted_to_a_preview(address: str, client: Client) -> None:
    assert client.post(f"{address}/errors/700/feedback/", {"verdict": "yes"}).status_code == 405


@pytest.mark.parametrize(
    "fault",
    [
        {"diagram": "nothing --"},
        {"causes": (Cause("outage", "", 1, ""),)},
        {"flow": Flow("nowhere", (an_outcome("end", time=None, causes=("none",)),))},
        {"flow": Flow("", ())},
        {"sections": (), "steps": (), "sources": (), "costs": ()},
    ],
)
def test_a_draft_with_faults_is_shown_or_says_what_to_mend(
    empty_site: None, client: Client, fault: dict[str, object]
) -> None:
    address = preview_of(write_document(an_error("700", **fault)))

    for path in ("errors/700/", "triage/700/", "triage/700/map/", "errors/", ""):
        response = client.get(f"{address}/{path}")
        assert response.status_code in {200, 302, 404}, path


def test_previews_leave_the_live_pages_and_their_addresses_alone(address: str, client: Client) -> None:
    client.get(f"{address}/errors/700/")

    assert "/preview/" not in client.get("/errors/700/").text
    assert Revision.objects.filter(article__slug="700").count() == 1
