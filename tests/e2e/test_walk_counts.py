"""Stops of a walk, counted by the browser of a reader and shown to an editor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site

ARTICLE = "Error 102"


@pytest.fixture
def counted(page: Page) -> list[str]:
    """The codes that this reader's browser has sent."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/triage/seen" in request.url else None)
    return sent


@pytest.fixture
def desk(
    new_context: Callable[..., BrowserContext], site: Site, listen: Callable[[BrowserContext], Complaints]
) -> Page:
    """The walks of an article, as an editor sees them who walks nothing."""
    context = new_context()
    complaints = listen(context)
    desk = context.new_page()
    desk.goto("/admin/kb/article/")
    desk.get_by_label("Username").fill(EDITOR)
    desk.get_by_label("Password").fill(site.password)
    desk.get_by_role("button", name="Log in").click()
    desk.get_by_role("link", name="102", exact=True).click()
    desk.get_by_role("link", name="Walks", exact=True).click()
    expect(desk.get_by_role("heading", name=f"Walks: {ARTICLE}")).to_be_visible()
    assert complaints.heard == []
    return desk


def _answer(page: Page, at: int) -> Locator:
    return page.locator(".answers a").nth(at)


def _walk(page: Page) -> None:
    """From the first question over two first answers, so three pages."""
    page.goto("/triage/102/")
    for _ in range(2):
        page.wait_for_load_state("networkidle")
        _answer(page, 0).click()
        page.wait_for_load_state()
    page.wait_for_load_state("networkidle")


def _numbers(desk: Page) -> list[int]:
    cells = desk.get_by_role("table", name="Every stop").locator("tbody td:nth-of-type(2)").all_inner_texts()
    return [int(cell) for cell in cells]


def test_walking_three_pages_makes_three_counts_that_an_editor_sees(
    page: Page, counted: list[str], complaints: Complaints, desk: Page
) -> None:
    before = sum(_numbers(desk))

    _walk(page)

    assert counted == ["code=102-1-", "code=102-1-A", "code=102-1-AA"]
    desk.reload()
    assert sum(_numbers(desk)) == before + 3
    assert page.context.cookies() == []
    assert complaints.heard == []


def test_going_back_reloading_and_looking_at_an_earlier_answer_count_nothing_more(
    page: Page, counted: list[str]
) -> None:
    _walk(page)

    page.go_back()
    page.go_forward()
    page.reload()
    page.get_by_role("link", name="Change").first.click()
    page.wait_for_load_state("networkidle")

    assert len(counted) == 3


def test_an_answer_that_leads_to_another_article_counts_as_an_end_here_and_a_stop_there(
    page: Page, counted: list[str]
) -> None:
    page.goto("/triage/105/")
    page.wait_for_load_state("networkidle")

    page.locator(".answers a[data-walk]").first.click()
    page.wait_for_url("**/triage/185/**")
    page.wait_for_load_state("networkidle")

    assert counted == ["code=105-1-", "code=105-1-A", "code=185-1-A"]


def test_coming_back_from_the_thanks_for_a_report_counts_nothing_more(page: Page, counted: list[str]) -> None:
    _walk(page)

    page.locator("form[action*='/report/'] button").first.click()
    page.wait_for_url("**/thanks/**")
    page.locator("main a").last.click()
    page.wait_for_load_state("networkidle")

    assert "/thanks/" not in page.url
    assert len(counted) == 3


def test_a_link_that_was_handed_over_counts_nothing(page: Page, counted: list[str]) -> None:
    page.goto("/t/102-1-AA")
    page.wait_for_load_state("networkidle")

    assert counted == []


def test_what_the_editor_sees_fits_the_screen_and_its_drawing_is_dressed(desk: Page) -> None:
    desk.set_viewport_size({"width": 1280, "height": 844})
    note = desk.locator("svg.flow .note").first

    expect(note).to_contain_text("Reached")
    assert note.evaluate("note => getComputedStyle(note).fontSize") == "13px"
    assert desk.locator("svg.flow .edge").first.evaluate("edge => getComputedStyle(edge).fill") == "rgba(0, 0, 0, 0)"
    assert desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
