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


TEXTS_OF_A_DRAWING = """drawing => [...drawing.querySelectorAll("text")].map(text => {
    const {left, right, top, bottom} = text.getBoundingClientRect();
    return {words: text.textContent, left, right, top, bottom};
})"""


@pytest.mark.parametrize("width", [320, *WIDTHS])
@pytest.mark.parametrize("code", ["101", "102", "103", "105", "108", "185", "350"])
def test_words_of_a_diagram_neither_overlap_nor_are_cut_off(page: Page, code: str, width: int) -> None:
    _open(page, f"/errors/{code}/", width)

    drawing = page.locator("svg[role=img]")
    frame = drawing.bounding_box()
    texts = drawing.evaluate(TEXTS_OF_A_DRAWING)

    assert frame is not None
    assert len(texts) >= 6
    for at, text in enumerate(texts):
        assert text["left"] >= frame["x"], text["words"]
        assert text["right"] <= frame["x"] + frame["width"], text["words"]
        for other in texts[:at]:
            is_apart = text["left"] > other["right"] or text["right"] < other["left"]
            assert is_apart or text["top"] >= other["bottom"] - 4 or text["bottom"] - 4 <= other["top"], text["words"]
