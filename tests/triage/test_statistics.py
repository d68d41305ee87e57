from collections import Counter
from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.flow import Flow
from tests.factories import a_flow
from tests.strategies import sound_flows
from triage.codes import LETTERS
from triage.statistics import Traffic, most_walked, traffic

patient = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def walked_flows(draw) -> tuple[Flow, list[str]]:
    """A sound flow and people's walks through it, each as the letters at which it went no further."""
    flow = draw(sound_flows(max_inner=7, max_ends=4)).flow
    walks = []
    for _ in range(draw(st.integers(0, 12))):
        letters, node = "", flow.by_key[flow.start]
        while node.options and draw(st.integers(0, 5)):
            place = draw(st.integers(0, len(node.options) - 1))
            letters, node = letters + LETTERS[place], flow.by_key[node.options[place].to]
        walks.append(letters)
    return flow, walks


def seen_by(walks: list[str]) -> Counter[str]:
    """The views of walks that were followed one page after another."""
    return Counter(letters[:length] for letters in walks for length in range(len(letters) + 1))


def end_of(flow: Flow, letters: str) -> str:
    key = flow.start
    for letter in letters:
        key = flow.by_key[key].options[LETTERS.index(letter)].to
    return key


@patient
@given(walked_flows())
def test_every_walk_that_was_seen_whole_went_no_further_at_exactly_one_node(walked: tuple[Flow, list[str]]) -> None:
    flow, walks = walked

    found = traffic(flow, seen_by(walks))

    ends = Counter(end_of(flow, letters) for letters in walks)
    assert {key: node.ended for key, node in found.items() if node.ended} == ends
    assert sum(node.ended for node in found.values()) == len(walks)


@patient
@given(walked_flows())
def test_a_node_is_reached_by_each_walk_that_passes_it(walked: tuple[Flow, list[str]]) -> None:
    flow, walks = walked

    found = traffic(flow, seen_by(walks))

    passed = Counter(end_of(flow, letters[:length]) for letters in walks for length in range(len(letters) + 1))
    assert {key: node.reached for key, node in found.items() if node.reached} == passed
    assert found.keys() == flow.by_key.keys()


@patient
@given(walked_flows())
def test_at_an_end_everybody_has_ended(walked: tuple[Flow, list[str]]) -> None:
    flow, walks = walked

    found = traffic(flow, seen_by(walks))

    assert all(found[node.key].ended == found[node.key].reached for node in flow.nodes if not node.options)


@patient
@given(walked_flows())
def test_the_most_walked_paths_are_the_walks_counted(walked: tuple[Flow, list[str]]) -> None:
    flow, walks = walked

    paths = most_walked(flow, seen_by(walks), at_most=len(walks))

    counted = Counter(walks)
    assert [path.walks for path in paths] == sorted(counted.values(), reverse=True)
    assert {tuple(step.option.key for step in path.walk.taken): path.walks for path in paths} == {
        _options(flow, letters): count for letters, count in counted.items()
    }
    assert all(path.is_finished == (not path.walk.end.options) for path in paths)


def _options(flow: Flow, letters: str) -> tuple[str, ...]:
    return tuple(
        flow.by_key[end_of(flow, letters[:at])].options[LETTERS.index(letter)].key for at, letter in enumerate(letters)
    )


@patient
@given(
    sound_flows(max_inner=7, max_ends=4),
    st.dictionaries(st.text("ABCDZ", max_size=9), st.integers(1, 1000), max_size=30),
)
def test_whatever_was_counted_nothing_is_below_zero_or_more_than_was_seen(sound, views: Mapping[str, int]) -> None:
    found = traffic(sound.flow, views)

    assert all(0 <= node.ended <= node.reached for node in found.values())
    assert sum(node.reached for node in found.values()) <= sum(views.values())
    assert len(most_walked(sound.flow, views)) <= 10


def test_nothing_counted_is_nothing_reached() -> None:
    found = traffic(a_flow(), {})

    assert set(found.values()) == {Traffic()}
    assert most_walked(a_flow(), {}) == []


def test_people_stop_where_fewer_views_follow() -> None:
    views = {"": 10, "A": 7, "AA": 2, "AB": 1, "B": 1}

    found = traffic(a_flow(), views)

    assert found == {
        "site": Traffic(10, 2),
        "try": Traffic(7, 4),
        "wait": Traffic(2, 2),  # after "no", and after a repair that did not help
        "done": Traffic(2, 2),
        "ask": Traffic(0, 0),
    }


def test_a_stop_opened_from_the_map_makes_no_other_stop_go_below_zero() -> None:
    found = traffic(a_flow(), {"": 1, "A": 5, "B": 5})

    assert found["site"] == Traffic(1, 0)


def test_letters_that_stand_for_nothing_take_nothing_from_what_came_before_them() -> None:
    found = traffic(a_flow(), {"": 3, "Z": 2, "BB": 1, "B": 1})

    assert found["site"] == Traffic(3, 2)
    assert found["wait"] == Traffic(1, 1)


def test_of_equally_walked_paths_the_shorter_comes_first_and_no_more_than_asked_for_are_listed() -> None:
    views = {"": 9, "A": 6, "AC": 2, "AB": 2, "B": 2}

    paths = most_walked(a_flow(), views, at_most=4)

    assert [(path.walks, path.walk.trail, path.is_finished) for path in paths] == [
        (2, (("site", "yes"),), False),
        (2, (("site", "no"),), True),
        (2, (("site", "yes"), ("try", "not-fixed")), True),
        (2, (("site", "yes"), ("try", "could-not")), True),
    ]
