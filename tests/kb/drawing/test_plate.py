from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from kb.drawing.plate import HEIGHT, PAPER, SOLID, WIDTH, draw


def picture_of(name: str, title: str = "", site: str = "") -> Image.Image:
    picture = Image.open(BytesIO(draw(name, title, site)))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def colors_in(picture: Image.Image, box: tuple[int, int, int, int]) -> set[str]:
    """The flat colors of a part of the picture."""
    found = picture.crop(box).getcolors(WIDTH * HEIGHT) or []
    return {"#{:02x}{:02x}{:02x}".format(*color) for _, color in found}


TITLE_AREA = (60, 300, WIDTH, 480)
PLATE_AREA = (80, 64, 400, 280)


def test_the_code_stands_on_a_plate_in_the_colors_of_the_design() -> None:
    picture = picture_of("Error 102")

    assert picture.size == (1200, 630)
    assert {SOLID, PAPER} <= colors_in(picture, PLATE_AREA)
    assert colors_in(picture, TITLE_AREA) == {PAPER}


def test_each_text_is_drawn_in_its_place() -> None:
    bare = draw("Error 102", "", "")

    assert (
        len({bare, draw("Error 103", "", ""), draw("Error 102", "A title", ""), draw("Error 102", "", "A site")}) == 4
    )
    assert colors_in(picture_of("Error 102", "A title"), TITLE_AREA) != {PAPER}


def test_the_same_article_has_the_same_picture_everywhere() -> None:
    assert draw("Error 102", "A title", "A site") == draw("Error 102", "A title", "A site")


def test_typographic_signs_and_accents_are_written_in_plain_letters() -> None:
    assert draw("Error 102", "Café – not “down”", "") == draw("Error 102", "Cafe - not “down”", "")


@pytest.mark.parametrize("title", ["日本語", "Ошибка 102", "\U0001f3e6 bank", "a\x00b", "", "   "])
def test_a_text_that_cannot_be_written_is_left_out_rather_than_drawn_as_boxes(title: str) -> None:
    assert draw("Error 102", title, "A site") == draw("Error 102", "", "A site")


def test_without_a_name_there_is_no_plate() -> None:
    assert SOLID not in colors_in(picture_of("ошибка", "", ""), PLATE_AREA)


@given(st.text("abc WM-0’", max_size=140), st.text(max_size=140))
@example("W" * 20, "W" * 120)
@example("Error " + "8" * 20, " ".join(["word"] * 40))
@settings(max_examples=10)
def test_no_text_leaves_its_place(name: str, title: str) -> None:
    picture = picture_of(name, title)

    assert colors_in(picture, (WIDTH - 30, 0, WIDTH, 480)) == {PAPER}
    assert colors_in(picture, (180, 486, WIDTH, 520)) == {PAPER}
