import pytest

from kb.drawing.lettering import width, wrap


def test_lines_are_of_about_equal_width() -> None:
    assert wrap("Is a notice waiting for you at the bank today?", 15, 310) == (
        "Is a notice waiting for",
        "you at the bank today?",
    )


def test_a_no_break_space_keeps_words_together() -> None:
    lines = wrap("Wait for 12\N{NO-BREAK SPACE}hours", 15, width("Wait for 12 h", 15))

    assert lines == ("Wait for", "12\N{NO-BREAK SPACE}hours")


def test_a_word_wider_than_the_room_is_broken_and_loses_nothing() -> None:
    lines = wrap("pneumonoultramicroscopic", 15, 60)

    assert "".join(lines) == "pneumonoultramicroscopic"
    assert max(width(line, 15) for line in lines) <= 60


def test_blank_text_is_one_empty_line() -> None:
    assert wrap(" \n", 15, 100) == ("",)


@pytest.mark.parametrize("wide", ["\u4e2d", "\U0001f3e6", "W"])
def test_what_is_not_in_the_table_counts_as_wide(wide: str) -> None:
    assert width(wide, 100) == 112
