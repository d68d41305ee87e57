"""Each part of an article, in the words and with the faults that people write."""

from datetime import date
from textwrap import dedent
from typing import Any

import pytest

from kb.figures import Level
from kb.flow import Actor, Disposition, Flow, Outcome
from kb.textimport import Imported, Matter, read

OPENING = "QuickBooks Online Error 700 stops the feed.\n"


def imported(text: str) -> Imported:
    titles = {"101": "The bank took too long", "manual-import": "Manual import"}
    return read(OPENING + dedent(text).strip("\n"), titles=titles, today=date(2026, 11, 22))


def said(found: Imported, matter: Matter) -> list[str]:
    return [str(finding) for finding in found.report.of(matter)]


def not_placed(found: Imported) -> str:
    return found.document.section_by_key["unplaced"].body if "unplaced" in found.document.section_by_key else ""


def test_sub_steps_are_nested_by_indentation_or_by_their_signs() -> None:
    found = imported("""
        Step-by-Step Repair Guide
        Step 1: Look
        First of all:
          1) Open the bank’s site.
             a) In a private window.
             b) On a computer that is not the one on which the error was first seen by
                whoever reported it.
          2) Sign in.
        STEP TWO – Go on (5 minutes)
        ● Press Update.
        o Once only.
        ● Wait.
    """)

    one, two = found.document.steps
    assert (one.title, two.title) == ("Look", "Go on (5 minutes)")
    assert str(two.time) == "5 min"
    assert one.body == (
        "First of all:\n\n"
        "1. Open the bank’s site.\n"
        "    - In a private window.\n"
        "    - On a computer that is not the one on which the error was first seen by whoever reported it.\n"
        "2. Sign in."
    )
    assert two.body == "1. Press Update.\n    - Once only.\n2. Wait."


def test_a_guide_without_step_titles_takes_its_numbers_for_steps() -> None:
    found = imported("""
        How to Fix It
        Take your time.
        1. Sign in at the bank.
           - In a private window.
        2. Press Update.
    """)

    assert [(step.title, step.body) for step in found.document.steps] == [
        ("Sign in at the bank.", "1. In a private window."),
        ("Press Update.", ""),
    ]
    assert found.document.section_by_key["repair"].body == "Take your time."


def test_a_bullet_that_was_left_in_the_middle_of_a_line_begins_an_item() -> None:
    found = imported("Repair Steps\nStep 1: Go\n- Choose CSV. - Log in again.\n- Done.")

    assert found.document.steps[0].body == "1. Choose CSV.\n2. Log in again.\n3. Done."


@pytest.mark.parametrize(
    ("line", "title", "percent", "text"),
    [
        ("- Most Likely (75%): The bank is down.", "Most Likely", 75, "The bank is down."),
        ("• 75 % – Most likely: The bank is down.", "Most likely", 75, "The bank is down."),
        ("* Bank outage – about 75 percent: the bank is down.", "Bank outage", 75, "The bank is down."),
        ("1. Outage: In 75% of cases it is down.", "Outage", 75, "In 75% of cases it is down."),
        ("– Rare (5–10%): Sunspots.", "Rare (5–10%)", 5, "Sunspots."),
    ],
)
def test_a_cause_is_read_wherever_its_percentage_stands(line: str, title: str, percent: int, text: str) -> None:
    (cause,) = imported(f"Root Causes\n{line}").document.causes

    assert (cause.title, cause.percent, cause.text) == (title, percent, text)


