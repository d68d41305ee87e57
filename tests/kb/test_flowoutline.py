from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb import document
from kb.document import Document
from kb.figures import HOUR, Duration, Level
from kb.flow import Actor, Answer, Disposition, Flow, Jump, Option, Outcome, Question, Repair
from kb.flowoutline import dump, dump_node, parse, parse_with_lines
from kb.problems import DocumentInvalid, Problem
from tests.factories import a_flow, an_outcome
from tests.strategies import SoundFlow, documents, draft_flows, sound_flows

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.md"))

A_FLOW = """\
question site: Does the bank’s site open?
  → yes: Yes
    step try: update
      → fixed
        outcome done: Finding done
      → not-fixed
        outcome wait: Finding wait
      → could-not
        outcome ask: Finding ask
  → no: No → wait
  → not-sure: I’m not sure → wait

about site

about try
"""


def faults(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(DocumentInvalid) as refused:
        parse(text)
    return [(problem.line, problem.message) for problem in refused.value.problems]


def flow_or_problems(text: str) -> tuple[Flow | None, tuple[Problem, ...]]:
    try:
        return parse(text), ()
    except DocumentInvalid as refused:
        return None, refused.problems


# There and back


@given(sound_flows())
def test_a_sound_flow_comes_back_from_its_outline(sound: SoundFlow) -> None:
    assert parse(dump(sound.flow)) == sound.flow


@given(draft_flows())
def test_a_half_finished_flow_comes_back_from_its_outline(flow: Flow) -> None:
    assert parse(dump(flow)) == flow


@given(documents().filter(lambda document: document.flow is not None))
def test_whatever_a_flow_says_comes_back_from_its_outline(document: Document) -> None:
    assert document.flow is not None
    assert parse(dump(document.flow)) == document.flow


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_published_flow_comes_back_from_its_outline(path: Path) -> None:
    flow = document.parse(path.read_text(encoding="utf-8")).flow

    assert flow is None or parse(dump(flow)) == flow


TRICKY = [
    "→",
    "a → b",
    "a -> b",
    "a => b",
    "a | b",
    '"',
    '"quoted"',
    '"begun',
    "no: such key",
    "question x: y",
    "about site",
    "{}",
    "\\",
    "\N{NO-BREAK SPACE}",
    "a\tb",
    "a\n\tb",
    "a\n\N{NO-BREAK SPACE}b",
    "a\n\n  - b\n    c",
    "- a\n- b",
    "a\N{LINE SEPARATOR}b",
    "x ---> y",
    "-",
]


@given(st.sampled_from(TRICKY), st.sampled_from(TRICKY))
@example("", "a | b")
def test_words_that_look_like_marks_are_still_words(words: str, other: str) -> None:
    flow = Flow(
        "q",
        (
            Question("q", words, (Option("a", words, "q", other), Option("b", other, words)), help=other, where=words),
            Repair("s", other, words, "q", other, short=words),
            Jump("j", words, other, answers=(Answer("a", "b"),)),
            an_outcome("o", costs=("a,b", '"c', "d"), lead=words),
        ),
    )

    assert parse(dump(flow)) == flow


@given(st.text(max_size=200) | st.lists(st.sampled_from(A_FLOW.split("\n")), max_size=8).map("\n".join))
def test_any_text_is_read_or_refused_with_sentences(text: str) -> None:
    flow, problems = flow_or_problems(text)

    assert all(problem.line and problem.message for problem in problems)
    assert flow is None or parse(dump(flow)) == flow


@given(draft_flows(), st.sampled_from(["\t", "   ", "\N{NO-BREAK SPACE}"]), st.sampled_from(["\r\n", "\n", "\r"]))
def test_any_even_indentation_and_any_line_ends_will_do(flow: Flow, unit: str, end: str) -> None:
    lines = dump(flow).split("\n")
    widened = [line.replace("  ", unit, (len(line) - len(line.lstrip(" "))) // 2) for line in lines]

    assert parse(end.join(widened)) == flow


# What it looks like


def test_path_stands_first_and_a_shared_stop_once() -> None:
    assert dump(a_flow()).startswith(A_FLOW)


def test_prose_of_several_lines_is_indented_below_its_name() -> None:
    outcome = replace(a_flow().by_key["wait"], do_now="1. Wait.\n   - Long.\n\n2. Look.", time=Duration(HOUR, 2 * HOUR))

    text = dump_node(replace(a_flow(), nodes=(outcome,)), "wait")

    assert text == (
        "outcome wait: Finding wait\n\n"
        "about wait\n"
        "  disposition: wait\n"
        "  who: bank\n"
        "  do now:\n"
        "    1. Wait.\n"
        "       - Long.\n\n"
        "    2. Look.\n"
        "  data risk: low\n"
        "  data risk text: Nothing changed.\n"
        "  time: 1-2 h\n"
        "  time source: estimate\n"
        "  causes: outage\n"
        "  if it fails: Call the bank.\n"
    )


def test_every_time_says_where_it_comes_from() -> None:
    outcome = an_outcome("wait", time=Duration(12 * HOUR, 24 * HOUR))

    outlines = [dump_node(Flow("wait", (node,)), "wait") for node in (outcome, replace(outcome, time_source="bank"))]

    assert "  time: 12-24 h\n  time source: estimate\n" in outlines[0]
    assert "  time: 12-24 h\n  time source: bank\n" in outlines[1]


def test_stops_that_no_path_leads_to_stand_below_the_path() -> None:
    stray = Question("stray", "Lost?", (Option("yes", "Yes", "wait"), Option("no", "No", "lost")))
    flow = replace(a_flow(), nodes=(*a_flow().nodes, stray, Jump("lost", "103", "Go on")))

    path = dump(flow).partition("\n\nabout")[0].split("\n\n")

    assert path[1:] == ["question stray: Lost?\n  → yes: Yes → wait\n  → no: No\n    jump lost: Go on\n      to: 103"]


def test_a_path_too_deep_to_be_read_goes_on_at_the_margin() -> None:
    flow = Flow("q0", tuple(Question(f"q{at}", "?", (Option("on", "On", f"q{at + 1}"),)) for at in range(200)))

    text = dump(flow)

    assert max(len(line) - len(line.lstrip()) for line in text.split("\n")) <= 40
    assert "\n\nquestion q10: ?\n" in text
    assert parse(text) == flow


# What people type


def test_keys_may_be_left_out() -> None:
    flow = parse(
        """
        Question: Does the bank’s site open?
            -> Yes
                outcome: All is well
            -> No, it’s down | a blank page
                outcome: Wait until tomorrow
            -> I’m not sure
                outcome: Wait until tomorrow
        """
    )

    assert flow.start == "does-the-banks-site-open"
    question = flow.by_key[flow.start]
    assert question.options == (
        Option("yes", "Yes", "all-is-well"),
        Option("no-its-down", "No, it’s down", "wait-until-tomorrow", "a blank page"),
        Option("not-sure", "I’m not sure", "wait-until-tomorrow-2"),
    )


def test_what_is_about_a_stop_may_stand_right_below_it() -> None:
    flow = parse(
        "question q: Is it?\n"
        "  why: Since\n"
        "    it matters.\n"
        "  → yes: Yes\n"
        "    detail: It is.\n"
        "    outcome o: Done\n"
        "      disposition: self fix\n"
        "      Who: you\n"
        "      data_risk: low\n"
        "      time: 5 min\n"
        "      costs: check, import\n"
        "      causes: outage\n"
        "  → no: No\n"
        "    jump j: Elsewhere\n"
        "      to: 103\n"
        "      answers: site=yes boxes=no\n"
    )

    assert flow.by_key["q"] == Question(
        "q", "Is it?", (Option("yes", "Yes", "o", "It is."), Option("no", "No", "j")), why="Since\nit matters."
    )
    assert flow.by_key["o"] == Outcome(
        key="o",
        text="Done",
        disposition=Disposition.SELF_FIX,
        who=Actor.YOU,
        do_now="",
        data_risk=Level.LOW,
        data_risk_text="",
        time=Duration(300, 300),
        costs=("check", "import"),
        causes=("outage",),
    )
    assert flow.by_key["j"] == Jump("j", "103", "Elsewhere", answers=(Answer("site", "yes"), Answer("boxes", "no")))


def test_answers_to_a_step_are_read_in_words() -> None:
    flow = parse("step s: update\n  → fixed → a\n  → Not fixed → b\n  → couldn’t → c")

    assert flow.by_key["s"] == Repair("s", "update", fixed="a", not_fixed="b", could_not="c")


def test_stops_are_listed_in_the_order_in_which_they_are_written_about() -> None:
    flow = parse("outcome a: A\noutcome b: B\noutcome c: C\n\nabout c\n\nabout a")

    assert [node.key for node in flow.nodes] == ["c", "a", "b"]


def test_each_stop_is_found_on_its_line() -> None:
    assert parse_with_lines(A_FLOW)[1] == {"site": 1, "try": 3, "done": 5, "wait": 7, "ask": 9}


def test_nothing_is_a_flow_without_stops() -> None:
    assert parse(" \n\t\n") == Flow("")


# What is refused, and what to do


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "question q: Is it?\n  → yes: Yes → a\n\t→ no: No → b",
            3,
            "this line is indented with tabs, line 2 with spaces: use spaces in every line",
        ),
        (
            "question q: Is it?\n\t→ yes: Yes → a\n    → no: No → b",
            3,
            "this line is indented with spaces, line 2 with tabs: use tabs in every line",
        ),
        (
            "question q: Is it?\n  \t→ yes: Yes → a",
            2,
            "this line is indented with tabs, line 2 with spaces: use spaces in every line",
        ),
        (
            "question q: Is it?\n    → yes: Yes → a\n  → no: No → b",
            3,
            "this line stands 2 from the left, but its neighbor in line 2 4: line up the two, or indent this one"
            " further",
        ),
        (
            "question q: Is it?\n  hepl: Look.",
            2,
            "“hepl” is no part of a stop of the kind question; did you mean “help”?",
        ),
        (
            "question q: Is it?\n  price: 5",
            2,
            "“price” is no part of a stop of the kind question; it can have: short, help, why, where, guards, observes",
        ),
        (
            "outcome o: Done\n  do now: Wait\n  until tomorrow.",
            3,
            "“until tomorrow.” begins with no name and colon; if it belongs to the words above, indent it further",
        ),
        (
            "question q: Is it?\n  → yes: Yes\n    outcome q: Done",
            3,
            "“q” is the key of the stop in line 1 already: give this one another key, or lead to that one with"
            " “→ q” behind the answer",
        ),
        (
            "question q: Is it?\n  → yes: Yes\n  → yes: No",
            3,
            "“yes” is the key of another answer here: give this one a key of its own",
        ),
        ("question q: Is it?\n  help: a\n  help: b", 3, "“help” is given in line 2 already: keep one of the two"),
        (
            "question q: Is it?\n  why: a\n\nabout q\n  why: b",
            5,
            "“why” is given in line 2 already: keep one of the two",
        ),
        ("question Q: Is it?", 1, "“Q” can’t be a key: use small letters, figures and hyphens, 40 at most"),
        (
            f"question {'q' * 41}: Is it?",
            1,
            f"“{'q' * 40}” can’t be a key: use small letters, figures and hyphens, 40 at most",
        ),
        (
            f"question q: Is it?\n  → {'y' * 41}: Yes",
            2,
            f"“{'y' * 40}” is too long for a key: 40 characters are the most",
        ),
        ("question Is it?", 1, "“question Is it?” lacks its colon: write “question:” and the words"),
        ("Is it?", 1, "“Is it?” is no stop: begin with “question:” and the question"),
        (
            "outcome o: Done\nsome words",
            2,
            "“some words” is no stop: indent it below the stop that it is about, or begin the line with question,"
            " step, outcome, jump or about",
        ),
        ("about", 1, "“about” is not finished: write “about” and the key of a stop"),
        (
            "outcome done: Done\n\nabout dnoe\n  lead: So.",
            3,
            "the path has no stop “dnoe”: add it there, or take this part away; did you mean “done”?",
        ),
        ("outcome o: Done\n\nabout o\n  → yes: Yes", 4, "answers and stops stand in the path, not here"),
        ("→ yes: Yes", 1, "this answer belongs to no question: put it below one, and indent it further"),
        (
            "question q: Is it?\n  outcome o: Done",
            2,
            "this stop has no answer above it that leads here: write one, such as “→ Yes”",
        ),
        (
            "question q: Is it?\n  → yes: Yes\n    → no: No",
            3,
            "an answer stands below a question, not below another answer: indent it less",
        ),
        (
            "question q: Is it?\n  → yes: Yes\n    outcome a: A\n    outcome b: B",
            4,
            "an answer leads to one stop only: write one more answer for this one",
        ),
        (
            "question q: Is it?\n  → yes: Yes → b\n    outcome a: A",
            2,
            "this answer leads to “b” and to the stop below it: take one of them away",
        ),
        (
            "question q: Is it?\n  → yes: Yes → the end of it",
            2,
            "“the end of it” can’t be the key of a stop; if the arrow belongs to the words of the answer,"
            ' put the words in "quotation marks"',
        ),
        (
            "question q: Is it?\n  → yes: Yes\n    help: Look",
            3,
            "“help: Look” can’t stand below an answer: write the stop that it leads to, or “detail:”",
        ),
        (
            "question q: Is it?\n  → yes: Yes | Indeed\n    detail: It is",
            3,
            "the detail of this answer is given already: keep one of the two",
        ),
        ("outcome o: Done\n  → yes: Yes", 2, "a stop of the kind outcome has no answers: take this line away"),
        (
            "step s: update\n  → maybe → a",
            2,
            "“maybe” is no answer to a step: they are fixed, not-fixed and could-not",
        ),
        (
            "outcome o: Done\n  disposition: done",
            2,
            "“disposition”: write one of fixed, wait, self_fix, call_bank, call_intuit, call_expert, other_error,"
            " not “done”",
        ),
        (
            "outcome o: Done\n  time: soon",
            2,
            "“time”: write a time such as “45 s”, “5 min”, “12-24 h” or “3 d”, not “soon”",
        ),
        (
            "jump j: On\n  answers: site",
            2,
            "“answers”: write each answer as the key of its question, = and its own key, not “site”",
        ),
        ("outcome o: Done\n  short:\n    a\n    b", 2, "this has room for one line: put the words behind the colon"),
        ("start: a\nstart: b", 2, "where the flow starts is said twice: take one of the lines away"),
        ("outcome o: \x07", 1, "this line contains a control character (U+0007): remove it"),
        ("x" * 400_001, 1, "an outline has at most 400,000 characters, this one 400,001"),
    ],
)
def test_fault_is_named_with_its_line_and_what_to_do(text: str, line: int, message: str) -> None:
    assert (line, message) in faults(text)


