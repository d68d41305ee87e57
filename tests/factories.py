"""Documents with honest defaults: sound, small, and changed where a test needs it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Model
from django.utils import timezone

from kb.desk import write_document
from kb.document import Cause, Cost, Document, FixTime, Kind, Lookalike, Related, Section, Source, Standing, Step
from kb.figures import MINUTE, Duration, Level
from kb.flow import Actor, Disposition, Flow, Option, Outcome, Question, Repair
from kb.models import Article, Revision
from kb.publishing import publish

type Write = Callable[[str, Document | str | bytes], Path]
"""Writes a file of that name, and says where."""

FIVE_MINUTES = Duration(5 * MINUTE, 5 * MINUTE)


def rows_of(*models: type[Model]) -> list[list[dict[str, Any]]]:
    """All that these tables hold, to compare before and after."""
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def an_outcome(key: str = "wait", **changes: Any) -> Outcome:
    """A complete outcome that names the cause “outage”."""
    defaults: dict[str, Any] = {
        "key": key,
        "text": f"Finding {key}",
        "disposition": Disposition.WAIT,
        "who": Actor.BANK,
        "time": FIVE_MINUTES,
        "do_now": "Wait until tomorrow.",
        "data_risk": Level.LOW,
        "data_risk_text": "Nothing changed.",
        "causes": ("outage",),
        "if_it_fails": "Call the bank.",
    }
    return Outcome(**(defaults | changes))


def a_flow() -> Flow:
    """A question, a repair step and three outcomes."""
    return Flow(
        "site",
        (
            Question(
                "site",
                "Does the bank’s site open?",
                (
                    Option("yes", "Yes", "try"),
                    Option("no", "No", "wait"),
                    Option("not-sure", "I’m not sure", "wait"),
                ),
            ),
            Repair("try", "update", fixed="done", not_fixed="wait", could_not="ask"),
            an_outcome("wait"),
            an_outcome("ask", disposition=Disposition.CALL_EXPERT, who=Actor.EXPERT, costs=("check",)),
            an_outcome("done", disposition=Disposition.FIXED, who=Actor.YOU),
        ),
    )


def an_error(code: str = "700", **changes: Any) -> Document:
    """A sound error article with every part."""
    defaults: dict[str, Any] = {
        "kind": Kind.ERROR,
        "code": code,
        "title": f"Title of {code}",
        "description": f"About {code}.",
        "summary": "Verdict first.",
        "reviewed_on": date(2026, 11, 1),
        "fast_fix_time": Duration(45, 45),
        "data_risk": Level.LOW,
        "data_risk_text": "Books are safe.",
        "reach": Level.LOW,
        "reach_text": "Only the feed.",
        "trigger": "Maintenance",
        "trigger_text": "At night.",
        "fix_times": (FixTime("If you wait", FIVE_MINUTES),),
        "causes": (Cause("outage", "An outage", 100, "The bank is down."),),
        "delay_today": "Little.",
        "delay_week": "More.",
        "fault": "The bank is down.",
        "sign": "Its site does not open.",
        "lookalikes": (Lookalike("701", "Something else.", "Another sign."),),
        "steps": (Step("update", "Ask once", FIVE_MINUTES, "1. Press ++Update++."),),
        "costs": (Cost("check", "A check", Decimal(60), Decimal(120), "A call.", date(2026, 11, 1)),),
        "related": (Related("701", "It comes next."),),
        "sources": (Source("intuit", "A page", "Intuit", Standing.OFFICIAL, "https://intuit.example/page"),),
        "flow": a_flow(),
        "sections": tuple(
            Section(key, f"Heading of {key}", f"Prose of {key}.")
            for key in ("fast-fix", "data", "anatomy", "severity", "hard-stop", "specialist", "closing")
        ),
    }
    return Document(**(defaults | changes))


def a_guide(slug: str = "a-guide", **changes: Any) -> Document:
    """A sound guide with one section."""
    guide = Document(
        kind=Kind.GUIDE,
        slug=slug,
        title=f"Title of {slug}",
        description=f"About {slug}.",
        summary="Verdict first.",
        reviewed_on=date(2026, 11, 1),
        sections=(Section("when", "When to do it", "Now."),),
    )
    return replace(guide, **changes)


def publish_document(document: Document) -> Revision:
    """Write a document to the desk and publish it. Raises PublishRefused."""
    article = write_document(document)
    publish([article], by=None, now=timezone.now())
    return Article.objects.get(pk=article.pk).entry.revision
