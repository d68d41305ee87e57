"""Parts are known by the meaning of their headings, or by what stands below them."""

import pytest

from kb.textimport.headings import Part, part_of
from kb.textimport.lines import read_lines
from kb.textimport.parts import split
from kb.textimport.report import Notes


@pytest.mark.parametrize(
    ("part", "headings"),
    [
        (Part.FAST_FIX, "Fast-Fix: The 45-Second Solution|The 90-Second Answer|Quick Fix|Do This First"),
        (Part.SNAPSHOT, "Quick Status & Triage Snapshot|At a Glance|Key Facts|Status Overview|Quick Summary"),
        (Part.FLOWCHART, "Diagnostic Flowchart: Error 700 Decision Path|Decision Tree|Which Path Is Yours?"),
        (Part.DATA_AT_RISK, "Is Your Data at Risk?|Are Your Books Safe?|Is Anything Lost?|Your Records: Safe or Not"),
        (Part.ANATOMY, "Technical Anatomy: What This Error Means|How It Works|Under the Hood|What Really Happens"),
        (Part.CAUSES, "Root Cause Analysis: Why This Happened|Likely Causes|Why It Happens|Reasons Behind the Error"),
        (Part.SEVERITY, "Risk Escalation & Severity Factors|When It Gets Serious|How Bad Is It?|Risk Factors"),
        (Part.COST_OF_DELAY, "The Cost of Delay: Today vs. End of Week|What Waiting Costs|If You Do Nothing"),
        (Part.LOOKALIKES, "Differential Diagnosis: Don’t Confuse This With…|Look-Alikes"),
        (Part.STEPS, "Step-by-Step Repair Guide|How to Fix It|Repairing It|The Steps"),
        (Part.HARD_STOP, "Hard Stop: When to Call an Expert|When to Stop and Get Help|Red Flags|When to Give Up"),
        (Part.PROFESSIONAL, "Professional Intervention: What a ProAdvisor Will Do|What an Expert Does"),
        (Part.PRICES, "Estimated Professional Repair Costs|What Help Costs|Prices|How Much a Specialist Charges"),
        (Part.RELATED, "Related Errors|See Also|Further Reading|Read Next"),
        (Part.CLOSING, "Closing the Books|The Bottom Line|Conclusion|In Short|Final Words|Key Takeaways"),
    ],
)  # fmt: skip
def test_a_heading_is_known_by_its_meaning(part: Part, headings: str) -> None:
    assert {heading: part_of(heading) for heading in headings.split("|")} == dict.fromkeys(headings.split("|"), part)


def parts_of(text: str) -> dict[str, Part | None]:
    _, blocks = split(read_lines(text, Notes()), "700")
    return {block.heading: block.part for block in blocks}


@pytest.mark.parametrize(
    ("below", "part"),
    [
        ("- Mostly (75%): The bank.\n- Else (25%): You.", Part.CAUSES),
        ("- Small job: $60 – $120. One call.\n- Big job: $150 – $350. More.", Part.PRICES),
        ("- Today: Nothing.\n- End of Week: Much.", Part.COST_OF_DELAY),
        ("- Do not confuse it with Error 101, which hangs.\n- Do not confuse it with Error 102, too.", Part.LOOKALIKES),
        ("- Error 101: it hangs.\n- Error 102: it is down.", Part.LOOKALIKES),
        ("[Start: Error 700]\n├── Up?\n│ ├── YES ──► A.\n│ └── NO ──► B.", Part.FLOWCHART),
        ("Step 1: Look\n- Look.", Part.STEPS),
        ("Nothing telling.", None),
    ],
)
def test_a_heading_in_other_words_is_known_by_what_stands_below(below: str, part: Part | None) -> None:
    assert parts_of(f"A title.\nAn opening.\nAmong Us Bankers\n{below}") == {"Among Us Bankers": part}


@pytest.mark.parametrize(
    "line",
    [
        "## Related Errors", "**Related Errors**", "RELATED ERRORS", "Related Errors:", "14. Related Errors",
        "XIV. Related Errors", "Part 14: Related Errors", "▶ Related Errors",
    ],
)  # fmt: skip
def test_a_heading_may_be_dressed_in_any_way(line: str) -> None:
    assert parts_of(f"An opening.\n{line}\nSee others.") == {
        "RELATED ERRORS" if line.isupper() else "Related Errors": Part.RELATED
    }


@pytest.mark.parametrize(
    "lines",
    [
        "The repair costs rise when the bank\nis slow to answer.",
        "It was said that\nRelated errors are rare and\nthat they pass.",
        "- Ask what the repair costs\n- Ask again",
        "1. Look up the repair costs\n2. Look up related errors",
        "See the related errors.",
        "QuickBooks Online Error 101: How to Fix Bank Connection Timeouts",
    ],
)
def test_prose_that_speaks_of_a_part_is_no_heading(lines: str) -> None:
    assert parts_of(f"An opening.\nIs Your Data at Risk?\n{lines}") == {"Is Your Data at Risk?": Part.DATA_AT_RISK}


def test_the_title_is_no_heading_though_it_speaks_of_a_part() -> None:
    opening, blocks = split(read_lines("QuickBooks Online Error 700: How to Fix It\nIt is.", Notes()), "700")

    assert [line.number for line in opening] == [1, 2]
    assert blocks == []


def test_steps_and_drawings_are_found_without_their_headings() -> None:
    _, blocks = split(
        read_lines("It is.\n[Start: Error 700]\n├── Up?\nAt a Glance\n- A: b\nStep 1: Go\n- Go.", Notes()), "700"
    )

    assert [block.part for block in blocks] == [Part.FLOWCHART, Part.SNAPSHOT, Part.STEPS]