FAULTS: list[tuple[str, str]] = [
    ("Root Causes\n- A (60%): a.\n- B (30%): b.", "line 2: the likelihoods add up to 90 %, not 100 %"),
    ("Root Causes\n- A (95–100%): a.", "line 3: “95–100%” is a range or a fraction where one whole number is needed"),
    ("Root Causes\n- A: a.\n- B (100%): b.", "line 3: a cause without a percentage (likelihood); kept as prose"),
    ("Root Causes\n- A (0%): a.", "line 3: “0%” is no likelihood from 1 to 100 percent"),
    ("Prices\n- Big: $350 – $150.", "line 3: the range “$350 – $150” is upside down (low above high)"),
    ("Prices\n- Big: ask us.", "line 3: a cost without a price that can be read"),
    ("At a Glance\n- Fix time: 9 to 5 minutes", "line 3: the range “9 to 5 minutes” is upside down"),
    ("At a Glance\n- Fix time: soon", "line 3: “Fix time” holds no time that can be read"),
    ("At a Glance\n- Data risk: who knows", "line 3: “Data risk” does not begin with a level"),
    ("At a Glance\n- Data risk: Low. Fine.", "line 2: the snapshot says nothing of this: usual"),
    ("Cost of Delay\n- Today: Little.", "line 2: the cost of delay says nothing of this: end of week (missing)"),
    ("Look-Alikes\n- Error 101: a.\n- Error 101: b.", "line 4: Error 101 is listed twice"),
    ("Repair Steps\nStep 1: A\n- a\nStep 3: B\n- b", "line 5: “Step 3” stands where step 2 is due"),
    ("Repair Steps\nStep 1: A\nStep 2: B\n- b", "line 3: “Step 1: A” has no sub-steps; it is empty"),
    ("Related Errors\nThere are none.", "line 2: the related errors name no other article"),
    ("Hard Stop\nStop.\nConclusion\nDone.\nHard Stop\nStop now.", "line 6: “Hard Stop” opens a part that stands twice"),
    ("Hard Stop\nConclusion\nDone.", "line 2: the part is empty, its text is missing: hard stop"),
    ("Why Error 701 Happens\n- A (100%): a.", "line 2: the heading names Error 701, the text is about 700"),
    ("Decision Path\n[Start: Error 701]\n├── Up?\n│ ├── NO ──► A.\n│ └── YES ──► B.", "line 3: the drawing starts"),
    ("Decision Path\n├── Up?\n│ ├── NO ──► A.\n│ │ Action: See Step 4.\n│ └── YES ──► B.", "line 4: an outcome names"),
    ("Decision Path\nAsk around.", "line 2: the decision path has no question that can be read"),
    ("At a Glance\n- Data risk: Low\x07.", "line 3: held the control character U+0007, which was taken out"),
    ("", "a part is missing: hard stop (when to call an expert)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_what_is_wrong_with_a_text_is_said_with_its_line(text: str, fault: str) -> None:
    faults = said(imported(text), Matter.FAULT)

    assert any(message.startswith(fault) for message in faults), faults


def test_levels_times_and_open_ends_that_cannot_be_typed_keep_their_words() -> None:
    found = imported("""
        At a Glance
        - Data risk: Low-Medium. Careful.
        - Who is affected: Moderate. Everyone.
        - What sets it off: A storm.
        - Time to fix: 1 business day, or up to 3 hours with help
        What Help Costs
        - Advice: up to $500 per hour
        - Clean-up: from $1,200+. Several banks.
    """)

    document = found.document
    assert (document.data_risk, document.data_risk_text) == (Level.MEDIUM, "Low-Medium. Careful.")
    assert (document.reach, document.reach_text) == (Level.MEDIUM, "Moderate. Everyone.")
    assert document.trigger == "A storm."
    assert [(fix.case, str(fix.time)) for fix in document.fix_times] == [
        ("Time to fix (business days)", "24 h"),
        ("Or … with help", "0-3 h"),
    ]
    assert [(cost.title, int(cost.low), int(cost.high), cost.covers) for cost in document.costs] == [
        ("Advice", 0, 500, "Up to $500. per hour"),
        ("Clean-up", 1200, 1200, "From $1,200+. Several banks."),
    ]
    assert len([message for message in said(found, Matter.OPEN) if "the words are kept" in message]) == 4


def flow_of(*branches: str) -> Flow:
    flow = imported(
        "\n".join(["Decision Path", "├── Up?", *branches, "Repair Steps", "Step 1: A", "- a", "Step 2: B", "- b"])
    ).document.flow
    assert flow is not None
    return flow


@pytest.mark.parametrize(
    ("action", "disposition", "who", "changes"),
    [
        ("Wait 12-24 hours for the bank.", Disposition.WAIT, Actor.BANK, {}),
        ("Treat it as Error 101. Wait a day.", Disposition.OTHER_ERROR, Actor.YOU, {"error": "101"}),
        ("Get help. Do not go on.", Disposition.CALL_EXPERT, Actor.EXPERT, {}),
        ("Call your bank.", Disposition.CALL_BANK, Actor.BANK, {}),
        ("Contact QuickBooks support.", Disposition.CALL_INTUIT, Actor.INTUIT, {}),
        ("Proceed to Step 1 and Step 2.", Disposition.SELF_FIX, Actor.YOU, {"steps": ("a", "b")}),
        ("Repeat Steps 1–2, as in Error 700.", Disposition.SELF_FIX, Actor.YOU, {"steps": ("a", "b"), "error": ""}),
    ],
)  # fmt: skip
def test_the_kind_of_an_end_is_judged_from_its_action(
    action: str, disposition: Disposition, who: Actor, changes: dict[str, Any]
) -> None:
    flow = flow_of("│ ├── NO ──► It is down.", f"│ │ Action: {action}", "│ └── YES ──► It is fixed.")

    outcome = flow.outcomes[0]
    assert isinstance(outcome, Outcome)
    assert (outcome.disposition, outcome.who, outcome.do_now) == (disposition, who, action)
    assert {name: getattr(outcome, name) for name in changes} == changes
    assert flow.outcomes[1].disposition is Disposition.FIXED


def test_text_that_fits_nowhere_is_kept_as_prose_and_named() -> None:
    found = imported("""
        Root Causes
        - Most Likely (100%): The bank.
        These shares are estimates.
        Regional Notes
        Canada differs. See QuickBooks Online Error 101: How to Wait It Out.
    """)

    assert not_placed(found) == ("These shares are estimates.\n\nRegional Notes\n\nCanada differs. See [[101]].")
    assert said(found, Matter.KEPT) == [
        "line 4: “These shares are estimates.”",
        "line 5: “Regional Notes” (a heading whose meaning is not known)",
        "line 6: “Canada differs. See QuickBooks Online Error 101: How to Wait It Out.”",
    ]
    assert [reference.identity for reference in found.report.references] == ["101"]


def test_words_for_which_a_field_has_no_room_are_kept_as_prose() -> None:
    found = imported(f"Look-Alikes\n- Error 101: {'It hangs for ever. ' * 30}")

    (row,) = found.document.lookalikes
    assert len(row.fault) <= 300
    assert f"{row.fault} {not_placed(found)}".count("It hangs for ever.") == 30


def test_a_guide_keeps_each_heading_as_a_section_in_the_order_of_the_text() -> None:
    opening = "Bank Rules Guide: How to Sort Lines\nRules sort lines.\n"
    text = f"{opening}Before You Begin\nSign in.\nIn Short\nDone.\nOdd Ends\nMore."

    found = read(text, titles={}, today=date(2026, 11, 22))

    assert found.document.slug == "bank-rules-guide-how-sort-lines"
    assert [section.title for section in found.document.sections] == ["Before You Begin", "In Short", "Odd Ends"]
    assert found.report.of(Matter.FAULT) == []


def test_a_small_drawing_becomes_the_diagram_when_it_fits() -> None:
    found = imported("""
        What This Error Means
        It is cut.
        [You] ─── Ask ───► [Gateway] ──X──► [Bank core]
        (Offline for
        upgrades)
        So it fails.
    """)

    assert found.document.diagram == "You --Ask--> Gateway --x Bank core / Offline for upgrades"
    assert found.document.section_by_key["anatomy"].body == "It is cut.\n\nSo it fails."


def test_a_drawing_that_does_not_fit_is_kept_and_the_editor_told_how_to_shorten_it() -> None:
    found = imported("What This Error Means\n[QuickBooks Online Advanced] ─── Ask ───► [Bank of the West]\nIt fails.")

    assert (
        found.document.section_by_key["anatomy"].body
        == "`[QuickBooks Online Advanced] ─── Ask ───► [Bank of the West]`\n\nIt fails."
    )
    assert any(
        "“QuickBooks Online Advanced --Ask--> Bank of the West” can’t be drawn: the diagram’s words" in message
        for message in said(found, Matter.OPEN)
    )
