import math
import re
from itertools import combinations, pairwise

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from kb.drawing import flowtree, lettering
from kb.drawing.flowchart import WIDTH, Box, Chart, Drawing, Shape, State, draw
from kb.drawing.flowtree import Item, Label, outline
from kb.flow import Flow, Jump, Option, Question
from tests.strategies import SoundFlow, draft_flows, odd_texts, sound_flows

LONG = "Is the connection that QuickBooks keeps to your bank, credit union or card company waiting for approval?"
LABELS = st.builds(Label, st.one_of(odd_texts, st.just(LONG)), odd_texts)

type Area = tuple[float, float, float, float]  # left, top, right, bottom


def question(key: str, *targets: str) -> Question:
    return Question(key, f"Question {key}?", tuple(Option(f"a{n}", f"Answer {n}", to) for n, to in enumerate(targets)))


def end(key: str) -> Jump:
    return Jump(key, "103", f"End {key}")


SHARED = Flow(
    "a",
    (question("a", "b", "c", "x"), question("b", "x", "y"), question("c", "b", "y", "y"), end("x"), end("y")),
)
"""b and both ends have several parents; a → c → b is the way past most nodes."""

HREF = {key: f"/{key}/" for key in "abcxy"}


def edges_of(flow: Flow) -> dict[tuple[str, str], tuple[str, ...]]:
    edges: dict[tuple[str, str], tuple[str, ...]] = {}
    for node in flow.by_key.values():
        for option in node.options:
            way = (node.key, option.to)
            edges[way] = (*edges.get(way, ()), option.label.strip() or option.key)
    return edges


def lines_of(chart: Chart) -> list[Area]:
    """What the lines cover, 3 units thick; a bend counts as the whole square around it."""
    pieces = []
    for edge in chart.edges:
        pieces.append((edge.x, edge.start, edge.x, edge.end))
        if edge.turn:
            turn = re.fullmatch(r"q0 (\d+) \1 \1H(\d+)", edge.turn)
            assert turn is not None
            bend, right = int(turn[1]), int(turn[2])
            pieces.append((edge.x, edge.end, edge.x + bend, edge.end + bend))
            pieces.append((edge.x + bend, edge.end + bend, right, edge.end + bend))
    return [(left - 1.5, top - 1.5, right + 1.5, bottom + 1.5) for left, top, right, bottom in pieces]


def words_of(box: Box, *, is_mini: bool) -> list[Area]:
    """What title, note and pill cover at most; letters reach 3/4 of their size up from the baseline."""
    size = 18 if is_mini else 15
    lines = [*((line, size) for line in box.title), *((line, 13) for line in box.note)]
    areas: list[Area] = [
        (line.x, line.y - of * 3 / 4, line.x + lettering.width(line.text, of), line.y + of / 4) for line, of in lines
    ]
    if box.pill:
        areas.append((box.pill.x, box.pill.y, box.pill.x + box.pill.width, box.pill.y + box.pill.height))
    return areas


def answers_of(box: Box, *, is_mini: bool) -> list[Area]:
    """What the lines of text in the pill cover at most."""
    size = 16 if is_mini else 13
    return [
        (line.x - half, line.y - size * 3 / 4, line.x + half, line.y + size / 4)
        for line in (box.pill.lines if box.pill else ())
        for half in [lettering.width(line.text, size) / 2]
    ]


def is_within(inner: Area, outer: Area) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def area(box: Box) -> Area:
    return box.x, box.y, box.x + box.width, box.y + box.height


def squeezed(text: str) -> str:
    return "".join(text.split())


def assert_nothing_collides(chart: Chart) -> None:
    lines = lines_of(chart)
    for above, below in combinations(map(area, chart.rows), 2):
        assert not overlap(above, below)
    for box in chart.rows:
        assert is_within(area(box), (0, 0, WIDTH, chart.height))
        words = words_of(box, is_mini=chart.is_mini)
        for word in words:
            assert is_within(word, area(box))
            assert not any(overlap(word, line) for line in lines)
        for one, other in combinations(words, 2):
            assert not overlap(one, other)
        for answer in answers_of(box, is_mini=chart.is_mini):
            assert is_within(answer, words[-1])