def test_all_faults_are_named_at_once() -> None:
    text = "question q: Is it?\n  hepl: a\n  → yes: Yes → The end\n  → no: No\n    outcome o: Done\n      time: soon"

    assert [line for line, _ in faults(text)] == [2, 3, 6]


def test_tabs_and_spaces_are_sorted_out_before_anything_else() -> None:
    text = "question q: Is it?\n  → yes: Yes\n\toutcome a: A\n\t→ no: No\n    outcome b: B\n  hepl: x"

    assert [line for line, _ in faults(text)] == [3, 4]


def test_tabs_within_words_are_no_indentation() -> None:
    flow = parse("outcome o: Done\n  do now:\n    1. Wait\n    \tlong.")

    assert flow.outcomes[0].do_now == "1. Wait\n\tlong."


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{' ' * at}question q{at}: ?\n{' ' * at} → a: A" for at in range(5_000)),
        "\n".join("question: Is it?" for _ in range(20_000)),
        "question q: ?\n" + "\n".join("  → Yes" for _ in range(40_000)),
        "question q: ?\n  → " + "-" * 300_000,
        "question q: ?\n  → " + " " * 300_000 + "x",
        "question " + " " * 300_000 + "x",
        "question q: ?\n  " + "_" * 300_000,
        "question q: ?\n  " + "a_" * 150_000,
        'jump j: ?\n  answers: "' + '\\"' * 150_000,
        'question "' + '\\"' * 150_000,
        "outcome o: ?\n" + "\n".join(f"about p{at}" for at in range(30_000)),
    ],
    ids=["deep", "many", "answers", "dashes", "blanks", "gap", "underscores", "words", "quotes", "key", "abouts"],
)
def test_monstrous_outline_is_refused_or_read_without_delay(text: str) -> None:
    flow, problems = flow_or_problems(text)

    assert flow is not None or 0 < len(problems) <= 50
