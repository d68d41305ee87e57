"""What can be found in an article: its parts as plain text, each with the fragment to land on. Pure.

Articles name one another a lot. What one says of another, such as the sign that tells them apart, is a reason to find
that other one: such a passage says whom it is about, and is no text of the article that it stands in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from kb.document import Document
from kb.flow import Flow, Jump, Outcome, Question
from kb.links import anchors_of
from kb.plaintext import plain_text

_TABLE_RULE = re.compile(r"(?m)^\s*\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?)?\s*$\n?")
_TABLE_ROW = re.compile(r"(?m)^[^\S\n]*\|(.*)\|[^\S\n]*$")


ANSWERS = {
    "fast-fix": "What should I do first? Is there a quick fix?",
    "data": "Is my data safe? Are my books at risk? Can I lose transactions or entries?",
    "severity": "How bad is it? Is it serious or urgent?",
    "delay": "Can I wait? What happens if I wait or do nothing, today or for a week?",
    "time": "How long does it take to fix? When will it work again?",
    "trigger": "Why did it happen? When does it happen?",
    "hard-stop": "When should I stop? What should I not do? When do I need an expert?",
    "specialist": "What does a professional, bookkeeper, accountant or ProAdvisor do? Should I get help?",
    "costs": "How much does it cost to hire help? What price does a professional, bookkeeper or ProAdvisor charge?",
}
"""Questions that the parts of every article answer, in readers' words; they are searched and never shown."""


class Part(IntEnum):
    """What kind of a passage it is, as far as that matters for finding it. The index holds these numbers."""

    TOP = 0  # title, summary, telling sign
    OWN = 1
    CAUSE = 2
    STEP = 3
    FLOW = 4
    OF_ANOTHER = 5


@dataclass(frozen=True)
class Passage:
    """A part of an article; no `anchor` for the top of its page. `about` is the identity of another article.

    `answers` are questions in readers' words.
    """

    part: Part
    anchor: str
    heading: str
    text: str
    about: str = ""
    answers: str = ""


def passages_of(document: Document) -> list[Passage]:
    """The passages of a document that have a text, in reading order, with fragments that its page has."""
    anchors = anchors_of(document)
    return [
        passage if passage.anchor in anchors else replace(passage, anchor="")
        for passage in _passages(document)
        if passage.text
    ]


def _passages(document: Document) -> Iterator[Passage]:
    top = _joined(document.summary, document.fault, document.sign, document.description)
    yield Passage(Part.TOP, "", document.title, top)
    yield from _at_a_glance(document)
    for section in document.sections:
        more = _weights(document) if section.key == "severity" else ()
        text = _joined(section.body, *more)
        yield Passage(Part.OWN, section.key, section.title, text, answers=ANSWERS.get(section.key, ""))
    for cause in document.causes:
        yield Passage(Part.CAUSE, f"cause-{cause.key}", cause.title, _plain(cause.text))
    delay = _joined(document.delay_today, document.delay_week)
    yield Passage(Part.OWN, "delay", "What waiting costs", delay, answers=ANSWERS["delay"])
    for step in document.steps:
        yield Passage(Part.STEP, f"step-{step.key}", step.title, _joined(step.when, step.body))
    costs = [said for cost in document.costs for said in (f"{cost.title}: {cost.in_words}", cost.covers)]
    yield Passage(Part.OWN, "costs", "What help costs", _joined(*costs), answers=ANSWERS["costs"])
    yield from _of_others(document)
    if document.flow is not None:
        yield from _of_flow(document.flow)


def _at_a_glance(document: Document) -> Iterator[Passage]:
    times = _joined(*(f"{item.time.in_words}: {item.case}" for item in document.fix_times))
    for heading, text, answers in (
        ("Data risk", _plain(document.data_risk_text), "data"),
        ("Who is affected", _plain(document.reach_text), ""),
        ("Usual trigger", _joined(document.trigger, document.trigger_text), "trigger"),
        ("Time to fix", times, "time"),
    ):
        yield Passage(Part.OWN, "snapshot", heading, text, answers=ANSWERS.get(answers, ""))


def _weights(document: Document) -> Iterator[str]:
    for factor in document.risk_factors:
        yield from (f"{factor.title}: {factor.verdict}", factor.text)


def _of_others(document: Document) -> Iterator[Passage]:
    for row in document.lookalikes:
        yield Passage(Part.OF_ANOTHER, "", "", _joined(row.fault, row.sign), row.error.lower())
    for related in document.related:
        yield Passage(Part.OF_ANOTHER, "", "", _plain(related.text), related.target.lower())


def _of_flow(flow: Flow) -> Iterator[Passage]:
    """Questions and outcomes. An answer that leads to another article tells how readers see that one's fault."""
    for node in flow.nodes:
        if isinstance(node, Question):
            yield from _of_question(node, flow)
        elif isinstance(node, Outcome):
            text = _joined(node.lead, node.do_now, node.if_it_fails)
            about = node.error.lower()
            yield Passage(Part.OF_ANOTHER if about else Part.FLOW, "path", node.text, text, about)


def _of_question(question: Question, flow: Flow) -> Iterator[Passage]:
    own = [question.help, question.why]
    for option in question.options:
        target = flow.by_key.get(option.to)
        if isinstance(target, Jump):
            told = _joined(option.label, option.detail, target.text)
            yield Passage(Part.OF_ANOTHER, "", "", told, target.to.lower())
        else:
            own.append(": ".join(said for said in (option.label, option.detail) if said))
    yield Passage(Part.FLOW, "path", question.text, _joined(*own))


def _joined(*texts: str) -> str:
    """Texts as one, each ended by a full stop unless it ends in one of its own."""
    plain = [text for text in map(_plain, texts) if text]
    return " ".join(text if text.endswith((".", "!", "?", ":", ";")) else f"{text}." for text in plain)


def _plain(markdown: str) -> str:
    """Plain text; the cells of a table's row have dots between them."""
    return _TABLE_ROW.sub(_row, _TABLE_RULE.sub("", plain_text(markdown)))


def _row(match: re.Match[str]) -> str:
    return " · ".join(cell.strip() for cell in match[1].split("|"))
