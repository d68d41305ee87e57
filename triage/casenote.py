"""The case note: a walk as plain text, for the person who takes the case over. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from kb.document import Document
from kb.flow import Outcome, Question, Repair, title_of
from kb.plaintext import plain_text
from kb.wording import ACTORS, DISPOSITIONS
from triage.ruling_out import RuledOut, error_name, ruled_out
from triage.walk import Walk


@dataclass(frozen=True)
class Heading:
    """What a note says of where it comes from: the site's name, the full link to this place, and its code."""

    site: str
    link: str
    code: str
    revision: int


def case_note(document: Document, walk: Walk, heading: Heading) -> str:
    """Write the note: what it is about, answers and tried steps in words, where the walk stands, how to get back."""
    titles = {step.key: step.title for step in document.steps}
    lines = [
        f"{heading.site}: case note",
        f"{document.name}: {document.title}" if document.code else document.title,
        f"Revision {heading.revision}, reviewed {document.reviewed_on.isoformat()}",
        "",
        "Answers so far:",
    ]
    lines += [f"{number}. {line}" for number, line in enumerate(_answers(walk, titles), start=1)] or ["(none yet)"]
    if left_behind := ruled_out(document, walk):
        lines += ["", "Ruled out:", *_reasons(left_behind)]
    lines += ["", *_standing(document, walk, titles)]
    lines += ["", *([f"Code: {heading.code}"] if heading.code else []), f"Link: {heading.link}"]
    return "\n".join(lines) + "\n"


def _answers(walk: Walk, titles: dict[str, str]) -> Iterator[str]:
    for step in walk.taken:
        if isinstance(step.node, Repair):
            yield f"Tried: {title_of(step.node, titles)} - {step.option.label}"
        else:
            detail = f" ({step.option.detail})" if step.option.detail else ""
            yield f"{title_of(step.node)} - {step.option.label}{detail}"


def _reasons(left_behind: Iterable[RuledOut]) -> Iterator[str]:
    """One line for each answer that ruled something out."""
    for (question, answer, is_open), items in groupby(
        left_behind, key=lambda item: (item.question, item.answer, item.is_open)
    ):
        findings = ", ".join(item.finding for item in items)
        yield f"- {findings}: {'left open by' if is_open else 'by'} “{answer}” to “{question}”"


def _standing(document: Document, walk: Walk, titles: dict[str, str]) -> Iterator[str]:
    end = walk.end
    if isinstance(end, Outcome):
        yield f"Finding: {end.text}"
        yield f"Kind: {DISPOSITIONS[end.disposition]}"
        if end.error:
            yield f"Points to: {error_name(end.error)}"
        yield f"Who acts: {ACTORS[end.who]}"
        if end.time:
            yield f"How long: {end.time.in_words}"
        yield f"Data risk: {end.data_risk}. {plain_text(end.data_risk_text)}"
        yield f"Do now: {plain_text(end.do_now)}"
        yield f"Cost: {cost_in_words(document, end)}"
        if end.hard_stop:
            yield f"Hard stop: {plain_text(end.hard_stop)}"
        if end.if_it_fails:
            yield f"If that fails: {plain_text(end.if_it_fails)}"
    elif isinstance(end, Repair):
        yield f"Now trying: {title_of(end, titles)}"
    elif isinstance(end, Question):
        yield f"Next question: {end.text}"


def cost_in_words(document: Document, outcome: Outcome) -> str:
    """“Free”, or the price ranges of the help that the outcome names."""
    prices = {cost.key: cost for cost in document.costs}
    named = [prices[key] for key in outcome.costs if key in prices]
    return ", or ".join(f"{cost.in_words} ({cost.title})" for cost in named) + " if you hire help" if named else "free"
