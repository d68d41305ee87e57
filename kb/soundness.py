"""What has to be true of a document before readers see it. Pure: the site is asked through a lookup."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from kb import signlint
from kb.document import Document, Kind, is_section_heading, prose_of
from kb.drawing import diagram
from kb.figures import ESTIMATE
from kb.flow import Flow, Jump, Question
from kb.flowlint import lint
from kb.links import anchors_of, links_of, source_marks_in
from kb.pictures import Stored, pictures_of
from kb.problems import Gravity, Problem
from kb.signlint import Lookup
from kb.signs import Observation

MAX_PROSE = 20_000
ERROR_SECTIONS = ("fast-fix", "data", "anatomy", "severity", "hard-stop", "specialist", "closing")
_ERROR_FIELDS = (
    "summary", "fast_fix_time", "data_risk", "data_risk_text", "reach", "reach_text", "trigger", "trigger_text",
    "fix_times", "causes", "delay_today", "delay_week", "fault", "sign", "lookalikes", "steps", "costs", "related",
    "sources", "flow",
)  # fmt: skip
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_SOURCES = {"source": 40, "time_source": 40, "chance_source": 40}
ROOM: dict[str, dict[str, int]] = {
    "document": {
        "code": 20, "slug": 60, "title": 120, "description": 200, "owner": 80, "fast_fix_source": 40, "trigger": 120,
        "diagram": 200, "diagram_caption": 200, "fault": 300, "sign": 300,
    },
    "fix_times": {"case": 120, **_SOURCES},
    "causes": {"title": 120, **_SOURCES},
    "risk_factors": {"title": 60, "verdict": 120},
    "lookalikes": {"error": 20, "fault": 300, "sign": 300},
    "signs": {"observation": 40, "note": 160},
    "observations": {"question": 160, "name": 60, "group": 60},
    "steps": {"title": 120, "when": 200, **_SOURCES},
    "costs": {"title": 120, **_SOURCES},
    "related": {"target": 60},
    "sources": {"title": 200, "publisher": 120, "note": 300},
    "sections": {"title": 120},
    "nodes": {
        "text": 200, "short": 60, "guards": 40, "step": 40, "fixed": 40, "not_fixed": 40, "could_not": 40, "error": 60,
        "to": 60, "observes": 40, **_SOURCES,
    },
    "options": {"label": 80, "to": 40, "detail": 160},
}  # fmt: skip
"""The characters that the desk has room for in each text: the columns of kb.models. A test holds the two together."""


def problems(
    document: Document,
    *,
    lookup: Lookup,
    today: date,
    observations: Sequence[Observation] = (),
    earlier: Sequence[Flow] = (),
    pictures: Collection[str] = (),
) -> list[Problem]:
    """Every fault of `document` as of `today`, errors and warnings.

    `lookup` gives the published document of an identity, or None; `observations` is what the site's chooser lists;
    `earlier` are the flows that this article published before, newest first; `pictures` are the names of the pictures
    that are stored here.
    """
    found = [
        *_identity(document),
        *too_long(document),
        *_parts(document),
        *_keys(document),
        *_gaps(document),
        *_figures(document),
        *_prose(document),
        *_links(document, lookup),
        *signlint.problems(document, observations, lookup),
        *_pictures(document, pictures),
        *_order(document),
        *_review(document, today),
    ]
    if document.flow is not None:
        found += lint(document.flow, document.surroundings, earlier)
    return found


def own_warnings(document: Document) -> list[Problem]:
    """The warnings that a document has wherever and whenever it is read: estimates, order of steps, flow."""
    found = [*_figures(document), *_order(document)]
    if document.flow is not None:
        found += lint(document.flow, document.surroundings)
    return [problem for problem in found if problem.gravity is Gravity.WARNING]


def _identity(document: Document) -> Iterator[Problem]:
    for name in ("title", "description"):
        if not getattr(document, name):
            yield Problem(name, "is empty")
        elif "\n" in getattr(document, name):
            yield Problem(name, "should be a single line")
    if document.kind is Kind.ERROR:
        if not _CODE.fullmatch(document.code):
            yield Problem(
                "code",
                "an error needs its code as QuickBooks shows it: capitals, figures and hyphens, such as 102 or OL-301",
            )
        if document.slug:
            yield Problem("slug", "an error has no slug; its address is made from its code")
    else:
        if not _SLUG.fullmatch(document.slug):
            yield Problem("slug", "should be words in small letters joined by hyphens, such as manual-import")
        if document.code:
            yield Problem("code", "only an error has a code")
    for at, alias in enumerate(document.aliases):
        if not _SLUG.fullmatch(alias) or len(alias) > 60:
            yield Problem(f"aliases[{at}]", f"“{alias[:60]}” should be small letters, figures and hyphens")


def too_long(document: Document) -> Iterator[Problem]:
    """Texts for which the desk has no room."""
    yield from _longer_than_its_room(document, "document", "")
    for name in ROOM.keys() - {"document", "nodes", "options"}:
        for at, row in enumerate(getattr(document, name)):
            yield from _longer_than_its_room(row, name, f"{name}[{at}].")
    if document.flow is not None:
        yield from too_long_in_flow(document.flow)


def too_long_in_flow(flow: Flow) -> Iterator[Problem]:
    """The same of a flow by itself."""
    if len(flow.start) > 40:
        yield Problem("flow.start", "is longer than 40 characters")
    for at, node in enumerate(flow.nodes):
        yield from _longer_than_its_room(node, "nodes", f"flow.nodes[{at}].")
        for place, option in enumerate(node.options if isinstance(node, Question) else ()):
            yield from _longer_than_its_room(option, "options", f"flow.nodes[{at}].options[{place}].")


def _longer_than_its_room(row: object, room: str, place: str) -> Iterator[Problem]:
    for name, longest in ROOM[room].items():
        if len(getattr(row, name, "") or "") > longest:
            yield Problem(f"{place}{name}", f"is longer than {longest} characters")


def _parts(document: Document) -> Iterator[Problem]:
    if document.kind is Kind.ERROR:
        for name in _ERROR_FIELDS:
            if not getattr(document, name):
                yield Problem(name, "is missing; every error article has this part")
        for key in ERROR_SECTIONS:
            if key not in document.section_by_key:
                yield Problem("sections", f"the section “{key}” is missing; every error article has this part")
        for at, section in enumerate(document.sections):
            if section.key not in {*ERROR_SECTIONS, "repair"}:
                yield Problem(
                    f"sections[{at}].key",
                    f"an error article has no section “{section.key}”; it has: {', '.join(ERROR_SECTIONS)}, repair",
                )
    if document.kind is Kind.GUIDE and not document.sections:
        yield Problem("sections", "a guide needs at least one section")
    if document.kind is Kind.CHOOSER and document.flow is None:
        yield Problem("flow", "is missing; a chooser is a flow")
    for at, section in enumerate(document.sections):
        if not section.body:
            yield Problem(f"sections[{at}].body", f"the section “{section.title}” is empty")


# The lists whose rows have keys, and the field that names a row to readers.
_KEYED = {
    "causes": "title", "observations": "question", "steps": "title", "costs": "title", "sources": "title",
    "sections": "title",
}  # fmt: skip


def _keys(document: Document) -> Iterator[Problem]:
    for name, title in _KEYED.items():
        rows: Sequence[Any] = getattr(document, name)
        counts = Counter(row.key for row in rows)
        for at, row in enumerate(rows):
            if counts[row.key] > 1:
                yield Problem(f"{name}[{at}].key", f"“{row.key}” is the key of more than one of the {name}")
            if not _KEY.fullmatch(row.key) or len(row.key) > 40:
                yield Problem(
                    f"{name}[{at}].key",
                    f"“{row.key[:40]}” should be small letters, figures and hyphens, 40 at most",
                )
            if not getattr(row, title).strip():
                yield Problem(f"{name}[{at}].{title}", "is empty")
    for at, node in enumerate(document.flow.nodes if document.flow else ()):
        if not _KEY.fullmatch(node.key) or len(node.key) > 40:
            yield Problem(
                f"flow.nodes[{at}].key",
                f"“{node.key[:40]}” should be small letters, figures and hyphens, 40 at most",
            )
        for place, option in enumerate(node.options if isinstance(node, Question) else ()):
            if not _KEY.fullmatch(option.key) or len(option.key) > 40:
                yield Problem(
                    f"flow.nodes[{at}].options[{place}].key",
                    f"“{option.key[:40]}” should be small letters, figures and hyphens, 40 at most",
                )
    for name, titles in {
        "fix_times": [row.case for row in document.fix_times],
        "risk_factors": [row.title for row in document.risk_factors],
    }.items():
        for at, title in enumerate(titles):
            if titles.count(title) > 1:
                yield Problem(f"{name}[{at}]", f"“{title}” is listed more than once")
    for name, targets in {
        "lookalikes": [row.error for row in document.lookalikes],
        "related": [row.target for row in document.related],
    }.items():
        for at, target in enumerate(targets):
            if target.lower() == document.identity:
                yield Problem(f"{name}[{at}]", "an article can’t name itself here")
            if targets.count(target) > 1:
                yield Problem(f"{name}[{at}]", f"“{target}” is listed more than once")


def _gaps(document: Document) -> Iterator[Problem]:
    """What a half-finished desk copy may leave open in its rows."""
    for at, step in enumerate(document.steps):
        if step.time is None:
            yield Problem(f"steps[{at}].time", f"“{step.title}” does not say how long it takes")
        if not step.body:
            yield Problem(f"steps[{at}].body", f"“{step.title}” does not say what to do")
    for at, row in enumerate(document.lookalikes):
        if not row.fault:
            yield Problem(f"lookalikes[{at}].fault", f"the row of {row.error} does not say what is wrong there")
        if not row.sign:
            yield Problem(f"lookalikes[{at}].sign", f"the row of {row.error} has no telling sign")


def _figures(document: Document) -> Iterator[Problem]:
    total = sum(cause.percent for cause in document.causes)
    if document.causes and total != 100:
        yield Problem("causes", f"the likelihoods add up to {total} %, not 100 %")
    for at, cause in enumerate(document.causes):
        if not 1 <= cause.percent <= 100:
            yield Problem(f"causes[{at}].percent", "should be from 1 to 100")
    for at, cost in enumerate(document.costs):
        if cost.low > cost.high:
            yield Problem(f"costs[{at}].low", f"the low price ({cost.low:f}) is above the high price ({cost.high:f})")
        if not re.fullmatch(r"[A-Z]{3}", cost.currency):
            yield Problem(f"costs[{at}].currency", "should be a currency code such as USD")
    for at, step in enumerate(document.steps):
        if step.chance is not None and not 1 <= step.chance <= 100:
            yield Problem(f"steps[{at}].chance", "should be from 1 to 100")
    for at, source in enumerate(document.sources):
        if source.url and not re.fullmatch(r"https?://[^\s<>\"']{3,490}", source.url):
            yield Problem(f"sources[{at}].url", "should be a web address that begins with https://")
        if source.key == ESTIMATE:
            yield Problem(
                f"sources[{at}].key",
                f"“{ESTIMATE}” marks figures without a source; give the source another key",
            )
    estimates = 0
    for place, source_key in _sources_named(document):
        if source_key == ESTIMATE:
            estimates += 1
        elif source_key not in document.source_numbers:
            yield Problem(place, f"names the source “{source_key}”, which is not among the article’s sources")
    if estimates:
        yield Problem(
            "sources",
            f"{estimates} figures are editorial estimates without a published source",
            Gravity.WARNING,
        )


def _sources_named(document: Document) -> Iterator[tuple[str, str]]:
    """Every typed figure's source with its field; a flow's outcomes are linted with the flow."""
    if document.fast_fix_time:
        yield "fast_fix_source", document.fast_fix_source
    for at, fix_time in enumerate(document.fix_times):
        yield f"fix_times[{at}].source", fix_time.source
    for at, cause in enumerate(document.causes):
        yield f"causes[{at}].source", cause.source
    for at, cost in enumerate(document.costs):
        yield f"costs[{at}].source", cost.source
    for at, step in enumerate(document.steps):
        if step.time:
            yield f"steps[{at}].time_source", step.time_source
        if step.chance is not None:
            yield f"steps[{at}].chance_source", step.chance_source


def _prose(document: Document) -> Iterator[Problem]:
    for field, text in prose_of(document):
        if len(text) > MAX_PROSE:
            yield Problem(field, f"is {len(text):,} characters long; {MAX_PROSE:,} is the most for one part")
            continue
        if any(is_section_heading(line) for line in text.split("\n")):
            yield Problem(field, "headings inside a part begin with ### or more; # and ## open a new part")
        for mark in source_marks_in(text):
            if mark != ESTIMATE and mark not in document.source_numbers:
                yield Problem(field, f"refers to the source “{mark}”, which is not among the article’s sources")
    if 0 < len(document.diagram) <= ROOM["document"]["diagram"] and (fault := diagram.fault_of(document.diagram)):
        yield Problem("diagram", fault)


def _links(document: Document, lookup: Lookup) -> Iterator[Problem]:
    for field, link in links_of(document):
        target = document if link.target == document.identity else lookup(link.target)
        if target is None:
            if field.endswith(".to"):
                yield Problem(field, f"jumps to “{link.target}”, which is not published")
            else:
                yield Problem(field, f"links to “{link.target}”, which is not published yet", Gravity.WARNING)
        elif link.anchor and link.anchor not in anchors_of(target):
            yield Problem(field, f"links to “#{link.anchor}” of {target.name}, which has no such part")
    for at, node in enumerate(document.flow.nodes if document.flow else ()):
        if isinstance(node, Jump):
            yield from _jump(document, node, f"flow.nodes[{at}]", lookup)


def _pictures(document: Document, stored: Collection[str]) -> Iterator[Problem]:
    for field, shown in pictures_of(document):
        known = Stored.at(shown.address)
        if not shown.alternative:
            yield Problem(field, "has a picture without words; say between its brackets what it shows")
        if known is None:
            yield Problem(
                field, f"shows a picture from elsewhere (“{shown.address[:80]}”); upload it here, or take it out"
            )
        elif known.name not in stored:
            yield Problem(field, f"shows the picture {known.name}, which is not stored here; upload it, or take it out")


def _jump(document: Document, jump: Jump, place: str, lookup: Lookup) -> Iterator[Problem]:
    if jump.to.lower() == document.identity:
        yield Problem(f"{place}.to", "jumps to its own article; lead the answer to one of its nodes instead")
        return
    target = lookup(jump.to.lower())
    if target is None:
        return
    if target.flow is None:
        yield Problem(f"{place}.to", f"jumps to {target.name}, which has no flow")
        return
    key = target.flow.start
    for answer in jump.answers:
        node = target.flow.by_key.get(key)
        option = next((option for option in (node.options if node else ()) if option.key == answer.option), None)
        if key != answer.node or option is None:
            yield Problem(
                f"{place}.answers",
                f"carries over “{answer.node}: {answer.option}”, which {target.name} does not ask at that point",
            )
            return
        key = option.to


def _order(document: Document) -> Iterator[Problem]:
    """Warn when another order of the steps would end the error sooner.

    For a single fault and actions that don't depend on each other, trying them by chance divided by time takes the
    least time on average (Heckerman, Breese and Rommelse, “Decision-theoretic troubleshooting”, 1995). Steps without
    a chance, with a condition, or that can't be undone keep their place for other reasons.
    """
    free = [
        (step.chance / (step.time.minimum + step.time.maximum), step.title)
        for step in document.steps
        if step.chance and step.time and not step.when and not step.irreversible
    ]
    better = sorted(free, key=lambda step: -step[0])
    if better != free:
        names = ", then ".join(f"“{title}”" for _, title in better)
        yield Problem("steps", f"by chance for each minute the better order would be {names}", Gravity.WARNING)


def _review(document: Document, today: date) -> Iterator[Problem]:
    if document.reviewed_on > today + timedelta(days=1):  # editors east of the server are a day ahead
        yield Problem("reviewed_on", "the review date lies in the future")
    elif document.next_review_on < today:
        yield Problem("reviewed_on", "the review is overdue", Gravity.WARNING)
