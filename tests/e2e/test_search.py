"""Suggestions below a search box by keyboard, pointer and screen reader, and what is told of searches in vain."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site
from tests.e2e.test_every_page import ALL_RULES, in_words

PLACES = ["/", "/search/"]


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Error code or message")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def typed(page: Page, address: str, text: str) -> Page:
    """The page with a text typed into its search box and something suggested."""
    page.goto(address)
    box(page).press_sequentially(text)
    expect(options(page).first).to_be_visible()
    return page


@pytest.mark.parametrize("address", PLACES)
def test_what_is_typed_is_suggested_and_announced(page: Page, complaints: Complaints, address: str) -> None:
    typed(page, address, "10")

    expect(options(page)).to_have_count(5)
    expect(options(page).nth(1)).to_contain_text("102 Your bank’s servers aren’t answering QuickBooks")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_have_text("5 suggestions below")
    assert complaints.heard == []


def test_arrows_choose_enter_opens_and_escape_closes(page: Page) -> None:
    typed(page, "/", "10")

    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    chosen = options(page).first
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert box(page).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("10")
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    box(page).press_sequentially("2")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/errors/102/")


def test_a_tap_opens_the_part_that_was_suggested(page: Page) -> None:
    typed(page, "/", "undoing an imp")

    options(page).first.click()

    page.wait_for_url("**/guides/manual-import/#undo")


def test_enter_without_a_choice_searches_and_leaving_the_box_closes_the_list(page: Page) -> None:
    typed(page, "/", "mainten")

    page.keyboard.press("Tab")
    expect(options(page)).to_have_count(0)
    box(page).focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=mainten")
    expect(page.locator(".results h3").first).to_contain_text("102")


def test_nothing_is_suggested_for_an_empty_box_or_nonsense(page: Page) -> None:
    typed(page, "/", "10")

    box(page).fill("")
    expect(options(page)).to_have_count(0)
    box(page).press_sequentially("qwzxq")
    expect(page.get_by_role("status")).to_have_text("No suggestions")


def test_a_server_that_does_not_answer_leaves_a_form_that_works(page: Page) -> None:
    page.route("**/search/suggestions/**", lambda route: route.fulfill(status=503))
    page.goto("/")

    box(page).press_sequentially("102")
    page.wait_for_load_state("networkidle")
    expect(options(page)).to_have_count(0)
    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=102")


def test_without_javascript_the_form_just_works(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")

    page.get_by_role("searchbox", name="Error code or message").fill("error 102")
    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=error+102")
    page.locator(".results .best h3 a").click()
    page.wait_for_url("**/errors/102/")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("address", PLACES)
def test_the_list_is_accessible_and_fits_the_screen(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    typed(page, address, "mainten")
    page.keyboard.press("ArrowDown")

    found = Axe().run(page, options={"runOnly": ALL_RULES, "resultTypes": ["violations"]})

    assert in_words(found.response["violations"]) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


# Searches in vain


def test_editors_see_what_was_searched_for_in_vain_and_nothing_else(
    page: Page, new_context: Callable[..., BrowserContext], site: Site
) -> None:
    page.goto("/search/?q=error+777")
    page.goto("/search/?q=qwzx")
    page.goto("/search/?q=bank+outage")
    page.get_by_role("link", name="Guides").first.click()
    page.goto("/search/?q=bank+maintenance")
    page.locator(".results h3 a").first.click()
    page.wait_for_url("**/errors/102/**")
    page.wait_for_load_state("networkidle")
    desk = new_context().new_page()

    desk.goto("/admin/kb/article/todo/")
    desk.get_by_label("Username").fill(EDITOR)
    desk.get_by_label("Password").fill(site.password)
    desk.get_by_role("button", name="Log in").click()

    for query in ("777", "qwzx", "bank outage"):
        expect(desk.get_by_role("link", name=query, exact=True)).to_have_count(1)
    expect(desk.get_by_role("link", name="bank maintenance", exact=True)).to_have_count(0)
