import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.intervals import ENOUGH, Tally, wilson

counts = st.integers(0, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


# Worked by hand from the formula with z = 1.959963984540054, z² = 3.841458820694124.
@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (18, 26, 0.500117416778, 0.834986844045),
        (5, 10, 0.236593090512, 0.763406909488),
        (0, 10, 0.0, 0.277532799863),
        (10, 10, 0.722467200137, 1.0),
        (1, 1, 0.206549314377, 1.0),
        (81, 263, 0.255288519878, 0.366209576983),
    ],
)
def test_interval_is_that_of_the_formula(successes: int, total: int, low: float, high: float) -> None:
    found = wilson(successes, total)

    assert found == pytest.approx((low, high), abs=1e-11)


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_is_the_published_one(successes: int, total: int, low: float, high: float) -> None:
    """The examples of R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    found = wilson(successes, total)

    assert found == pytest.approx((low, high), abs=5e-5)


def test_no_reports_leave_everything_open() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "total"), [(-1, 10), (11, 10), (0, -1), (1, 0)])
def test_what_is_no_share_has_no_interval(successes: int, total: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        wilson(successes, total)


@given(counts)
def test_interval_lies_within_nothing_and_everything_and_holds_the_share(count: tuple[int, int]) -> None:
    successes, total = count

    low, high = wilson(successes, total)

    assert 0 <= low < high <= 1
    assert total == 0 or low <= successes / total <= high


@given(counts)
def test_who_counts_the_failures_gets_the_mirror_image(count: tuple[int, int]) -> None:
    successes, total = count

    low, high = wilson(successes, total)

    assert wilson(total - successes, total) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counts.filter(lambda count: count[1] > 0), st.integers(2, 50))
def test_more_reports_of_the_same_share_say_more(count: tuple[int, int], times: int) -> None:
    successes, total = count

    low, high = wilson(successes, total)
    narrower_low, narrower_high = wilson(successes * times, total * times)

    assert narrower_high - narrower_low < high - low


@given(counts.filter(lambda count: count[0] < count[1]))
def test_one_more_success_moves_the_interval_up(count: tuple[int, int]) -> None:
    successes, total = count

    low, high = wilson(successes, total)
    next_low, next_high = wilson(successes + 1, total)

    assert next_low > low
    assert next_high > high or next_high == high == 1.0


@given(counts)
def test_less_certainty_needs_less_room(count: tuple[int, int]) -> None:
    low, high = wilson(*count)
    inner_low, inner_high = wilson(*count, z=1.0)

    assert low <= inner_low
    assert inner_high <= high


def test_those_who_are_waiting_are_not_in_the_denominator() -> None:
    tally = Tally(yes=18, no=8, not_yet=100)

    assert tally.total == 26
    assert tally.interval == (50, 84)


@pytest.mark.parametrize(("yes", "no", "is_enough"), [(19, 0, False), (0, ENOUGH - 1, False), (12, 8, True)])
def test_a_percentage_needs_twenty_reports(yes: int, no: int, is_enough: bool) -> None:
    assert Tally(yes, no, not_yet=50).is_enough is is_enough
