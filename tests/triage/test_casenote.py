import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.document import Cost, Document
from kb.figures import DAY, Duration, Level
from kb.flow import Actor, Disposition, Flow, Question, Repair
from tests.factories import a_flow, an_error, an_outcome
from tests.strategies import SoundFlow, sound_flows
from triage.casenote import Heading, case_note
from triage.walk import replay

small_flows = sound_flows(max_inner=7, max_ends=5)
HEADING = Heading("Bank Feed Clinic", "https://clinic.example/triage/700/wait/?site=no&v=3", "700-3-B", 3)
# What Markdown and HTML would leave behind.
MARKS = re.compile(r"\*\*|__|\[\[|\]\]|\[\^|\]\(|\+\+|`|</?[a-z]+[ >]|&[a-z]+;|&#", re.IGNORECASE)


def note_of(document: Document, **answers: str) -> str:
    assert document.flow is not None
    given_answers = {key.replace("_", "-"): value.replace("_", "-") for key, value in answers.items()}
    return case_note(document, replay(document.flow, given_answers), HEADING)


def an_error_with(*outcomes: str, **changes: object) -> Document:
    """The factory's error, with these changes to the outcomes of these keys."""
    flow = a_flow()
    nodes = tuple(replace(node, **changes) if node.key in outcomes else node for node in flow.nodes)
    return an_error(flow=Flow(flow.start, nodes))


def test_a_note_says_where_it_comes_from_and_how_to_get_back() -> None:
    lines = note_of(an_error(), site="no").splitlines()

    assert lines[:3] == [
        "Bank Feed Clinic: case note",
        "Error 700: Title of 700",
        "Revision 3, reviewed 2026-11-01",
    ]
    assert lines[-2:] == ["Code: 700-3-B", "Link: https://clinic.example/triage/700/wait/?site=no&v=3"]


def test_a_note_before_the_first_answer_says_so_and_has_no_code() -> None:
    document = an_error()
    assert document.flow is not None

    note = case_note(document, replay(document.flow, {}), replace(HEADING, code=""))

    assert "(none yet)" in note
    assert "Next question: Does the bank’s site open?" in note
    assert "Code:" not in note


def test_a_note_holds_every_answer_in_order_and_in_words() -> None:
    note = note_of(an_error(), site="yes", **{"try": "could-not"})

    answers = re.findall(r"^\d\. .*$", note, re.MULTILINE)
    assert answers[0] == "1. Does the bank’s site open? - Yes"
    assert answers[1].startswith("2. Tried: Ask once - I couldn’t do it")
    assert len(answers) == 2


def test_a_note_holds_what_an_answer_means_in_practice() -> None:
    flow = a_flow()
    question = flow.by_key["site"]
    assert isinstance(question, Question)
    detailed = replace(
        question, options=tuple(replace(option, detail=f"Detail of {option.key}") for option in question.options)
    )
    document = an_error(flow=Flow("site", (detailed, *flow.nodes[1:])))

    note = note_of(document, site="no")

    assert "1. Does the bank’s site open? - No (Detail of no)" in note


@pytest.mark.parametrize(
    ("verdict", "words"), [("fixed", "it worked"), ("not-fixed", "No, same error"), ("could-not", "I couldn’t do it")]
)
def test_a_note_holds_the_verdict_on_each_tried_step(verdict: str, words: str) -> None:
    note = note_of(an_error(), site="yes", **{"try": verdict})

    tried = next(line for line in note.splitlines() if "Tried:" in line)
    assert words in tried


def test_a_note_of_a_repair_says_what_is_being_tried() -> None:
    note = note_of(an_error(), site="yes")

    assert "Now trying: Ask once" in note