def flatten(items: tuple[Item, ...]) -> list[Item]:
    return [found for item in items for found in (item, *flatten(item.items))]


@given(
    flow=st.one_of(draft_flows(), sound_flows().map(lambda sound: sound.flow)),
    mini=st.booleans(),
    data=st.data(),
)
def test_a_drawing_has_exactly_the_nodes_and_edges_of_the_flow_and_nothing_collides(
    flow: Flow, mini: bool, data: st.DataObject
) -> None:
    labels = {key: data.draw(LABELS) for key in flow.by_key}

    chart = draw(flow, labels=labels, mini=mini)

    assert sorted(box.key for box in chart.boxes) == sorted(flow.by_key)
    assert len(chart.edges) == len(edges_of(flow))
    assert {(edge.source, edge.target): edge.labels for edge in chart.edges} == edges_of(flow)
    assert_nothing_collides(chart)
    assert draw(flow, labels=labels, mini=mini) == chart


@given(flow=draft_flows(), data=st.data())
def test_words_are_never_cut(flow: Flow, data: st.DataObject) -> None:
    labels = {key: data.draw(LABELS) for key in flow.by_key}

    chart = draw(flow, labels=labels)

    for box in chart.boxes:
        title = "".join(line.text for line in box.title)
        assert squeezed(title) == squeezed(flowtree.label_of(flow, box.key, labels).title)
    for edge in chart.edges:
        box = next(row for row in chart.rows if (row.source, row.key) == (edge.source, edge.target))
        assert box.pill is not None
        assert squeezed("".join(line.text for line in box.pill.lines)) == squeezed(" · ".join(edge.labels))


@given(sound_flows())
def test_every_line_of_a_sound_flow_leads_down_and_branches_stay_near_the_rail(sound: SoundFlow) -> None:
    chart = draw(sound.flow, labels={})
    places = flowtree.places(flowtree.graph(sound.flow))
    tops = {box.key: box.y for box in chart.boxes}

    assert all(tops[edge.source] < tops[edge.target] for edge in chart.edges)
    assert {box.shape for box in chart.connectors} <= {Shape.BELOW}
    assert max(place.level for place in places) <= math.log2(len(sound.flow.nodes)) + 1
    assert not any(box.is_unreached for box in chart.boxes)


@given(flow=draft_flows(), data=st.data())
def test_the_outline_holds_every_node_once_in_full_and_every_edge(flow: Flow, data: st.DataObject) -> None:
    trail = data.draw(st.lists(st.sampled_from(sorted(flow.by_key)), max_size=4)) if flow.by_key else []

    items = flatten(outline(flow, labels={}, href={key: f"/{key}/" for key in flow.by_key}, trail=trail))

    assert sorted(item.key for item in items if not item.is_elsewhere) == sorted(flow.by_key)
    assert sum(bool(item.answer) for item in items) == len(edges_of(flow))
    assert [item.key for item in items if item.is_here] == trail[-1:]
    assert all(bool(item.href) == (item.key in flow.by_key) for item in items)


@given(flow=st.one_of(draft_flows(), sound_flows().map(lambda sound: sound.flow)), data=st.data())
def test_a_walk_is_drawn_with_its_nodes_and_the_answers_it_now_has(flow: Flow, data: st.DataObject) -> None:
    trail = [flow.start] if flow.start in flow.by_key else []
    while trail and bool(data.draw(st.booleans(), "does the walk go on?")):
        trail += data.draw(st.sampled_from([[key] for key in flow.targets(trail[-1]) if key not in trail] or [[]]))

    chart = draw(flow, labels={}, mini=True, around=trail)

    if trail:
        assert {box.key for box in chart.boxes} == {*trail, *flow.targets(trail[-1])}
        onward = {way for way in edges_of(flow) if way[0] == trail[-1]}
        assert {(edge.source, edge.target) for edge in chart.edges} == {*pairwise(trail), *onward}
    assert_nothing_collides(chart)


