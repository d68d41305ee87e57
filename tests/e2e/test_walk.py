"""A reader walks from an article to what to do, with whatever they have at hand."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.pages import heading

MOST_TABS = 60
MOST_STOPS = 10
ANSWERS = "main .answers a"
WIDTH_OF_OUTLINE = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
}"""


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus; each stop on the way has to show that it has it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        expect(focused).to_be_in_viewport(ratio=0.99)
        assert page.evaluate(WIDTH_OF_OUTLINE) >= 2, focused.evaluate("element => element.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{MOST_TABS} times Tab did not lead to {wanted}")


def test_keyboard_alone_leads_from_an_article_to_what_to_do(page: Page) -> None:
    page.goto("/errors/102/")

    _tab_to(page, page.get_by_role("link", name="Start triage"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    stops = [heading(page)]
    while page.locator(ANSWERS).count() and len(stops) < MOST_STOPS:
        _tab_to(page, page.locator(ANSWERS).last)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        stops.append(heading(page))

    expect(page.get_by_role("heading", name="Do this now")).to_be_visible()
    assert len(set(stops)) == len(stops) > 1


def test_first_tab_offers_to_skip_to_the_content(page: Page) -> None:
    page.goto("/errors/102/")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.locator("main :focus").count() == 1


def test_walk_needs_no_javascript(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/errors/102/")

    page.get_by_role("link", name="Start triage").click()
    stops = [heading(page)]
    while page.locator(ANSWERS).count() and len(stops) < MOST_STOPS:
        page.locator(ANSWERS).first.click()
        stops.append(heading(page))

    expect(page.get_by_role("heading", name="Do this now")).to_be_visible()
    expect(page.get_by_role("heading", name="How you got here")).to_be_visible()
    assert len(set(stops)) == len(stops) > 2


def test_search_and_folded_parts_need_no_javascript(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")

    page.get_by_label("Error code or message").fill("102")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("listitem").filter(has_text="You typed a code").get_by_role("link").first.click()
    page.get_by_text("The same path in words").click()

    assert page.url.endswith("/errors/102/")
    expect(page.locator("#path .outline").first).to_be_visible()


def test_back_and_forward_go_through_a_walk(page: Page) -> None:
    page.goto("/triage/102/")
    seen = [(page.url, heading(page))]
    for answer in ("Yes", "No", "Yes"):
        page.locator(ANSWERS).filter(has=page.get_by_text(answer, exact=True)).click()
        seen.append((page.url, heading(page)))
    assert len(set(seen)) == 4

    back = []
    for _ in range(3):
        page.go_back()
        back.append((page.url, heading(page)))
    forward = []
    for _ in range(3):
        page.go_forward()
        forward.append((page.url, heading(page)))

    assert back == seen[2::-1]
    assert forward == seen[1:]


def test_changed_answer_keeps_the_later_ones_that_still_apply(page: Page) -> None:
    page.goto("/triage/102/?bank-sign-in=yes&notice=no&transactions=yes&asks=no&pattern=no")
    before = _trail(page)
    assert len(before) == 5

    page.get_by_role("link", name="Change your answer to “What does QuickBooks ask you for?”").click()
    expect(page.locator(ANSWERS).and_(page.locator("[aria-current]"))).to_contain_text("Nothing, only the error")
    page.locator(ANSWERS).filter(has_text="I’m not sure").click()

    assert _trail(page) == [*before[:3], "I’m not sure", before[4]]
    assert "pattern=no" in page.url


def test_changed_answer_drops_the_later_ones_that_no_longer_apply(page: Page) -> None:
    page.goto("/triage/102/?bank-sign-in=yes&notice=no&transactions=yes&asks=no&pattern=no")
    before = _trail(page)

    page.get_by_role("link", name="Change your answer to “Is anything at the bank waiting for your answer?”").click()
    page.locator(ANSWERS).filter(has_text="Only a maintenance notice").click()

    assert _trail(page) == [before[0], "Only a maintenance notice"]
    assert "pattern" not in page.url


def _trail(page: Page) -> list[str]:
    """The answers given so far, as the page lists them."""
    return page.locator(".trail > li:has(a) b").all_inner_texts()
