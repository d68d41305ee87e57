import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.numbers import positive


@given(st.integers(1, 999_999_999))
def test_a_number_is_read_as_it_is_written(number):
    assert positive(str(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "1 ",
        " 1",
        "1\n",
        "1_0",
        "x",
        "²",
        "٣",
        "\N{FULLWIDTH DIGIT ONE}",
        "1000000000",
        "9" * 5000,
    ],
)
def test_nothing_else_is_a_number(text):
    assert positive(text) is None


@given(st.text())
def test_whatever_is_typed_is_a_number_in_one_spelling_or_none(text):
    found = positive(text)

    assert found is None or str(found) == text


def test_fewer_digits_may_be_asked_for():
    assert positive("9999", digits=4) == 9999
    assert positive("10000", digits=4) is None
