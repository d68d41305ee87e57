from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kb.drawing.diagram import MAX_STATIONS, WIDTH, Station, drawn, fault_of, in_words, parse
from kb.drawing.lettering import width

words = st.text("iIlMW aeo", min_size=1, max_size=18).map(str.strip).filter(bool)
notes = st.text("iIlMW aeo", max_size=18).map(str.strip)


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
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="diagram") as refusal:
        parse(text)

    assert str(refusal.value).startswith(message)
    assert fault_of(text) == str(refusal.value)


@pytest.mark.parametrize(
    ("text", "to_shorten"),
    [
        ("Bank gateway / 500 code or silence --closed--x Core database / maintenance, upgrade", "maintenance, upgrade"),
        ("The bank’s own gateway --> The bank’s core database", "The bank’s core database"),
        ("You --a label that is much wider than the space there is--> Bank", "a label that is much wider"),
        ("WWWWWWWWWWWW --> WWWWWWWWWWWWW", "WWWWWWWWWWWWW"),
    ],
)
def test_words_that_would_overlap_or_be_cut_off_are_refused_and_the_widest_named(text: str, to_shorten: str) -> None:
    fault = fault_of(f"{text} --> Your books")

    assert fault.startswith(f"the diagram’s words don’t fit side by side on a phone: shorten “{to_shorten}")
    assert fault_of("QuickBooks / sync --request--> Gateway / says “500” --cut--x Database / offline") == ""


def test_narrow_letters_leave_room_for_more_of_them() -> None:
    assert fault_of("Illinois Fidelity --> Little Italy Bill --> Tilt") == ""
    assert fault_of("MMMMMMMMMMMMMMMMM --> MMMMMMMMMMMMMMMMM --> MMMM") != ""


@given(st.lists(st.tuples(words, notes, notes), min_size=2, max_size=MAX_STATIONS))
def test_no_two_words_of_what_is_drawn_touch_and_none_is_cut_off(texts: list[tuple[str, str, str]]) -> None:
    stations = tuple(Station(name, note, label) for name, note, label in texts)
    line = " --> ".join(f"{one.name} / {one.note}" if one.note else one.name for one in stations)
    assume(not fault_of(line))

    stops = drawn(parse(line))

    for size, is_bold, row in (
        (15, True, [(stop.x, stop.station.name) for stop in stops]),
        (13, False, [(stop.x, stop.station.note) for stop in stops if stop.station.note]),
    ):
        reach = [(x, -(-width(text, size, is_bold=is_bold) // 2)) for x, text in row]
        assert all(x - half >= 0 and x + half <= WIDTH for x, half in reach)
        assert all(x + half < other - other_half for (x, half), (other, other_half) in pairwise(reach))


@given(st.lists(st.tuples(words, notes), min_size=2, max_size=MAX_STATIONS))
def test_what_was_published_before_is_drawn_even_where_its_words_do_not_fit(texts: list[tuple[str, str]]) -> None:
    stops = drawn(tuple(Station(name * 4, note * 4) for name, note in texts))

    assert all(0 < stop.x < WIDTH for stop in stops)
    assert all(before.x < after.x for before, after in pairwise(stops))


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
    assert stops[-1] < WIDTH
    assert [stop.line_from for stop in others] == stops[:-1]
    assert all(stop.line_from < stop.cut_x < stop.middle < stop.x for stop in others)


def test_the_picture_is_told_in_words() -> None:
    assert in_words(parse("Intuit --> Gateway --closed--x Database")) == (
        "Intuit reaches Gateway. The link from Gateway to Database is cut."
    )
