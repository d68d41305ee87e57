"""A flow is drawn: by a form for each stop, on its map, and as text."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site
from tests.e2e.test_every_page import WIDER_THAN_THE_SCREEN, WIDTHS, faults_in_light_and_dark

FLOW_OF_102 = "/admin/kb/flow/2"
PAGES = {
    "question": f"{FLOW_OF_102}/change/",
    "repair step": f"{FLOW_OF_102}/change/?node=try-private-window",
    "outcome": f"{FLOW_OF_102}/change/?node=bank-down",
    "jump": f"{FLOW_OF_102}/change/?node=go-103-boxes",
    "outline": f"{FLOW_OF_102}/outline/",
    "copy": f"{FLOW_OF_102}/copy/",
    "take out": f"{FLOW_OF_102}/take-out/?node=look-again",
    "begin": "/admin/kb/flow/add/",
}
A_FAULTY_OUTLINE = """\
question q: Is it on?
  → yes: Yes
    hepl: Look.
"""
A_FLOW_WITH_A_LOOSE_END = """\
question site: Does the bank’s own site open?
  → yes: Yes
    outcome back: The feed comes back by itself
      disposition: wait
      who: intuit
      time: 12-24 h
      data risk: low
      data risk text: Nothing is lost.
      do now: Look again tomorrow.
      if it fails: Ask support.
  → no: No
    outcome down: The bank is down
      disposition: wait
      who: bank
      time: 1-2 d
      data risk: low
      data risk text: Nothing is lost.
      do now: Leave the connection alone.
      if it fails: Call the bank.
  → not-sure: I’m not sure
