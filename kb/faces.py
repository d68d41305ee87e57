"""An article as machines read it: its document as JSON and as text, with where it stands on this site. Pure."""

from dataclasses import dataclass
from typing import Any

from kb.document import Document, as_json, dump
from kb.figures import Duration
from kb.plaintext import plain_text

FAST_FIX = "fast-fix"


@dataclass(frozen=True)
class Standing:
    """Where an article stands: its full addresses, and the revision that is live. Dates as ISO 8601."""

    url: str
    triage_url: str
    revision: int
    published_on: str


def as_data(document: Document, standing: Standing) -> dict[str, Any]:
    """The whole article for JSON: the names of the front matter, and what the document itself cannot know."""
    return {
        "url": standing.url,
        "triage_url": standing.triage_url,
        "revision": standing.revision,
        "published_on": standing.published_on,
        "next_review_on": document.next_review_on.isoformat(),
        "identity": document.identity,
        "name": document.name,
        "do_first": do_first(document),
        **as_json(document),
    }


def do_first(document: Document) -> dict[str, str] | None:
    """What to do before anything else, as plain text: an error's fast fix, a guide's first step, or nothing."""
    section = document.section_by_key.get(FAST_FIX)
    time: Duration | None
    if section is not None and document.fast_fix_time is not None:
        title, time, text = section.title, document.fast_fix_time, section.body
    elif document.steps:
        title, time, text = document.steps[0].title, document.steps[0].time, document.steps[0].body
    else:
        return None
    return {"title": title, "time": time.in_words if time else "", "text": plain_text(text)}


def as_text(document: Document, standing: Standing) -> str:
    """The document's canonical text. Where it was taken from stands in comments, which no reader of documents minds."""
    fence, matter = dump(document).split("\n", 1)
    origin = f"# {standing.url}\n# Revision {standing.revision}, published on {standing.published_on}\n"
    return f"{fence}\n{origin}{matter}"
