"""A decision path as a flow: questions and outcomes with keys, and what can be judged from their words."""

import re
from collections.abc import Mapping, Sequence

from kb.figures import Level
from kb.flow import NOT_SURE, Actor, Disposition, Flow, Node, Option
from kb.flow import Outcome as OutcomeNode
from kb.flow import Question as QuestionNode
from kb.soundness import ROOM
from kb.textimport.amounts import times_in
from kb.textimport.codes import codes_in
from kb.textimport.decision_path import Answer, DecisionPath, Outcome, Question
from kb.textimport.lines import capital, fit, fold
from kb.textimport.reading import Reading, key_for
from kb.textimport.report import excerpt, listing

_STEPS = re.compile(
    r"\bsteps?\s+(?P<numbers>\d{1,2}(?:\s*(?:,|&|/|and|or|to|through|-|–)\s*(?:steps?\s+)?\d{1,2})*)", re.IGNORECASE
)
_UNSURE = re.compile(r"not sure|unsure|don't know|do not know|can't tell|unclear|maybe")
_BANK = r"(the|your) bank\b(?!')"
_INTUIT = r"(intuit|quickbooks support|(quickbooks|qbo) (help|care))"
_PRO = r"(pro-?advisor|professional|specialist|expert|bookkeeper|accountant)"
# What an instruction begins with says what kind of end it is. The first that fits.
_DISPOSITIONS = (
    (Disposition.CALL_EXPERT, r"\bget (professional )?help\b|\bhard stop"),
    (Disposition.CALL_EXPERT, rf"\b(call|contact|hire|ask|see|engage|bring in) (an?|your|the) ([\w-]+ )?{_PRO}"),
    (Disposition.CALL_BANK, rf"\b(call|contact|phone|ask|ring|notify) {_BANK}"),
    (Disposition.CALL_INTUIT, rf"\b(call|contact|phone|ask|open a (case|ticket) with|report (it|this) to) {_INTUIT}"),
    (Disposition.WAIT, r"^(stop\b|wait\b|leave it|give it|do nothing|pause|hold off|come back)|[.;,] (then )?wait\b"),
    (Disposition.WAIT, r"^try again (later|tomorrow)"),
)
_OTHER = re.compile(
    r"\b(treat (it|this) as|follow|go to|continue with|switch to|see|use|read|proceed to|turn to|this is|it is)\b"
    r"[^.;]{0,40}\berror\b"
)
_FIXED = re.compile(
    r"\b(is|are|was|has been) (renewed|fixed|repaired|solved|resolved|cleared|restored|back|working|done|over)\b"
)


def flow_of(path: DecisionPath, repair_keys: Mapping[int, str], risk: Level | None, reading: Reading) -> Flow | None:
    """The flow, or None where no question was drawn.

    `repair_keys` names the repair steps by the numbers that the text gives them; `risk` is the article’s own level.
    """
    if path.question is None:
        return None
    nodes: list[Node] = []
    taken: set[str] = set()
    start = _key(path.question, taken)
    waiting: list[tuple[str, Question | Outcome]] = [(start, path.question)]
    while waiting:
        key, held = waiting.pop()
        place = f"flow.nodes[{len(nodes)}]"
        reading.places[place] = held.line
        if isinstance(held, Outcome):
            nodes.append(_outcome(key, held, repair_keys, risk, reading))
            continue
        lead = " ".join(line.text for line in path.lead) if key == start else ""
        targets = [_key(answer.to, taken) if answer.to else "" for answer in held.answers]
        nodes.append(_question(key, held, targets, lead, place, reading))
        ahead = [(to, answer.to) for to, answer in zip(targets, held.answers, strict=True) if answer.to]
        waiting += reversed(ahead)
    return Flow(start, tuple(nodes))


def _key(held: Question | Outcome, taken: set[str]) -> str:
    key = key_for(held.text, taken, "question" if isinstance(held, Question) else "outcome")
    taken.add(key)
    return key


