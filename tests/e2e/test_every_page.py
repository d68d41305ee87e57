"""What holds for each kind of page: accessible, narrow enough for a small phone, and nothing for the browser to say."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import Complaints
from tests.e2e.pages import KINDS, MISSING, address_of, open_all_details

ALL_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Only colors differ between light and dark.
COLOR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
WIDTHS = (390, 1280)
UNTIL_NOTHING_MOVES = "() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished))"
WIDER_THAN_THE_SCREEN = """() => [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
    .map((element) => element.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(page: Page, kind: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(address_of(kind))
    open_all_details(page)

    assert faults_in_light_and_dark(page) == []


def faults_in_light_and_dark(page: Page) -> list[str]:
    """What axe has to say about the page as it is, in both color schemes."""
    found = []
    for scheme, rules in (("light", ALL_RULES), ("dark", COLOR_RULES)):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(UNTIL_NOTHING_MOVES)  # Django's links fade from one color into the other
        said = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
        found += [f"{scheme}: {fault}" for fault in in_words(said.response["violations"])]
    return found


def in_words(violations: list[dict]) -> list[str]:
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_scrolls_sideways_on_the_smallest_screen(page: Page, kind: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address_of(kind))

    open_all_details(page)

    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, page.evaluate(WIDER_THAN_THE_SCREEN)


@pytest.mark.parametrize("kind", KINDS)
def test_browser_has_nothing_to_complain_about(page: Page, complaints: Complaints, kind: str) -> None:
    response = page.goto(address_of(kind))

    page.wait_for_load_state("networkidle")

    assert response is not None
    assert response.status == (404 if kind in MISSING else 200)
    # Chromium mentions that the page itself was answered with 404; that is what was asked for.
    itself = f"{response.url}: Failed to load resource: the server responded with a status of 404 (Not Found)"
    assert [heard for heard in complaints.heard if kind not in MISSING or heard != itself] == []
