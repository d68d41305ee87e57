"""What an import holds, in the format of the expectations beside the texts."""

import re
from typing import Any

from kb.document import Document
from kb.flow import Flow, Outcome, Question
from kb.textimport import Imported, Matter

MINUTE = 60


def plain(text: str) -> str:
    """Curly quotes and no-break spaces as plain ones, white space folded."""
    text = text.translate(str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\N{NO-BREAK SPACE}": " "}))
    return " ".join(text.split())


def held_by(imported: Imported) -> dict[str, Any]:
    """Everything that an expectation tells of one text."""
    document, report = imported.document, imported.report
    return {
        "kind": str(document.kind),
        "code": document.code,
        "title": plain(document.title) if document.title != f"Error {document.code}" else None,
        "fast_fix_seconds": document.fast_fix_time.minimum if document.fast_fix_time else None,
        "snapshot": {
            "data_risk": _level(document.data_risk, document.data_risk_text),
            "multi_user": _level(document.reach, document.reach_text),
            "trigger_starts": plain(f"{document.trigger} {document.trigger_text}"),
            "fix_minutes": [[fix.time.minimum // MINUTE, fix.time.maximum // MINUTE] for fix in document.fix_times],
        },
        "causes": [
            {"label": cause.title, "percent": cause.percent, "starts": plain(cause.text)} for cause in document.causes
        ],
        "causes_sum": sum(cause.percent for cause in document.causes),
        "lookalikes": [row.error for row in document.lookalikes],
        **_steps(document),
        "prices": [[int(cost.low), int(cost.high)] for cost in document.costs],
        "currency": next((cost.currency for cost in document.costs), None),
        "cost_of_delay": {
            "today": plain(document.delay_today) or None,
            "end_of_week": plain(document.delay_week) or None,
        },
        "links": [
            {
                "code": reference.identity or None,
                "title": plain(reference.title),
                "catalogue_ref": reference.catalogue_ref or None,
            }
            for reference in report.references
        ],
        "flow": _flow(document, report.of(Matter.READ)) if document.flow else None,
        "sections_present": [str(part) for part in report.parts],
        "sections_missing": [str(part) for part in report.missing],
    }


def as_expected(expected: Any, held: Any, at: str = "") -> None:
    """Compare: a key that ends in `starts` gives first words, labels count in any capitals."""
    match expected:
        case dict():
            for key, value in expected.items():
                as_expected(value, held.get(key), f"{at}.{key}")
        case list():
            assert len(held) == len(expected), f"{at}: {held}"
            for number, (one, other) in enumerate(zip(expected, held, strict=True)):
                as_expected(one, other, f"{at}[{number}]")
        case str() if at.endswith("starts") or ".cost_of_delay." in at:
            assert held.startswith(plain(expected)), f"{at}: {held}"
        case str() if at.endswith(".label"):
            assert plain(held).casefold() == plain(expected).casefold(), at
        case str():
            assert plain(held) == plain(expected), at
        case _:
            assert held == expected, f"{at}: {held}"


def _level(level: str | None, text: str) -> str | None:
    """The words of the text: those of the level, or those kept before the sentence."""
    kept = re.match(r"(?:Low|Medium|High)-(?:Low|Medium|High)(?=\.)", text)
    return kept[0] if kept else level.capitalize() if level else None


def _steps(document: Document) -> dict[str, Any]:
    bodies = [step.body.split("\n") for step in document.steps]
    first = [sum(bool(re.match(r"\d+\. ", line)) for line in body) for body in bodies]
    nested = sum(bool(re.match(r" {4,}(?:-|\d+\.) ", line)) for body in bodies for line in body)
    return {
        "step_count": len(document.steps),
        "substep_count": sum(first),
        "steps": [
            {"title": plain(step.title), "substeps": count} for step, count in zip(document.steps, first, strict=True)
        ],
        "nested": nested,
    }


def _flow(document: Document, read: list[Any]) -> dict[str, Any]:
    assert document.flow is not None
    numbers = {step.key: number for number, step in enumerate(document.steps, start=1)}
    start = next((match[1] for finding in read if (match := re.search(r"\[Start: (.*)\]", finding.message))), None)
    first = document.flow.by_key[document.flow.start]
    assert isinstance(first, Question)
    return {"start": start, "lead": plain(first.help), **_node(document.flow, first.key, numbers)}


def _node(flow: Flow, key: str, numbers: dict[str, int]) -> dict[str, Any]:
    node = flow.by_key.get(key)
    if isinstance(node, Question):
        options = {option.label.upper(): _node(flow, option.to, numbers) for option in node.options}
        return {"question": plain(node.text), "options": options}
    if isinstance(node, Outcome):
        codes = re.findall(r"Error (\d+)", f"{node.text} {node.do_now}")
        return {
            "outcome": plain(node.text),
            "action": plain(node.do_now) or None,
            "steps": [numbers[step] for step in node.steps],
            "codes": codes,
        }
    return {}