def _question(
    key: str, asked: Question, targets: Sequence[str], lead: str, place: str, reading: Reading
) -> QuestionNode:
    text, rest = fit(asked.text, ROOM["nodes"]["text"])
    help_text = " ".join(words for words in (rest, lead) if words)
    options: list[Option] = []
    for answer, to in zip(asked.answers, targets, strict=True):
        reading.places[f"{place}.options[{len(options)}]"] = answer.line
        options.append(_option(answer, to, options, reading))
    reading.notes.read(asked.line, f"question {excerpt(text)}: {listing(answer.label for answer in asked.answers)}")
    return QuestionNode(
        key=key,
        text=reading.links.words(text, asked.line),
        options=tuple(options),
        help=reading.links.prose(help_text, asked.line),
    )


def _option(answer: Answer, to: str, before: Sequence[Option], reading: Reading) -> Option:
    label, detail = fit(answer.label, ROOM["options"]["label"])
    key = NOT_SURE if _UNSURE.search(fold(label)) else key_for(label, (), "answer")
    if fold(label) in {"yes", "no"}:
        key, label = fold(label), label.capitalize()
    taken = {option.key for option in before}
    detail = reading.fitted(detail, "options", "detail", answer.line)
    return Option(key_for(label, taken, "answer") if key in taken else key, label, to, detail)


def _outcome(
    key: str, end: Outcome, repair_keys: Mapping[int, str], risk: Level | None, reading: Reading
) -> OutcomeNode:
    said = f"{end.text} {end.action}"
    text, lead = fit(end.text, ROOM["nodes"]["text"])
    disposition = _disposition(end, reading.code)
    codes = codes_in(said, but=reading.code)
    times = times_in(end.action)
    named = f", Error {listing(codes)}" if codes else ""
    is_other = disposition is Disposition.OTHER_ERROR
    reading.notes.read(end.line, f"outcome {excerpt(text)}{' with its action' if end.action else ''}{named}")
    reading.notes.open(
        end.line,
        f"the outcome {excerpt(text, 50)} is taken for “{disposition.replace('_', ' ')}” by its words,"
        f" and its data risk for {risk or Level.HIGH}{'' if risk else ', since the snapshot gives none'}",
    )
    if not end.action:
        reading.notes.open(end.line, f"the outcome {excerpt(text, 50)} has no “Action:”")
    return OutcomeNode(
        key=key,
        text=reading.links.words(text, end.line),
        disposition=disposition,
        who=_actor(disposition, said),
        do_now=reading.links.prose(capital(end.action), end.line),
        data_risk=risk or Level.HIGH,
        data_risk_text="",
        time=times[0].value if times and "wait" in fold(end.action) else None,
        lead=reading.links.prose(lead, end.line),
        steps=tuple(_steps(said, repair_keys, end.line, reading)),
        error=codes[0] if is_other and codes else "",
    )


def _disposition(end: Outcome, own: str) -> Disposition:
    words, action = fold(f"{end.text} {end.action}"), fold(end.action or end.text)
    if codes_in(f"{end.text} {end.action}", but=own) and _OTHER.search(words):
        return Disposition.OTHER_ERROR
    for disposition, pattern in _DISPOSITIONS:
        if re.search(pattern, action):
            return disposition
    return Disposition.FIXED if _FIXED.search(fold(end.text)) else Disposition.SELF_FIX


def _actor(disposition: Disposition, said: str) -> Actor:
    words = fold(said)
    match disposition:
        case Disposition.CALL_BANK:
            return Actor.BANK
        case Disposition.CALL_INTUIT:
            return Actor.INTUIT
        case Disposition.CALL_EXPERT:
            return Actor.EXPERT
        case Disposition.WAIT if "bank" in words:
            return Actor.BANK
        case Disposition.WAIT if re.search(_INTUIT, words):
            return Actor.INTUIT
        case _:
            return Actor.YOU


def _steps(said: str, repair_keys: Mapping[int, str], line: int, reading: Reading) -> list[str]:
    """The repair steps that an outcome names by number: “Step 2 and Step 3”, “Steps 2–4”."""
    numbers: list[int] = []
    for match in _STEPS.finditer(said):
        found = [int(number) for number in re.findall(r"\d+", match["numbers"])]
        is_span = len(found) == 2 and re.search(r"-|–|\bto\b|\bthrough\b", match["numbers"])
        numbers += range(found[0], found[1] + 1) if is_span else found
    for number in dict.fromkeys(numbers):
        if number not in repair_keys:
            reading.notes.fault(line, f"an outcome names Step {number}, which the repair guide does not have (missing)")
    return [repair_keys[number] for number in dict.fromkeys(numbers) if number in repair_keys]
