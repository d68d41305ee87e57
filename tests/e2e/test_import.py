"""An article comes in as plain text, is mended at the desk, and is published; content goes out and comes back."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site
from tests.e2e.test_every_page import ALL_RULES, in_words

TEXT = Path(__file__).parent / "324.txt"
CAUSES_TO_NAME = {
    "Is the account still listed there?": [],
    "The account was closed or renumbered.": ["new-number", "closed-account"],
    "QuickBooks holds an old number.": ["new-number"],
}
"""The stops in which something is to be mended."""


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    return {**browser_context_args, "base_url": own_site.url}


@pytest.fixture
def desk(page: Page, own_site: Site) -> Page:
    page.goto("/admin/")
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(own_site.password)
    page.get_by_role("button", name="Log in").click()
    return page


def _look(desk: Page, *files: Path) -> None:
    """From the list of articles to what the files would make."""
    desk.goto("/admin/kb/article/")
    desk.get_by_role("link", name="Import", exact=True).click()
    desk.get_by_label("Files").set_input_files(files)
    desk.get_by_role("button", name="Look at what they would make").click()


def _unfold(desk: Page) -> None:
    """Open all parts of the page."""
    desk.locator("details").evaluate_all("parts => parts.forEach(part => { part.open = true; })")


def _mend_article(desk: Page) -> None:
    _unfold(desk)
    desk.get_by_text("Add another Source").click()
    values = {
        "description": "What Error 324 means.",
        "trigger_text": "A card is replaced every few years.",
        "sign": "One account is silent, the others go on.",
        "lookalikes-0-sign": "QuickBooks shows boxes for a password.",
        "repairsteps-0-time": "10 min",
        "sources-0-key": "support",
        "sources-0-title": "A page of the bank",
        "sources-0-publisher": "A bank",
    }
    for name, value in values.items():
        desk.locator(f"[name={name}]").fill(value)
    desk.locator("[name=sources-0-standing]").select_option("official")
    desk.get_by_role("button", name="Save and check").first.click()


def _mend_stop(desk: Page, name: str) -> None:
    """Open a stop of the flow by the first fault that the check found in it, and mend it."""
    desk.locator("#check li", has_text=name).get_by_role("link").first.click()
    expect(desk.locator("#stop-heading")).to_contain_text(name)
    if name.endswith("?"):
        desk.locator("[name=answers-2-label]").fill("I’m not sure")
        desk.locator("[name=answers-2-to]").select_option("quickbooks-holds-old-number")
    else:
        values = {"data_risk_text": "Nothing is changed.", "if_it_fails": "Call an expert.", "time": "10-20 min"}
        for field, value in values.items():
            desk.locator(f"[name={field}]").fill(value)
        for cause in CAUSES_TO_NAME[name]:
            desk.locator(f"[name=causes][value={cause}]").check()
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator(".messagelist")).to_contain_text("Saved.")


def test_text_is_imported_mended_and_published(desk: Page, complaints: Complaints) -> None:
    _look(desk, TEXT)
    expect(desk.get_by_text("A new draft")).to_be_visible()
    expect(desk.get_by_text("line 47: “QuickBooks Online Error 103", exact=False)).to_be_visible()
    axe = Axe().run(desk, options={"runOnly": ALL_RULES, "resultTypes": ["violations"]})
    assert in_words(axe.response["violations"]) == []
    desk.get_by_role("button", name="Write to the desk").click()
    desk.wait_for_url("**/change/?check=1")
    expect(desk.get_by_text("Readers see nothing of it yet.")).to_be_visible()
    page_of_article = desk.url

    _mend_article(desk)
    for name in CAUSES_TO_NAME:
        desk.goto(page_of_article)
        _mend_stop(desk, name)
    desk.goto(page_of_article)
    desk.get_by_role("button", name="Save and publish").first.click()
    expect(desk.get_by_text("Readers see it now.")).to_be_visible()

    desk.goto("/errors/324/")
    expect(desk.locator("main")).to_contain_text("Choose the new number and map it")
    desk.goto("/triage/324/")
    expect(desk.get_by_role("heading", name="Is the account still listed there?")).to_be_visible()
    assert complaints.heard == []


def test_everything_goes_out_and_nothing_of_it_is_new_when_it_comes_back(desk: Page, tmp_path: Path) -> None:
    desk.goto("/admin/kb/article/")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Export everything").click()
    archive = tmp_path / "all.zip"
    download.value.save_as(archive)

    _look(desk, archive)

    expect(desk.get_by_text("On the desk already, in exactly these words.")).not_to_have_count(0)
    expect(desk.get_by_role("button", name="Write to the desk")).to_have_count(0)


def test_file_that_is_no_text_is_refused_beside_the_field(desk: Page, complaints: Complaints, tmp_path: Path) -> None:
    picture = tmp_path / "article.txt"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00")

    _look(desk, picture)

    expect(desk.get_by_role("alert")).to_contain_text("“article.txt” is not text, but a binary file.")
    expect(desk.get_by_label("Files")).to_be_visible()
    axe = Axe().run(desk, options={"runOnly": ALL_RULES, "resultTypes": ["violations"]})
    assert in_words(axe.response["violations"]) == []
    assert complaints.heard == []
