"""The triage in a frame of a page of another site, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.conftest import Complaints, Site
from tests.e2e.other_site import other_site


def embed(page: Page, site: Site, origin: str) -> FrameLocator:
    """Open the page of another site that shows the triage of error 102 in a frame."""
    page.goto(f"{origin}/?shows={site.url}/embed/triage/102/")
    return page.frame_locator("iframe")


def test_the_whole_walk_stays_in_the_frame(page: Page, site: Site, help_desk: str, complaints: Complaints) -> None:
    frame = embed(page, site, help_desk)
    first = frame.locator("h1").inner_text()

    while frame.locator(".answers a").count():
        question = frame.locator("h1").inner_text()
        frame.locator(".answers a").first.click()
        expect(frame.locator("h1")).not_to_have_text(question)
    outcome = frame.locator("h1").inner_text()
    frame.get_by_role("link", name="Change").first.click()
    expect(frame.locator("h1")).to_have_text(first)
    page.evaluate("history.back()")  # page.go_back() waits for the page around the frame, which stays
    expect(frame.locator("h1")).to_have_text(outcome)
    frame.get_by_role("link", name="Start again").click()

    expect(frame.locator("h1")).to_have_text(first)
    assert page.url.startswith(help_desk)
    assert len(page.context.pages) == 1
    assert complaints.heard == []
    assert page.context.cookies() == []


def test_what_leads_out_opens_in_a_new_tab(page: Page, site: Site, help_desk: str) -> None:
    frame = embed(page, site, help_desk)
    frame.locator(".answers a").first.click()
    expect(frame.get_by_role("link", name="Start again")).to_be_visible()
    question = frame.locator("h1").inner_text()

    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Open this in a new tab").click()

    tab = opened.value
    tab.wait_for_load_state()
    assert tab.url.startswith(f"{site.url}/triage/102/")
    assert "?" in tab.url
    expect(tab.locator("h1")).to_have_text(question)
    expect(frame.locator("h1")).to_have_text(question)


def test_a_site_that_is_not_named_is_shown_nothing(page: Page, site: Site, complaints: Complaints) -> None:
    with other_site() as stranger:
        frame = embed(page, site, stranger)
        page.wait_for_load_state("networkidle")

    assert frame.locator(".answers").count() == 0
    assert any("frame-ancestors" in heard for heard in complaints.heard)


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_in_the_frame(page: Page, site: Site, help_desk: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    frame = embed(page, site, help_desk)
    frame.locator(".answers a").nth(1).click()
    expect(frame.get_by_role("link", name="Start again")).to_be_visible()

    inside = next(frame for frame in page.frames if frame.url.startswith(f"{site.url}/embed/"))
    found = Axe().run(inside)
    overflow = inside.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found.response["violations"]] == []
    assert overflow <= 0
