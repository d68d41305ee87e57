"""What only a browser can see: where things stand on a page, and that words stay together."""

import pytest
from playwright.sync_api import Locator, Page

WIDTHS = (390, 1280)
PARTS_OF_A_ROW = """row => Object.fromEntries(['.plate', 'h2, h3', 'p', '.gauge', '.facts :last-child'].map(part => {
    const box = row.querySelector(part).getBoundingClientRect();
    return [part, {left: box.left, right: box.right, top: box.top, bottom: box.bottom}];
}))"""


def _open(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)


def _parts(row: Locator) -> tuple[dict[str, float], ...]:
    return tuple(row.evaluate(PARTS_OF_A_ROW).values())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("address", ["/", "/errors/"])
def test_title_of_a_code_stands_beside_its_plate_and_the_facts_together(page: Page, address: str, width: int) -> None:
    _open(page, address, width)

    rows = page.locator(".codes > li").all()

    assert len(rows) == 7
    for plate, title, fault, risk, time in map(_parts, rows):
        assert title["left"] > plate["right"]
        assert title["top"] < plate["top"] + 8
        assert 0 <= fault["top"] - title["bottom"] < 8
        assert 0 <= time["top"] - risk["bottom"] < 8


def test_source_marks_in_the_text_of_a_cause_stay_in_its_lines(page: Page) -> None:
    _open(page, "/errors/102/", 1280)

    displays = "marks => marks.map(mark => getComputedStyle(mark).display)"
    in_text = page.locator(".causes div sup").evaluate_all(displays)
    below_percentages = page.locator(".causes strong > sup").evaluate_all(displays)

    assert set(in_text) == {"inline"}
    assert set(below_percentages) == {"block"}
