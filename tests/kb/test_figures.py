from decimal import Decimal

import pytest
from hypothesis import given, settings

from kb.figures import DAY, HOUR, MINUTE, Duration, Level, price_range_in_words
from tests.strategies import durations


@pytest.mark.parametrize(
    ("text", "minimum", "maximum"),
    [
        ("45 s", 45, 45),
        ("5 min", 5 * MINUTE, 5 * MINUTE),
        ("12-24 h", 12 * HOUR, 24 * HOUR),
        ("3 - 5 d", 3 * DAY, 5 * DAY),
        (" 90d ", 90 * DAY, 90 * DAY),
        ("0-1 min", 0, MINUTE),
    ],
)
def test_a_duration_is_read_from_a_number_or_a_range_with_its_unit(text: str, minimum: int, maximum: int) -> None:
    assert Duration.parse(text) == Duration(minimum, maximum)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "5",
        "min",
        "5 weeks",
        "-5 min",
        "1.5 h",
        "5 min 10 s",
        "5–10 min",
        "\N{ARABIC-INDIC DIGIT FIVE} min",
        "1234567 s",
        "5 MIN",
    ],
)
def test_what_is_not_a_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write a time such as “45 s”") as refusal:
        Duration.parse(text)

    assert str(refusal.value).endswith(f"not “{text}”")


@pytest.mark.parametrize("text", ["24-12 h", "0 min", "0-0 d"])
def test_a_duration_runs_from_the_shorter_to_the_longer_time_and_is_never_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="from the shorter to the longer time"):
        Duration.parse(text)


def test_a_long_text_is_not_repeated_whole_in_its_refusal() -> None:
    with pytest.raises(ValueError, match="write a time") as refusal:
        Duration.parse("x" * 10_000)

    assert len(str(refusal.value)) < 200


@settings(deadline=None)
@given(durations())
def test_a_duration_is_written_as_it_is_read(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(
    ("text", "canonical", "words"),
    [
        ("45 s", "45 s", "45 seconds"),
        ("60 s", "1 min", "1 minute"),
        ("90 s", "90 s", "90 seconds"),
        ("60-90 s", "60-90 s", "60 to 90 seconds"),
        ("0-60 min", "0-1 h", "0 to 1 hour"),
        ("12-24 h", "12-24 h", "12 to 24 hours"),
        ("2 d", "48 h", "48 hours"),
        ("72 h", "3 d", "3 days"),
        ("1-3 d", "1-3 d", "1 to 3 days"),
    ],
)
def test_a_duration_takes_the_largest_unit_that_people_use(text: str, canonical: str, words: str) -> None:
    duration = Duration.parse(text)

    assert str(duration) == canonical
    assert duration.in_words == words


def test_the_longer_end_of_a_duration_can_stand_alone() -> None:
    assert Duration.parse("12-24 h").in_words_at_most == "24 hours"


def test_durations_sort_by_the_shorter_time_and_then_the_longer() -> None:
    texts = ["3-5 d", "12-24 h", "1-3 d", "5 min", "5-10 min"]

    ordered = sorted(map(Duration.parse, texts))

    assert list(map(str, ordered)) == ["5 min", "5-10 min", "12-24 h", "1-3 d", "3-5 d"]


def test_levels_stand_in_the_order_of_the_gauge() -> None:
    assert list(Level) == ["low", "medium", "high"]


@pytest.mark.parametrize(
    ("low", "high", "currency", "words"),
    [
        ("60", "120", "USD", "$60–$120"),
        ("60.00", "60.0", "USD", "$60"),
        ("0.5", "1234.56", "USD", "$0.50–$1,234.56"),
        ("60", "120", "GBP", "£60–£120"),
        ("60", "120", "CAD", "CA$60–CA$120"),
        ("60", "120", "CHF", "60–120 CHF"),
        ("60", "60", "CHF", "60 CHF"),
        ("1000000", "9999999.99", "EUR", "€1,000,000–€9,999,999.99"),
    ],
)
def test_a_price_range_names_its_currency(low: str, high: str, currency: str, words: str) -> None:
    assert price_range_in_words(Decimal(low), Decimal(high), currency) == words