@given(flow=draft_flows(), data=st.data())
def test_what_a_walk_has_not_passed_is_ahead(flow: Flow, data: st.DataObject) -> None:
    chart = draw(flow, labels={})
    trail = data.draw(st.lists(st.sampled_from(sorted(flow.by_key)), unique=True)) if flow.by_key else []

    rows = chart.linked({}, trail).rows

    states = {row.box.key: row.state for row in rows if not row.box.is_connector}
    assert [key for key in trail if states[key] is State.NONE] == trail[:-1]
    assert [key for key, state in states.items() if state is State.HERE] == trail[-1:]
    passed = {(row.box.source, row.box.key) for row in rows if row.box.is_connector and row.state is State.NONE}
    assert passed <= set(pairwise(trail)) or not trail


def test_the_answer_past_most_nodes_stays_on_the_rail_and_the_others_turn_off_before_it() -> None:
    chart = draw(SHARED, labels={})

    assert [(row.source, row.key, row.shape) for row in chart.rows] == [
        ("", "a", Shape.QUESTION),
        ("a", "b", Shape.BELOW),
        ("a", "x", Shape.BELOW),
        ("a", "c", Shape.QUESTION),
        ("c", "y", Shape.BELOW),
        ("c", "b", Shape.QUESTION),
        ("b", "x", Shape.JUMP),
        ("b", "y", Shape.JUMP),
    ]
    assert {row.stop_x for row in chart.rows if row.key in "acb" and not row.is_connector} == {20}


def test_options_with_the_same_target_share_one_line() -> None:
    chart = draw(SHARED, labels={})

    pill = next(row.pill for row in chart.rows if (row.source, row.key) == ("c", "y"))

    assert pill is not None
    assert " ".join(line.text for line in pill.lines) == "Answer 1 · Answer 2"


def test_a_walk_that_passes_a_turn_leaves_the_rail_solid_and_the_turn_ahead() -> None:
    drawing = draw(SHARED, labels={}).linked(HREF, ["a", "c"])

    edge = next(edge for edge in drawing.chart.edges if (edge.source, edge.target) == ("a", "b"))

    states = {rail.d: rail.state for rail in drawing.rails}
    assert states[f"M{edge.x} {edge.start}V{edge.end}"] is State.NONE
    assert states[f"M{edge.x} {edge.end}{edge.turn}"] is State.AHEAD


def test_a_walk_that_took_a_connector_has_passed_it() -> None:
    rows = draw(SHARED, labels={}).linked(HREF, ["a", "x"]).rows

    states = {(row.box.source, row.box.key): row.state for row in rows}

    assert states["a", "x"] is State.NONE
    assert states["a", "b"] is State.AHEAD
    assert states["b", "x"] is State.HERE


def test_a_cycle_is_cut_by_a_connector_that_leads_up() -> None:
    chart = draw(Flow("a", (question("a", "b"), question("b", "a", "b"))), labels={})

    assert [(box.source, box.key, box.shape) for box in chart.connectors] == [
        ("b", "a", Shape.ABOVE),
        ("b", "b", Shape.ABOVE),
    ]


@pytest.mark.parametrize(("target", "words"), [("", "Leads nowhere"), ("z", "Leads nowhere: there is no “z”")])
def test_an_answer_without_a_target_leads_nowhere(target: str, words: str) -> None:
    (box,) = draw(Flow("a", (question("a", target),)), labels={}).connectors

    assert box.shape is Shape.NOWHERE
    assert " ".join(line.text for line in box.title) == words


