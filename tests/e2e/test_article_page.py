"""Help while an article is typed: where links may lead, and what the changes break."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    return {**browser_context_args, "base_url": own_site.url}


@pytest.fixture
def article(page: Page, own_site: Site, complaints: Complaints) -> Page:
    """The page of error 350, just opened by an editor."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/admin/")
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(own_site.password)
    page.get_by_role("button", name="Log in").click()
    page.goto("/admin/kb/article/")
    page.get_by_role("link", name="350", exact=True).click()
    page.wait_for_load_state()
    return page


def _unfold(page: Page, part: str) -> Locator:
    group = page.locator(f"#{part}-group")
    group.locator("summary").first.click()
    return group


def _links(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Where the link may lead")


def _faults_of(page: Page, where: str) -> list[str]:
    found = Axe().run(page, context={"include": [[where]]})
    return [violation["id"] for violation in found.response["violations"]]


# Links


def test_link_is_chosen_by_the_keyboard_alone(article: Page, complaints: Complaints) -> None:
    summary = article.locator("#id_summary")
    summary.fill("Read ")

    summary.press_sequentially("[[10")
    expect(_links(article).get_by_role("option")).to_have_count(5)
    expect(_links(article).get_by_role("option", selected=True)).to_contain_text("101")
    summary.press("ArrowDown")
    chosen = _links(article).get_by_role("option", selected=True)
    expect(chosen).to_contain_text("102")
    expect(summary).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    assert _faults_of(article, ".field-summary") == []
    summary.press("Enter")

    expect(summary).to_have_value("Read [[102]]")
    expect(_links(article)).to_be_hidden()
    assert complaints.heard == []


def test_words_of_a_title_lead_to_its_link_and_escape_leaves_what_was_typed(article: Page) -> None:
    summary = article.locator("#id_summary")
    summary.fill("")

    summary.press_sequentially("[[connection comes")
    expect(_links(article).get_by_role("option")).to_have_count(1)
    summary.press("Escape")
    expect(_links(article)).to_be_hidden()
    expect(summary).to_have_value("[[connection comes")
    summary.press_sequentially(" a")
    _links(article).get_by_role("option").click()

    expect(summary).to_have_value("[[105]]")
    expect(summary).to_be_focused()


def test_number_sign_shows_the_parts_of_the_chosen_article(article: Page) -> None:
    summary = article.locator("#id_summary")
    summary.fill("")

    summary.press_sequentially("[[102")
    expect(_links(article).get_by_role("option", selected=True)).to_contain_text("102")
    summary.press_sequentially("#")
    expect(_links(article).get_by_role("option", selected=True)).to_contain_text("fast-fix")
    summary.press_sequentially("hard")
    expect(_links(article).get_by_role("option")).to_have_count(1)
    summary.press("Enter")

    expect(summary).to_have_value("[[102#hard-stop]]")


def test_button_begins_a_link_with_the_selected_words(article: Page) -> None:
    box = article.locator(".field-summary")
    summary = box.locator("textarea")
    summary.fill("See that page.")
    summary.evaluate("text => text.setSelectionRange(4, 13)")

    box.get_by_role("button", name="Link").click()
    expect(_links(article).get_by_role("option").first).to_be_visible()
    summary.press_sequentially("103")
    expect(_links(article).get_by_role("option")).to_have_count(1)
    summary.press("Enter")

    expect(summary).to_have_value("See [[103|that page]].")


def test_small_texts_and_new_rows_have_links_too(article: Page) -> None:
    causes = _unfold(article, "causes")
    causes.get_by_role("button", name="Add another Cause").click()
    text = causes.locator(".inline-related:not(.empty-form) textarea").last

    text.press_sequentially("[[manual")
    expect(_links(article).get_by_role("option")).to_have_count(1)
    text.press("Enter")

    expect(text).to_have_value("[[manual-import]]")


# What the changes break


def test_wrong_sum_is_said_while_typing_and_goes_when_it_is_right(article: Page, complaints: Complaints) -> None:
    causes = _unfold(article, "causes")
    percent = causes.locator("input[name$=-percent]").first
    before = percent.input_value()
    line = article.locator("[data-live-check]")

    percent.fill(str(int(before) - 1))
    expect(line).to_have_text("Causes: the likelihoods add up to 99 %, not 100 %")
    expect(causes.locator(".errorlist")).to_have_text("the likelihoods add up to 99 %, not 100 %")
    assert _faults_of(article, "#causes-group") == []
    assert _faults_of(article, ".live-check") == []
    percent.fill(before)

    expect(line).to_be_empty()
    expect(causes.locator(".errorlist")).to_have_count(0)
    assert complaints.heard == []


def test_fault_of_a_field_is_tied_to_it(article: Page) -> None:
    field = article.get_by_label("Reviewed on:")

    field.fill("soon")

    expect(article.locator("[data-live-check]")).to_have_text("Reviewed on: Enter a valid date.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Enter a valid date.")


def test_what_the_check_listed_goes_as_it_is_mended(article: Page) -> None:
    causes = _unfold(article, "causes")
    percent = causes.locator("input[name$=-percent]").first
    before = percent.input_value()
    percent.fill(str(int(before) - 1))
    article.get_by_role("button", name="Save and check").first.click()
    article.wait_for_load_state()
    expect(causes.locator(".errorlist")).to_contain_text("the likelihoods add up to 99 %")

    percent.fill(before)

    expect(causes.locator(".errorlist")).to_have_count(0)
    expect(article.locator("[data-live-check]")).to_be_empty()


@pytest.mark.parametrize("width", [390, 1280])
def test_fields_for_sentences_take_the_width_of_the_page(article: Page, width: int) -> None:
    article.set_viewport_size({"width": width, "height": 900})
    _unfold(article, "sources")
    room = article.locator(".field-summary").evaluate("row => row.clientWidth")

    for label in ("Aliases:", "Title:", "Description:", "Diagram:", "The telling sign:"):
        box = article.get_by_label(label, exact=True).first.bounding_box()
        assert box is not None
        assert box["height"] < 60
        assert 0.85 * room < box["width"] <= room, label
    assert article.locator("[name=sources-0-title]").evaluate("field => field.clientWidth") > 0.8 * room
    assert article.get_by_label("Code:", exact=True).evaluate("field => field.clientWidth") < 340