"""


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    """All pages here are those of a site of our own, since what is drawn stays."""
    return {**browser_context_args, "base_url": own_site.url}


@pytest.fixture
def sign_in(own_site: Site) -> Callable[[Page], Page]:
    def sign_in(page: Page) -> Page:
        page.goto("/admin/")
        page.get_by_label("Username").fill(EDITOR)
        page.get_by_label("Password").fill(own_site.password)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
        return page

    return sign_in


@pytest.fixture
def desk(page: Page, sign_in: Callable[[Page], Page], complaints: Complaints) -> Page:
    """The desk, as somebody sees it who has just signed in."""
    return sign_in(page)


def _new_guide(desk: Page, slug: str) -> None:
    desk.goto("/admin/kb/article/add/")
    desk.get_by_label("Kind").select_option("guide")
    desk.get_by_label("Slug").fill(slug)
    desk.get_by_label("Title").first.fill(f"About {slug}")
    desk.get_by_label("Description").fill(f"All about {slug}.")
    desk.get_by_label("Reviewed on").fill("2026-11-22")
    sections = desk.locator("#sections-group")
    sections.locator("summary").first.click()
    sections.get_by_role("button", name="Add another Section").click()
    for part in ("key", "title", "body"):
        sections.locator(f"[name=sections-0-{part}]").fill("words")
    desk.get_by_role("button", name="Save and continue editing").first.click()
    expect(desk.get_by_role("heading", name="Change article")).to_be_visible()


def _answer(desk: Page, at: int) -> Locator:
    return desk.locator("fieldset.answer").nth(at)


def _lead(answer: Locator, to: str, words: str = "") -> None:
    answer.get_by_label("Leads to").select_option(label=to)
    if words:
        answer.get_by_label("Its words").fill(words)


def _save(desk: Page) -> None:
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator(".messagelist")).to_contain_text("Saved.")


def test_flow_is_drawn_with_a_fault_that_is_named_at_its_stop_and_mended(desk: Page, complaints: Complaints) -> None:
    _new_guide(desk, "feeds-in-general")
    desk.get_by_role("link", name="Draw a flow").click()
    desk.get_by_label("First question").fill("Is the bank’s site up?")
    desk.get_by_role("button", name="Begin").click()

    _lead(_answer(desk, 0), "New question…", "Is there a notice?")
    _lead(_answer(desk, 1), "New outcome…", "The bank is down")
    _save(desk)

    fault = "The answer “I’m not sure” to “Is the bank’s site up?” leads nowhere"
    expect(desk.locator("#stop .faults")).to_contain_text(fault)
    expect(desk.locator("#check").get_by_role("link", name=fault)).to_be_visible()
    expect(desk.locator("svg.flow")).to_contain_text("Is there a notice?")

    _lead(_answer(desk, 2), "The bank is down")
    _save(desk)

    expect(desk.locator("#stop .faults")).to_have_count(0)
    expect(desk.locator("#check")).not_to_contain_text(fault)

    desk.locator("svg.flow a", has_text="The bank is down").first.click()
    expect(desk.locator("#stop-heading")).to_have_text("Outcome The bank is down")
    for label, option in {"How it ends": "Wait", "Who acts": "Your bank", "Risk to the data": "Low"}.items():
        desk.get_by_label(label, exact=True).select_option(label=option)
    for label, words in {
        "What to do now": "Wait until **tomorrow**.",
        "The risk, in words": "None.",
        "How long it takes": "12-24 h",
        "What to do if that fails": "Call the bank.",
    }.items():
        desk.get_by_label(label, exact=True).fill(words)
    _save(desk)

    expect(desk.locator("#stop .faults")).to_have_count(0)
    expect(desk.locator("#stop .markdownx-preview")).to_contain_text("Wait until tomorrow.")
    expect(desk.locator("svg.flow")).to_contain_text("Wait, 12 to 24 hours")
    assert complaints.heard == []


def test_flow_with_a_loose_end_is_refused_mended_published_and_walked(
    desk: Page, new_context: Callable[..., BrowserContext], complaints: Complaints
) -> None:
    _new_guide(desk, "bank-or-books")
    article = desk.url
    desk.get_by_role("link", name="Draw a flow").click()
    desk.get_by_label("First question").fill("Does the bank’s own site open?")
    desk.get_by_role("button", name="Begin").click()
    desk.get_by_role("link", name="All as text").click()
    desk.get_by_label("Outline").fill(A_FLOW_WITH_A_LOOSE_END)
    _save(desk)
    reader = new_context().new_page()

    desk.goto(article)
    desk.get_by_role("button", name="Save and publish").first.click()

    expect(desk.get_by_text("Saved, but not published")).to_be_visible()
    fault = desk.locator("#check li")
    expect(fault).to_have_count(1)
    expect(fault).to_contain_text("answer “I’m not sure” to “Does the bank’s own site open?” leads nowhere")
    assert reader.goto("/triage/bank-or-books/").status == 404

    fault.get_by_role("link").click()
    expect(desk.locator("#stop-heading")).to_have_text("Question Does the bank’s own site open?")
    _lead(_answer(desk, 2), "The bank is down")
    _save(desk)
    desk.goto(article)
    desk.get_by_role("button", name="Save and publish").first.click()
    expect(desk.get_by_text("Readers see it now.")).to_be_visible()

    reader.goto("/triage/bank-or-books/")
    expect(reader.locator("h1")).to_contain_text("Does the bank’s own site open?")
    reader.get_by_role("link", name="I’m not sure", exact=True).click()
    expect(reader.locator("h1")).to_contain_text("The bank is down")
    expect(reader.locator("main")).to_contain_text("Leave the connection alone.")
    assert complaints.heard == []


def test_words_of_a_new_stop_are_asked_for_only_where_one_begins(desk: Page) -> None:
    desk.goto(f"{FLOW_OF_102}/change/")
    answer = _answer(desk, 0)
    words = answer.get_by_label("Its words")

    expect(words).to_be_hidden()
    _lead(answer, "New outcome…")
    expect(words).to_be_visible()
    _lead(answer, "New: try “Ask once for fresh data”")
    expect(words).to_be_hidden()


def test_answers_are_added_at_one_press(desk: Page) -> None:
    desk.goto(f"{FLOW_OF_102}/change/?node=age")
    before = desk.locator("fieldset.answer").count()

    desk.get_by_role("button", name="One more answer").click()
    desk.keyboard.type("Since yesterday")
    _lead(_answer(desk, before), "Leave it overnight, then try once")
    _save(desk)

    expect(desk.locator("svg.flow")).to_contain_text("Since yesterday")
    expect(desk.locator("fieldset.answer")).to_have_count(before + 1)


def test_map_keeps_the_present_stop_in_sight(desk: Page) -> None:
    desk.set_viewport_size({"width": 1280, "height": 800})

    desk.goto(f"{FLOW_OF_102}/change/?node=quiet-hour#stop")

    here = desk.locator(".map [aria-current]").first
    expect(here).to_contain_text("Leave it overnight")
    expect(here).to_be_in_viewport()
    expect(desk.get_by_role("button", name="Save", exact=True)).to_be_in_viewport()


def test_leaving_asks_when_something_was_typed(desk: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    desk.on("dialog", stay)
    desk.goto(f"{FLOW_OF_102}/change/")
    desk.get_by_label("Question", exact=True).fill("Typed and not saved")

    desk.locator("svg.flow a").nth(2).click()

    assert asked == ["beforeunload"]
    expect(desk.get_by_label("Question", exact=True)).to_have_value("Typed and not saved")


def test_what_was_typed_at_one_stop_is_offered_there_and_nowhere_else(desk: Page) -> None:
    desk.on("dialog", lambda dialog: dialog.accept())
    desk.goto(f"{FLOW_OF_102}/change/?node=notice")
    desk.get_by_label("Question", exact=True).fill("Typed at the notice")

    desk.goto(f"{FLOW_OF_102}/change/?node=asks")
    expect(desk.get_by_role("button", name="Put it back")).to_be_hidden()
    desk.goto(f"{FLOW_OF_102}/change/?node=notice")
    desk.get_by_role("button", name="Put it back").click()

    expect(desk.get_by_label("Question", exact=True)).to_have_value("Typed at the notice")


def test_second_editor_is_shown_both_versions_and_saves_over_only_when_asked(
    desk: Page, new_context: Callable[..., BrowserContext], sign_in: Callable[[Page], Page]
) -> None:
    other = sign_in(new_context().new_page())
    for page in (desk, other):
        page.goto(f"{FLOW_OF_102}/change/?node=support")
    other.get_by_label("Finding").fill("Contact support, say theirs")
    _save(other)

    desk.get_by_label("Finding").fill("Contact support, say mine")
    desk.get_by_role("button", name="Save", exact=True).click()

    expect(desk.locator(".conflict")).to_contain_text("say theirs")
    expect(desk.locator(".conflict")).to_contain_text("say mine")
    expect(desk.get_by_label("Finding")).to_have_value("Contact support, say mine")
    desk.get_by_label("Save mine over theirs").check()
    _save(desk)
    other.reload()
    expect(other.get_by_label("Finding")).to_have_value("Contact support, say mine")


def test_outline_with_a_fault_leads_to_its_line_and_is_mended(desk: Page, complaints: Complaints) -> None:
    _new_guide(desk, "feeds-as-text")
    desk.get_by_role("link", name="Draw a flow").click()
    desk.get_by_label("First question").fill("Is it on?")
    desk.get_by_role("button", name="Begin").click()
    desk.get_by_role("link", name="All as text").click()
    text = desk.get_by_label("Outline")

    text.fill(A_FAULTY_OUTLINE)
    desk.get_by_role("button", name="Save", exact=True).click()
    expect(desk.locator(".faults.here")).to_contain_text("“hepl: Look.” can’t stand below an answer")
    expect(text).to_have_value(A_FAULTY_OUTLINE)
    desk.get_by_role("link", name="Line 3").click()
    assert text.evaluate("text => text.value.slice(text.selectionStart, text.selectionEnd)") == "    hepl: Look."

    desk.keyboard.type("    outcome: It is on")
    desk.keyboard.press("Enter")
    desk.keyboard.type("  lead: So it seems.")
    assert "\n      lead: So it seems." in text.input_value()
    _save(desk)

    expect(desk.locator("svg.flow")).to_contain_text("It is on")
    assert "outcome it-is-on: It is on" in text.input_value()
    assert complaints.heard == []


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_console_find_nothing_and_nothing_scrolls_sideways(
    desk: Page, complaints: Complaints, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 844})

    found = {}
    for name, address in PAGES.items():
        desk.goto(address)
        found[name] = faults_in_light_and_dark(desk)
        if desk.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[name] += desk.evaluate(WIDER_THAN_THE_SCREEN)

    assert {name: faults for name, faults in found.items() if faults} == {}
    assert complaints.heard == []
