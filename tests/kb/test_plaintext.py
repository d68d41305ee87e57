import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.plaintext import plain_text
from tests.strategies import FRAGMENTS


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("Press ++Update++ once.", "Press Update once."),
        ("**Stop** and `wait`, __now__.", "Stop and wait, now."),
        ("12 to 24 hours[^estimate]; a day[^intuit-102].", "12 to 24 hours; a day."),
        ("Go on with [[108]].", "Go on with Error 108."),
        ("See [[manual-import]].", "See manual import."),
        ("[[102#step-upload|Upload a file]] today.", "Upload a file today."),
        ("Read [Intuit’s page](https://intuit.example/a_b).", "Read Intuit’s page."),
        ("![A map](/media/a.png)", "A map"),
        ("> Quoted\n> twice", "Quoted\ntwice"),
        ("### A heading\n\nText", "A heading\n\nText"),
        ("* one\n* two", "- one\n- two"),
        ("1. one\n2. two", "1. one\n2. two"),
        ("  padded  ", "padded"),
        ("2 ** 3 and a_b_c, 5 * 6", "2 ** 3 and a_b_c, 5 * 6"),
        ("a < b & <b>c</b>", "a < b & <b>c</b>"),
        ("", ""),
    ],
)
def test_marks_go_and_words_stay(markdown: str, plain: str) -> None:
    assert plain_text(markdown) == plain


@settings(deadline=None)
@given(st.lists(st.sampled_from([*FRAGMENTS, "[", "](", ")", "**", "++", "[[", "|", "]]", "> ", "- "])).map("".join))
def test_plain_text_of_any_text_has_no_cross_links_and_nothing_new(text: str) -> None:
    plain = plain_text(text)

    assert "[[103]]" not in plain
    assert set(plain) <= set(text) | set("Error -")


@pytest.mark.parametrize("piece", ["[", "![](", "[[a|", "**", "**a", "`", "++a", "\n", " \n", "> ", "- ", "\n  "])
def test_twenty_thousand_marks_are_read_to_the_end(piece: str) -> None:
    assert isinstance(plain_text(f"a{piece * (20_000 // len(piece))}z"), str)
