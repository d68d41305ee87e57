import re

import pytest
from django.test import Client
from hypothesis import given

from kb.drawing.flowtext import graphviz, mermaid
from kb.drawing.flowtree import Label
from kb.flow import Flow
from tests.factories import a_flow
from tests.strategies import SoundFlow, sound_flows


def arrows(flow: Flow) -> int:
    return sum(len(flow.targets(key)) for key in flow.by_key)


@given(sound=sound_flows())
def test_the_texts_have_exactly_the_nodes_and_edges_of_the_flow(sound: SoundFlow) -> None:
    drawn = mermaid(sound.flow, {})
    dotted = graphviz(sound.flow, {})

    assert len(re.findall(r"(?m)^  n\d+[({\[>]", drawn)) == len(sound.flow.nodes)
    assert len(re.findall(r"(?m)^  n\d+ -->\|", drawn)) == arrows(sound.flow)
    assert len(re.findall(r"(?m)^  n\d+ \[shape=", dotted)) == len(sound.flow.nodes)
    assert len(re.findall(r"(?m)^  n\d+ -> n\d+ \[label=", dotted)) == arrows(sound.flow)


def test_quotes_and_marks_in_words_can_not_break_out() -> None:
    labels = {"site": Label('A "quoted" <b>|#1|</b> \\ end')}

    drawn = mermaid(a_flow(), labels)
    dotted = graphviz(a_flow(), labels)

    assert 'n0("A #quot;quoted#quot; #lt;b#gt;#124;#35;1#124;#lt;/b#gt; \\ end")' in drawn
    assert r'label="A \"quoted\" <b>|#1|</b> \\ end"' in dotted


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", ["mmd", "dot"])
def test_the_map_can_be_saved(client: Client, suffix: str) -> None:
    answer = client.get(f"/triage/102/map.{suffix}")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="triage-102.{suffix}"'
    assert client.get(f"/triage/999/map.{suffix}").status_code == 404