def test_a_note_holds_every_part_of_the_outcome() -> None:
    document = an_error_with(
        "wait",
        text="The bank rests",
        disposition=Disposition.CALL_BANK,
        who=Actor.BANK,
        time=Duration(3 * DAY, 5 * DAY),
        data_risk=Level.HIGH,
        data_risk_text="Lines may be missing.",
        do_now="Call the **number** on your card.",
        costs=("check",),
        hard_stop="Do not [disconnect](https://bank.example).",
        if_it_fails="Go on with [[103|the sign-in]].",
    )

    lines = note_of(document, site="no").splitlines()

    for line in (
        "Finding: The bank rests",
        "Kind: Call your bank",
        "Who acts: Your bank",
        "How long: 3 to 5 days",
        "Data risk: high. Lines may be missing.",
        "Do now: Call the number on your card.",
        "Cost: $60–$120 (A check) if you hire help",
        "Hard stop: Do not disconnect.",
        "If that fails: Go on with the sign-in.",
    ):
        assert line in lines


def test_a_note_names_the_error_that_the_finding_points_to() -> None:
    document = an_error_with("wait", disposition=Disposition.OTHER_ERROR, error="108", causes=())

    lines = note_of(document, site="no").splitlines()

    assert lines[lines.index("Kind: This is another error") + 1] == "Points to: Error 108"
    assert "Points to:" not in note_of(an_error(), site="no")


def test_an_outcome_without_hard_stop_time_or_fallback_leaves_them_out() -> None:
    document = an_error_with("done", time=None, if_it_fails="")

    note = note_of(document, site="yes", **{"try": "fixed"})

    assert "Finding: Finding done" in note
    for part in ("Hard stop:", "How long:", "If that fails:"):
        assert part not in note


def test_help_costs_what_the_outcome_names_or_nothing() -> None:
    dear = Cost("repair", "A repair", Decimal(150), Decimal(350), "An hour.", date(2026, 11, 1))
    document = an_error_with("wait", costs=("check", "repair"))

    both = note_of(replace(document, costs=(*document.costs, dear)), site="no")
    free = note_of(an_error(), site="no")

    assert "Cost: $60–$120 (A check), or $150–$350 (A repair) if you hire help" in both
    assert "Cost: free" in free


MARKED = (
    "**Wait** until __tomorrow__[^intuit], press ++Update++ `once`; see [[103]], [[102|the other]], [[manual-import]]"
    " and [the page](https://intuit.example/page)."
)


def test_marks_of_markdown_do_not_reach_the_note() -> None:
    document = an_error_with("wait", do_now=MARKED, hard_stop=MARKED, if_it_fails=MARKED, data_risk_text=MARKED)

    note = note_of(document, site="no")

    plain = "Wait until tomorrow, press Update once; see Error 103, the other, manual import and the page."
    assert note.count(plain) == 4
    assert MARKS.findall(note) == []


def test_signs_that_html_would_escape_stay_as_they_are() -> None:
    document = an_error_with("wait", text="Smith & Sons’ bank <closed> says “no”")

    note = note_of(document, site="no")

    assert "Finding: Smith & Sons’ bank <closed> says “no”" in note


@given(sound=small_flows, data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_trail_and_note_agree_on_every_walk(sound: SoundFlow, data: st.DataObject) -> None:
    document = an_error(flow=sound.flow, causes=())
    walk = replay(sound.flow, {})
    while walk.end.options and data.draw(st.booleans()):
        walk = walk.answering(walk.end.key, data.draw(st.sampled_from(walk.end.options)).key)

    note = case_note(document, walk, HEADING)

    answers = re.findall(r"^\d\. .*$", note, re.MULTILINE)
    assert len(answers) == len(walk.taken)
    for step, line in zip(walk.taken, answers, strict=True):
        assert step.option.label in line
        assert isinstance(step.node, Repair) == ("Tried: " in line)
    assert note.endswith(f"Link: {HEADING.link}\n")


def test_the_note_of_an_outcome_is_complete_for_every_factory_path() -> None:
    document = an_error(flow=Flow("site", (*a_flow().nodes[:2], *(an_outcome(key) for key in ("wait", "ask", "done")))))

    for answers in ({"site": "no"}, {"site": "yes", "try": "fixed"}, {"site": "yes", "try": "could-not"}):
        note = note_of(document, **answers)

        for part in ("Finding:", "Kind:", "Who acts:", "How long:", "Data risk:", "Do now:", "Cost:", "If that fails:"):
            assert f"\n{part} " in note
