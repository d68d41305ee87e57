import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.diagram import MAX_STATIONS, Station, drawn, in_words, parse

PICTURE_WIDTH = 360


def test_stations_and_links_are_read_from_one_line() -> None:
    stations = parse("QuickBooks / sync --request--> Bank gateway / says “500” --offline--x Bank core / database")

    assert stations == (
        Station("QuickBooks", "sync"),
        Station("Bank gateway", "says “500”", "request"),
        Station("Bank core", "database", "offline", is_cut=True),
    )


def test_notes_and_labels_may_be_left_out() -> None:
    assert parse("  You --> Bank-site  ") == (Station("You"), Station("Bank-site"))
    assert [stop.name for stop in parse("A --> B --> C")] == ["A", "B", "C"]
    assert [stop.is_cut for stop in parse("A --x B --x C")] == [False, True, True]
    assert parse("You --x Bank") == (Station("You"), Station("Bank", is_cut=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "every station of the diagram needs a name"),
        ("Only one", f"the diagram needs two to {MAX_STATIONS} stations, joined by “-->” or “--x”"),
        ("A --> B --> C --> D", f"the diagram needs two to {MAX_STATIONS} stations"),
        ("A-->B", f"the diagram needs two to {MAX_STATIONS} stations"),
        ("A --> / note", "every station of the diagram needs a name"),
        ("A --> Seventeen letters", "“Seventeen letters” is too long: 16 characters for a station’s name"),
        ("A / a note that is longer --> B", "“A / a note that is longer” is too long"),
        ("A --a label of twenty-five chars--> B", "“A --a label of twenty-five chars--> B” is too long"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"diagram|too long") as refusal:
        parse(text)

    assert str(refusal.value).startswith(message)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["A", "Bank gateway", " / ", " --> ", " --x ", " --cut--x ", "--", " ", "-", ">", "\n"]))
)
def test_any_line_is_drawn_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces)

    try:
        stations = parse(text)
    except ValueError as refusal:
        words = str(refusal)
    else:
        words = in_words(stations)
        assert 2 <= len(stations) <= MAX_STATIONS
        assert all(station.name for station in stations)

    assert words.strip()


@pytest.mark.parametrize("text", ["A --> B", "A --> B --cut--x C"])
def test_stops_stand_in_the_picture_from_left_to_right_with_each_link_between_two(text: str) -> None:
    first, *others = drawn(parse(text))

    stops = [first.x, *(stop.x for stop in others)]
    assert stops == sorted(set(stops))
    assert stops[0] > 0
    assert stops[-1] < PICTURE_WIDTH
    assert [stop.line_from for stop in others] == stops[:-1]
    assert all(stop.line_from < stop.cut_x < stop.middle < stop.x for stop in others)


def test_the_picture_is_told_in_words() -> None:
    assert in_words(parse("Intuit --> Gateway --closed--x Database")) == (
        "Intuit reaches Gateway. The link from Gateway to Database is cut."
    )
