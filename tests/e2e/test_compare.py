"""A reader says what they see in the matrix, or is asked one thing at a time, with keyboard or finger."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.pages import heading

MOST_TABS = 80
SIZES = """elements => elements.map(element => {
    const box = element.getBoundingClientRect();
    return [element.textContent.trim(), box.width, box.height];
})"""


def _tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            expect(page.locator(":focus")).to_be_in_viewport()
            return
    raise AssertionError(f"{MOST_TABS} times Tab did not lead to {wanted}")


def _group(page: Page, name: str) -> Locator:
    return page.get_by_role("radiogroup", name=name)


def test_keyboard_alone_answers_in_the_matrix_and_reads_the_result(page: Page) -> None:
    page.goto("/compare/")

    _tab_to(page, _group(page, "Can you sign in at the bank").get_by_label("Yes"))
    page.keyboard.press("Space")
    _tab_to(page, _group(page, "Does the bank show anything").get_by_label("Yes"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page).to_have_url("/compare/?sign-in=yes&notice=yes")
    expect(page.get_by_role("heading", name="Error 108 is the one that fits")).to_be_in_viewport()
    expect(_group(page, "Does the bank show anything").get_by_label("Yes")).to_be_checked()


def test_matrix_and_questions_need_no_javascript(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/compare/")

    page.get_by_label("Which code is on your screen?").select_option("103")
    _group(page, "Does Fix now take you").get_by_label("Yes").check()
    page.get_by_role("button", name="Show which error fits").first.click()
    expect(page.get_by_role("heading", name="Error 350 is the one that fits")).to_be_visible()
    page.get_by_role("link", name="Clear all answers").click()
    page.get_by_role("link", name="Ask me one thing at a time").click()
    asked = [heading(page)]
    while page.locator(".answers button").count():
        page.locator(".answers").get_by_role("button", name="No", exact=True).click()
        asked.append(heading(page))

    expect(page.get_by_role("heading", name="Error 102")).to_be_visible()
    assert len(set(asked)) == len(asked) > 3


def test_back_leads_to_the_question_before(page: Page) -> None:
    page.goto("/compare/ask/")
    first = heading(page)

    page.locator(".answers").get_by_role("button", name="No", exact=True).click()
    second = heading(page)
    page.go_back()

    assert heading(page) == first != second


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_answer_can_be_hit_with_a_finger(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/compare/")

    sizes = page.locator(".matrix label").evaluate_all(SIZES)

    assert len(sizes) >= 36
    assert [size for size in sizes if size[1] < 44 or size[2] < 44] == []


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_every_cell_stands_below_its_code_or_names_it(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/compare/")

    head = page.locator(".matrix thead").first.bounding_box()
    named = page.locator(".matrix td[data-label]").first.evaluate("cell => getComputedStyle(cell, '::before').content")

    assert (named == '"101"') is (head is not None and head["width"] <= 1)