def test_nodes_that_no_path_reaches_come_last_and_say_so() -> None:
    chart = draw(Flow("a", (end("lost"), question("s", "t"), end("t"), end("a"))), labels={"s": Label("S", "Question")})

    assert [box.key for box in chart.boxes] == ["a", "lost", "s", "t"]
    assert [box.is_unreached for box in chart.boxes] == [False, True, True, True]
    assert [line.text for line in chart.boxes[2].note] == ["Question", "No path leads here"]


def test_a_flow_without_a_start_is_drawn_from_the_nodes_that_nothing_leads_to() -> None:
    chart = draw(Flow("gone", (end("x"), question("a", "x"))), labels={})

    assert [box.key for box in chart.boxes] == ["a", "x"]
    assert not any(box.is_unreached for box in chart.boxes)


def test_a_flow_without_nodes_is_an_empty_drawing() -> None:
    assert draw(Flow("", ()), labels={}) == Chart(0, (), (), ())


def test_a_very_long_draft_is_drawn() -> None:
    chain = Flow("n0", tuple(question(f"n{at}", f"n{at + 1}") for at in range(300)))

    assert len(draw(chain, labels={}).boxes) == 300


def svg(drawing: Drawing, title: str = "Map of the triage") -> str:
    return render_to_string("partials/_flowchart.html", {"drawing": drawing, "title": title, "prefix": "map"})


def test_the_drawing_is_a_named_group_of_links_and_the_present_node_is_current() -> None:
    html = svg(draw(SHARED, labels={}).linked(HREF, ["a", "c"]), "Map of <Error 102>")

    assert 'role="group" aria-labelledby="map-drawing"' in html
    assert '<title id="map-drawing">Map of &lt;Error 102&gt;</title>' in html
    assert html.count('href="') == 8
    assert re.findall(r'<a href="([^"]*)" data-state="here" aria-current="step">', html) == ["/c/"]
    assert html.count('data-state="ahead"') == 6 + 6  # lines and rows
    assert set(re.findall(r'\bid="([^"]*)"', html)) == {"map-drawing"}
    assert "style=" not in html


def test_a_connector_that_leads_nowhere_is_no_link() -> None:
    html = svg(draw(Flow("a", (question("a", "gone"),)), labels={}).linked({"a": "/a/"}))

    assert html.count("href=") == 1
    assert 'class="cut"' in html


def test_words_of_editors_are_escaped_and_their_lines_are_kept_apart() -> None:
    labels = {"x": Label(f"<b> & {LONG}", "“Yes” & <i>")}

    html = svg(draw(Flow("x", (end("x"),)), labels=labels).linked({"x": "/?a=1&b=2"}))

    assert "<b>" not in html
    assert "<i>" not in html
    assert 'href="/?a=1&amp;b=2"' in html
    text = re.sub(r"<[^>]*>", "", html)
    assert f"&lt;b&gt; &amp; {LONG}" in text


def test_the_outline_nests_and_refers_to_what_is_listed_elsewhere() -> None:
    items = outline(SHARED, labels={"x": Label("End x", "Call the bank")}, href=HREF, trail=["a", "c"])

    html = render_to_string("partials/_flow_outline.html", {"items": items})

    assert '<b>Answer 0</b> → continue at <a href="/b/">Question b?</a>' in html
    assert '<b>Answer 1</b> → <a href="/c/" aria-current="step">Question c?</a>' in html
    assert html.count("<ul") == html.count("</ul>") == 4
    assert html.count("Call the bank") == 1
    assert html.count('class="outline"') == 1


def test_the_outline_says_what_is_wrong_with_a_draft() -> None:
    items = outline(Flow("a", (question("a", ""), end("lost"))), labels={}, href={"a": "/a/", "lost": "/lost/"})

    html = render_to_string("partials/_flow_outline.html", {"items": items})

    assert "<b>Answer 0</b> → Leads nowhere" in html
    assert re.search(r"End lost</a>\s*<span class=\"hint\">No path leads here</span>", html)
