"""Drawings of decision paths: any nesting, any signs, with the indentation kept or lost."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.textimport.decision_path import DecisionPath, Outcome, Question, read_decision_path
from kb.textimport.lines import read_lines
from kb.textimport.report import Matter, Notes


def drawn(text: str) -> tuple[DecisionPath, list[str]]:
    """The path, and what is wrong with it."""
    notes = Notes()
    path = read_decision_path(read_lines(dedent(text).strip("\n"), notes), notes)
    return path, [finding.message for finding in notes.in_order if finding.matter is Matter.FAULT]


def told(held: Question | Outcome | None) -> object:
    """A tree as nested dicts."""
    match held:
        case Question():
            return {held.text: {answer.label: told(answer.to) for answer in held.answers}}
        case Outcome():
            return f"{held.text} / {held.action}" if held.action else held.text
    return None


THREE_LEVELS = {
    "Is it up?": {
        "YES": {"Is it slow?": {"NO": "Fine. / Carry on.", "YES": {"Every day?": {"YES": "Old line.", "NO": "Luck."}}}},
        "NO": "Down. / Wait 2 hours.",
    }
}


@pytest.mark.parametrize(
    "text",
    [
        """
        ├── Is it up?
        │   ├── YES ──► Is it slow?
        │   │   ├── NO ──► Fine.
        │   │   │       Action: Carry on.
        │   │   └── YES ──► Every day?
        │   │       ├── YES ──► Old line.
        │   │       └── NO ──► Luck.
        │   └── NO ──► Down.
        │           Action: Wait 2 hours.
        """,
        """
        ├── Is it up?
        │ ├── YES ──► Is it slow?
        │ ├── NO ──► Fine.
        │ │ Action: Carry on.
        │ └── YES ──► Every day?
        │ ├── YES ──► Old line.
        │ └── NO ──► Luck.
        │ └── NO ──► Down.
        │ Action: Wait 2 hours.
        """,
        """
        ├── Is it up?
        │ ├── YES ──► Is it slow?
        │ │ ├── NO ──► Fine.
        │ │ │ Action: Carry on.
        │ │ └── YES ──► Every day?
        │ │ ├── YES ──► Old line.
        │ │ └── NO ──► Luck.
        │ └── NO ──► Down.
        │ Action: Wait 2 hours.
        """,
        """
        Is it up?
        |
        +-- YES --> Is it slow?
        |   |-- NO --> Fine.
        |   |          Action: Carry on.
        |   `-- YES --> Every day?
        |       |-- YES --> Old line.
        |       `-- NO --> Luck.
        `-- NO --> Down.
                   Action: Wait 2 hours.
        """,
        """
        Is it up?
        ├── YES
        │   └── Is it slow?
        │       ├── NO: Fine.
        │       │   Action: Carry
        │       │   on.
        │       └── YES → Every
        │           day?
        │           ├── YES → Old line.
        │           └── NO → Luck.
        └── NO ──► Down.
            Do this: Wait 2 hours.
        """,
    ],
    ids=["kept", "lost", "bars-left", "typewriter", "wrapped"],
)
def test_three_levels_are_read_however_they_are_drawn(text: str) -> None:
    path, faults = drawn(text)

    assert told(path.question) == THREE_LEVELS
    assert faults == []
    assert path.rest == []


def test_the_start_and_the_lead_are_kept_apart_from_the_first_question() -> None:
    path, faults = drawn("""
        [Start: Feed shows Error 700]
        │
        ▼
        Open a private window.
        │
        ├── Are you in?
        │ ├── YES ──► Good.
        │ └── NO ──► Bad.
    """)

    assert path.start == "Feed shows Error 700"
    assert [line.text for line in path.lead] == ["Open a private window."]
    assert told(path.question) == {"Are you in?": {"YES": "Good.", "NO": "Bad."}}
    assert faults == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("├── Up?\n│ ├── YES ──► Fine.\n│ └── NO ──►", "the answer “NO” to “Up?” ends nowhere"),
        ("├── Up?\n│ ├── YES ──► Fine.\n│ └── NO", "the answer “NO” to “Up?” ends nowhere"),
        ("├── Up?\n│   ├── YES ──► Slow?\n│   └── NO ──► Down.", "“Slow?” has no answers; the branch ends nowhere"),
        ("├── Up?\n│ ├── YES ──► Fine.\n│ └── NO ──► Slow?", "“Slow?” has no answers; the branch ends nowhere"),
        ("├── Up?\n│ └── NO ──► Down.", "the question “Up?” has only one answer"),
        ("├── Up?\n│ ├── NO ──► Down.\n│ └── NO ──► Out.", "the answer “NO” stands twice under “Up?”"),
        ("├── Up?\n│ ├── NO ──► A.\n│ └── YES ──► B.\n│ └── MAYBE ──► C.", "belongs to no question; kept as prose"),
        ("├── NO ──► Down.\n└── YES ──► Fine.", "the drawing has no question above its first answers"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_drawing_is_said(text: str, fault: str) -> None:
    _, faults = drawn(text)

    assert any(fault in message for message in faults), faults


def test_a_question_that_was_not_closed_ends_where_its_answers_repeat() -> None:
    path, _ = drawn("""
        ├── Up?
        │ ├── YES ──► Slow?
        │ ├── YES ──► A.
        │ ├── NO ──► B.
        │ ├── NO ──► C.
    """)

    assert told(path.question) == {"Up?": {"YES": {"Slow?": {"YES": "A.", "NO": "B."}}, "NO": "C."}}


def test_prose_below_a_drawing_is_no_part_of_it() -> None:
    path, faults = drawn("""
        ├── Up?
        │ ├── YES ──► Fine.
        │ └── NO ──► Down.
        │ Action: Wait.
        The drawing leaves out rare cases.
        - And this one.
    """)

    assert [line.text for line in path.rest] == ["The drawing leaves out rare cases.", "And this one."]
    assert faults == []


def test_lines_without_any_branch_are_left_as_they_are() -> None:
    path, _ = drawn("There is no drawing yet.\n│\nIt will follow.")

    assert path.question is None
    assert [line.text for line in path.rest] == ["There is no drawing yet.", "It will follow."]


labels = st.lists(st.sampled_from(["YES", "NO", "SOMETIMES", "THE BANK'S PAGE"]), min_size=2, max_size=4, unique=True)
outcomes = st.integers(0, 99).map(lambda number: f"Outcome {number}. / Do it {number}.")
trees = st.recursive(
    outcomes,
    lambda ends: st.tuples(st.integers(0, 999), labels, st.lists(ends, min_size=4, max_size=4)).map(
        lambda made: {f"Question {made[0]}?": dict(zip(made[1], made[2], strict=False))}
    ),
    max_leaves=12,
).filter(lambda tree: isinstance(tree, dict))


def _draw(tree: dict, bars: str, *, keep: bool) -> list[str]:
    ((_, answers),) = tree.items()
    lines = []
    for at, (label, to) in enumerate(answers.items(), start=1):
        is_last = at == len(answers)
        text = next(iter(to)) if isinstance(to, dict) else to.split(" / ")[0]
        lines.append(f"{bars}{'└' if is_last else '├'}── {label} ──► {text}")
        below = f"{bars}{' ' if is_last else '│'}   " if keep else bars
        if isinstance(to, dict):
            lines += _draw(to, below, keep=keep)
        else:
            lines.append(f"{below}{'' if keep else '│ '}    Action: {to.split(' / ')[1]}")
    return lines


@pytest.mark.parametrize("keep", [True, False], ids=["kept", "lost"])
@given(tree=trees)
def test_what_is_drawn_is_read_back(tree: dict, keep: bool) -> None:
    text = "\n".join([f"├── {next(iter(tree))}", *_draw(tree, "│   " if keep else "│ ", keep=keep)])

    path, faults = drawn(text)

    assert told(path.question) == tree
    assert faults == []
