"""A day at the desk: a sentence is corrected and published, a colleague is met, and all of it is taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    """All pages here are those of a site of our own, since what is published stays."""
    return {**browser_context_args, "base_url": own_site.url}


@pytest.fixture
def colleague(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture
def reader(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


def _sign_in(page: Page, site: Site) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def _open_article(page: Page, code: str) -> None:
    page.goto("/admin/kb/article/")
    page.get_by_role("link", name=code, exact=True).click()
    expect(page.get_by_role("heading", name="Change article")).to_be_visible()
    page.wait_for_load_state()


def _summary(page: Page) -> Locator:
    return page.locator("#id_summary")


def _begin_with(page: Page, words: str) -> str:
    """Put words before the summary, as an editor would, and return the whole."""
    text = f"{words} {_summary(page).input_value()}"
    _summary(page).fill(text)
    return text


def _note(page: Page) -> Locator:
    return page.get_by_role("group", name="Publish").get_by_label("Note")


def _publish(page: Page, note: str) -> None:
    _note(page).fill(note)
    page.get_by_role("button", name="Save and publish").last.click()


def _readers_see(reader: Page, code: str, words: str) -> None:
    reader.goto(f"/errors/{code}/")
    expect(reader.locator("main")).to_contain_text(words)


def _readers_do_not_see(reader: Page, code: str, words: str) -> None:
    reader.goto(f"/errors/{code}/")
    expect(reader.locator("main")).not_to_contain_text(words)


def test_sentence_is_corrected_looked_at_and_published_with_a_note(
    page: Page, reader: Page, own_site: Site, complaints: Complaints
) -> None:
    _sign_in(page, own_site)
    _open_article(page, "350")

    _begin_with(page, "**Nobody is to blame.**")
    expect(page.locator(".field-summary .markdownx-preview strong")).to_have_text("Nobody is to blame.")
    _readers_do_not_see(reader, "350", "Nobody is to blame.")
    _publish(page, "Says first what worries people")

    expect(page.get_by_text("Readers see it now.")).to_be_visible()
    _readers_see(reader, "350", "Nobody is to blame.")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("row", name="Says first what worries people")).to_contain_text("(live)")
    assert complaints.heard == []


def test_editor_whom_a_colleague_overtook_keeps_what_was_typed_and_decides(
    page: Page, colleague: Page, reader: Page, own_site: Site, complaints: Complaints
) -> None:
    _sign_in(page, own_site)
    _sign_in(colleague, own_site)
    _open_article(page, "103")
    _open_article(colleague, "103")

    _begin_with(colleague, "A colleague’s words.")
    colleague.get_by_role("button", name="Save and continue editing").first.click()
    expect(colleague.get_by_text("was changed successfully")).to_be_visible()
    mine = _begin_with(page, "My own words.")
    expect(page.locator("[data-live-check]")).to_contain_text("Somebody saved this page after you had opened it.")
    _publish(page, "A note of mine")

    conflict = page.get_by_role("region", name="Not saved yet: there is another version")
    expect(conflict.locator("del", has_text="colleague")).to_be_visible()
    expect(_summary(page)).to_have_value(mine)
    expect(_note(page)).to_have_value("A note of mine")
    _readers_do_not_see(reader, "103", "My own words.")

    conflict.get_by_label("Save mine over theirs").check()
    _publish(page, "A note of mine")

    expect(page.get_by_text("Readers see it now.")).to_be_visible()
    _readers_see(reader, "103", "My own words.")
    assert complaints.heard == []


def test_what_was_published_by_mistake_is_taken_back(
    page: Page, reader: Page, own_site: Site, complaints: Complaints
) -> None:
    _sign_in(page, own_site)
    _open_article(page, "105")
    before = _summary(page).input_value()
    _begin_with(page, "A slip.")
    _publish(page, "Too early in the morning")
    expect(page.get_by_text("Readers see it now.")).to_be_visible()
    _readers_see(reader, "105", "A slip.")

    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Revert to it").click()
    expect(page.locator("del", has_text="A slip.")).to_be_visible()
    page.get_by_role("button", name="Revert to revision 1").click()

    expect(page.get_by_text("Readers see it now.")).to_be_visible()
    expect(_summary(page)).to_have_value(before)
    _readers_do_not_see(reader, "105", "A slip.")
    assert complaints.heard == []
