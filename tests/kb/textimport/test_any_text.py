"""What is true of every text whatever, from the model layout to noise."""

import re
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.document import as_json, dump, parse
from kb.storable import unstorable
from kb.textimport import read
from kb.textimport.lines import words_of

TITLES = {"101": "The bank took too long to answer", "manual-import": "Manual import: upload a file from your bank"}
MODEL = [
    "QuickBooks Online Error 700: How to Tame the Feed",
    "Something is wrong.",
    "Fast-Fix: The 45-Second Solution",
    "Quick Status & Triage Snapshot",
    "- Data Risk Tier: Low-Medium. Nothing changed.",
    "- Estimated Fix Time: 30 to 10 minutes; or 2 hours",
    "Diagnostic Flowchart: Error 700 Decision Path",
    "[Start: Bank Feed Displays Error 700]",
    "│",
    "├── Can you log in?",
    "│ ├── NO ──► It is down.",
    "│ │ Action: Proceed to Step 2.",
    "│ └── YES ──► Is it slow?",
    "└── MAYBE ──►",
    "Technical Anatomy: What This Error Means",
    "[QuickBooks] ─── Request ──X──► [Bank]",
    "(Offline for",
    "Root Cause Analysis: Why This Happened",
    "- Most Likely (75%): The bank.",
    "- Rare (5–10%): You.",
    "The Cost of Delay: Today vs. End of Week",
    "- Today: Nothing.",
    "Differential Diagnosis: Don’t Confuse This With…",
    "- Do not confuse it with Errors 101 and 102, which are else QuickBooks Online Error 101: How to Fix Timeouts.",
    "Step-by-Step Repair Guide",
    "Step 1: Prove It",
    "    1) One",
    "        • Nested",
    "STEP TWO – Go On",
    "Hard Stop: When to Call an Expert",
    "Estimated Professional Repair Costs",
    "- Remote Check: $400 – $60. One call.",
    "* Big job: $1,200+",
    "Related Errors",
    "See [INTERNAL LINK: S02C05.01 – Manual Import Guide: How to Upload Files] or [INTERNAL LINK: X9 – Gone].",
    "Regional Notes",
    "# Not a heading",
    "## ",
    "1. numbered",
    "12. > quoted",
    "\tindented",
    "----------",
    "`code` [[102]] [[|]] <b>",
]
# Zero-width and control characters are taken out, even amid a word; a test of their own says how.
visible = st.characters(exclude_categories=["Cc", "Cf", "Cs"], include_characters="\n\t")
noise = st.text(visible, max_size=60)
words = st.lists(
    st.sampled_from(["Error", "101", "the", "Bank", "$5", "–", "10%", "?", "Step", "hours", "2", "["]), max_size=9
)
layout = st.lists(st.one_of(st.sampled_from(MODEL), noise, words.map(" ".join)), max_size=40).map("\n".join)


def texts_in(held: Any) -> list[str]:
    if isinstance(held, dict | list):
        return [text for item in (held.values() if isinstance(held, dict) else held) for text in texts_in(item)]
    return [str(held)]


def without_signs(text: str) -> str:
    """A text without the numbers and letters of its lists, which are numbered anew."""
    return "\n".join(re.sub(r"^\s*(?:\(?(?:\d{1,2}|[a-z])[.)]|o)(?=\s)", "", line) for line in text.splitlines())


@settings(max_examples=80)
@given(layout | st.text(max_size=300))
def test_any_text_becomes_a_document_that_the_desk_can_hold(text: str) -> None:
    document = read(text, titles=TITLES, today=date(2026, 11, 22)).document

    assert unstorable(document) == []
    assert parse(dump(document)) == document


@settings(max_examples=80)
@given(layout | st.text(visible, max_size=300))
def test_every_word_of_a_text_stands_in_the_document_or_in_the_report(text: str) -> None:
    imported = read(text, titles=TITLES, today=date(2026, 11, 22))

    said = [*texts_in(as_json(imported.document)), str(imported.report)]
    found = {word for part in said for word in words_of(part)}
    assert set(words_of(without_signs(text))) - found - {"internal", "link", "v", "start"} == set()
