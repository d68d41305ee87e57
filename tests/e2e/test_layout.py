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


LINES = """element => {
    const range = document.createRange(), lines = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());)
        for (const {0: word, index} of node.data.matchAll(/\\S+/g)) {
            range.setStart(node, index);
            range.setEnd(node, index + word.length);
            const {bottom} = range.getBoundingClientRect(), last = lines.at(-1);
            if (last && Math.abs(last.bottom - bottom) < 8) last.words.push(word);
            else lines.push({bottom, words: [word]});
        }
    return lines.map(({words}) => words.join(" "));
}"""


@pytest.mark.parametrize(
    ("width", "lines"),
    [(390, ["Fix: 5 to 15 minutes,", "or 12 to 24 hours"]), (1280, ["Fix: 5 to 15 minutes, or 12 to 24 hours"])],
)
def test_time_of_a_fix_is_broken_only_between_its_two_cases(page: Page, width: int, lines: list[str]) -> None:
    _open(page, "/", width)

    assert page.locator(".codes > li", has_text="101").locator(".facts span").last.evaluate(LINES) == lines


def test_field_in_the_header_shows_all_of_its_hint(page: Page) -> None:
    _open(page, "/errors/", 1280)
    field = page.locator(".site-header input")

    field.fill(field.get_attribute("placeholder") or "")

    assert field.evaluate("field => field.scrollWidth <= field.clientWidth")


@pytest.mark.parametrize("address", ["/compare/", "/compare/102-vs-103/", "/errors/102/"])
def test_code_of_a_row_stands_in_its_first_line(page: Page, address: str) -> None:
    _open(page, address, 1280)

    for row in page.locator(".differential tbody tr").all():
        code, sign = row.locator("th").inner_text(), row.locator("td").first.evaluate(LINES)[0]
        assert row.evaluate(LINES)[0].startswith(f"{code} {sign}")


def test_long_last_part_of_a_breadcrumb_wraps_like_text(page: Page) -> None:
    _open(page, "/guides/manual-import/", 390)

    first, second = page.locator(".breadcrumb ol").evaluate(LINES)

    assert first.startswith("Home Guides Manual import:")
    assert f"{first} {second}" == "Home Guides Manual import: upload a .QBO or .CSV file from your bank"


def test_caution_has_as_much_room_below_its_words_as_above(page: Page) -> None:
    _open(page, "/errors/102/", 1280)

    above, below = page.locator("main blockquote").first.evaluate("""box => {
        const [outer, inner] = [box, box.querySelector("p")].map(element => element.getBoundingClientRect());
        return [inner.top - outer.top, outer.bottom - inner.bottom];
    }""")

    assert abs(above - below) < 1
