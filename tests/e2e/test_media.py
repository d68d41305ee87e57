"""On paper, without motion, and in the reader's own colors."""

import re
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from kb.document import parse
from tests.e2e.pages import address_of

MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
    const style = getComputedStyle(element);
    return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
        || style.scrollBehavior !== "auto";
}).map((element) => element.outerHTML.slice(0, 120))"""


def test_printed_article_shows_folded_parts_and_no_navigation(page: Page) -> None:
    page.goto("/errors/102/")
    folded = page.locator("#path .outline").first
    expect(folded).to_be_hidden()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()

    page.emulate_media(media="print")

    expect(folded).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#step-1")).to_be_visible()
    for hidden in page.locator("nav, [role=search]").all():
        expect(hidden).to_be_hidden()
    expect(page.get_by_role("link", name="Start triage")).to_be_hidden()


def test_printed_outcome_shows_what_to_do_and_the_case_note(page: Page) -> None:
    page.goto(address_of("outcome"))

    page.emulate_media(media="print", color_scheme="dark")

    expect(page.get_by_role("heading", name="Do this now")).to_be_visible()
    expect(page.get_by_role("group", name="Case note")).to_be_visible()
    # Light paper, whatever the screen: white ink on white paper can't be read.
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("h1").evaluate("h1 => getComputedStyle(h1).color") != "rgb(255, 255, 255)"


@pytest.mark.parametrize("fixture", sorted((settings.BASE_DIR / "fixtures").glob("*.md")), ids=lambda path: path.stem)
def test_each_map_prints_on_one_page(page: Page, fixture: Path) -> None:
    document = parse(fixture.read_text())
    page.goto(f"/triage/{document.identity}/map/")

    printed = page.pdf(format="A4", prefer_css_page_size=True)

    assert document.flow is None or len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


@pytest.mark.parametrize("kind", ["home", "article", "first question", "search with a code"])
def test_nothing_moves_for_a_reader_who_asked_for_less_motion(page: Page, kind: str) -> None:
    page.emulate_media(reduced_motion="reduce")

    page.goto(address_of(kind))

    assert page.evaluate(MOVING) == []
    assert page.evaluate("document.getAnimations().length") == 0


def test_pages_glide_for_everybody_else(page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")

    page.goto("/errors/102/")

    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "smooth"


FOCUSED_LOOK = """(element) => {
    const style = getComputedStyle(element);
    const hit = element.querySelector(".hit");
    return {
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        color: hit ? getComputedStyle(hit).stroke : style.outlineColor,
        width: hit ? parseFloat(getComputedStyle(hit).strokeWidth) : parseFloat(style.outlineWidth),
    };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "where",
    ["a.skip", ".brand", ".breadcrumb a", "main .button", "main .flow a", "main summary", ".site-footer a"],
)
def test_focus_can_be_seen_in_forced_colors(page: Page, where: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    page.goto("/errors/102/")
    background = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    target = page.locator(where).locator("visible=true").first
    page.keyboard.press("Tab")  # what follows counts as keyboard focus

    target.focus()

    look = target.evaluate(FOCUSED_LOOK)
    assert look["width"] >= 2
    assert look["color"] not in {background, "none"}
