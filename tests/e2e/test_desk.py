"""An editor's day, from signing in to what readers see at once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site

WORKERS_AND_MORE = 6


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    """All pages here are those of a site of our own, since what is published stays."""
    return {**browser_context_args, "base_url": own_site.url}


@pytest.fixture
def desk(page: Page, own_site: Site, complaints: Complaints) -> Page:
    """The desk, as somebody sees it who has just signed in."""
    page.goto("/admin/")
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(own_site.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
    return page


@pytest.fixture
def reader(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who has not signed in."""
    return new_context().new_page()


def _open_article(desk: Page, name: str) -> None:
    desk.goto("/admin/kb/article/")
    desk.get_by_role("link", name=name, exact=True).click()
    expect(desk.get_by_role("heading", name="Change article")).to_be_visible()


def _unfold(desk: Page, part: str) -> Locator:
    """Open one part of the article's page and return it."""
    group = desk.locator(f"#{part}-group")
    if group.locator("details:not([open])").count():
        group.locator("summary").first.click()
    return group


def _publish(desk: Page) -> None:
    desk.get_by_role("button", name="Save and publish").first.click()


def test_changed_sentence_is_previewed_published_and_read_at_once(desk: Page, reader: Page) -> None:
    reader.goto("/errors/350/")
    expect(reader.locator("main")).not_to_contain_text("Ask twice")
    _open_article(desk, "350")
    section = _unfold(desk, "sections").locator(".inline-related").filter(has=desk.locator("textarea:visible")).first
    editor, preview = section.locator("textarea"), section.locator(".markdownx-preview")

    editor.fill("**Ask twice.** Then press ++Update++ and read [[102|the page on silent banks]].")
    expect(preview).to_contain_text("Ask twice. Then press Update")
    previewed = preview.inner_html().strip()
    _publish(desk)

    expect(desk.get_by_text("Readers see it now.")).to_be_visible()
    for _ in range(WORKERS_AND_MORE):
        reader.reload()
        expect(reader.locator("main")).to_contain_text("Ask twice.")
    shown = reader.locator("p", has_text="Ask twice.").evaluate("paragraph => paragraph.outerHTML")
    assert shown == previewed
    assert 'href="/errors/102/"' in shown
    assert "<kbd>Update</kbd>" in shown


def test_likelihoods_that_add_up_to_90_are_refused_and_nothing_is_lost(desk: Page, reader: Page) -> None:
    reader.goto("/errors/185/")
    before = reader.locator("main").inner_text()
    _open_article(desk, "185")
    causes = _unfold(desk, "causes")
    percent, title = causes.locator("input[name$=-percent]").first, causes.locator("input[name$=-title]").first
    likelihood = int(percent.input_value())

    percent.fill(str(likelihood - 10))
    title.fill("A cause in new words")
    _publish(desk)

    reason = "the likelihoods add up to 90 %, not 100 %"
    expect(desk.get_by_text("Saved, but not published")).to_be_visible()
    expect(desk.locator("#check li", has_text=reason)).to_be_visible()
    expect(causes.locator(".errorlist", has_text=reason)).to_be_visible()
    assert percent.input_value() == str(likelihood - 10)
    assert title.input_value() == "A cause in new words"
    reader.reload()
    assert reader.locator("main").inner_text() == before

    _unfold(desk, "causes")
    percent.fill(str(likelihood))
    _publish(desk)

    expect(desk.get_by_text("Readers see it now.")).to_be_visible()
    reader.reload()
    expect(reader.locator("#causes + .causes")).to_contain_text("A cause in new words")


def test_form_that_cannot_be_saved_keeps_what_was_typed(desk: Page, reader: Page) -> None:
    _open_article(desk, "105")
    desk.get_by_label("Title").first.fill("A title that is kept")
    desk.get_by_label("Reviewed on").fill("soon")

    _publish(desk)

    expect(desk.get_by_text("Please correct the error below.")).to_be_visible()
    expect(desk.locator(".field-reviewed_on .errorlist, .fieldBox .errorlist")).to_contain_text("Enter a valid date.")
    assert desk.get_by_label("Title").first.input_value() == "A title that is kept"
    reader.goto("/errors/105/")
    expect(reader.locator("h1")).not_to_contain_text("A title that is kept")


def test_fault_of_the_flow_leads_to_the_form_of_its_stop(desk: Page) -> None:
    desk.goto("/admin/kb/node/?kind__exact=question&q=108")
    desk.locator("#result_list tbody th a").first.click()
    page_of_stop = desk.url
    desk.get_by_label("Leads to").first.select_option("")
    desk.get_by_role("button", name="Save", exact=True).click()
    _open_article(desk, "108")

    desk.get_by_role("button", name="Save and check").first.click()
    desk.locator("#check li", has_text="leads nowhere").get_by_role("link").click()

    assert desk.url == page_of_stop
    expect(desk.get_by_label("Leads to").first).to_have_value("")


def test_browser_has_nothing_to_complain_about_at_the_desk(desk: Page, complaints: Complaints) -> None:
    for address in (
        "/admin/",
        "/admin/kb/article/",
        "/admin/kb/article/add/",
        "/admin/kb/node/",
        "/admin/kb/revision/",
        "/admin/kb/edition/",
    ):
        desk.goto(address)
        desk.wait_for_load_state("networkidle")
    for changelist in ("article", "node", "flow", "cause", "revision"):
        desk.goto(f"/admin/kb/{changelist}/")
        desk.locator("#result_list tbody th a").first.click()
        desk.wait_for_load_state("networkidle")

    assert complaints.heard == []
