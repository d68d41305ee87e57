"""One address of each kind of page, and what any page can be asked."""

from functools import cache

from django.conf import settings
from playwright.sync_api import Page

from kb.addresses import step_address
from kb.document import Document, parse
from kb.flow import Flow, Repair, Trail

ADDRESSES = {
    "home": "/",
    "error index": "/errors/",
    "article": "/errors/102/",
    "guide": "/guides/manual-import/",
    "guides index": "/guides/",
    "compare": "/compare/",
    "compare with a match": "/compare/?shown=102&sign-in=yes&notice=yes",
    "compare with several": "/compare/?code=no&later-worked=yes",
    "compare without a match": "/compare/?notice=yes&bank-page=yes",
    "compare one at a time": "/compare/ask/?later-worked=no",
    "compare one at a time, the end": "/compare/ask/?notice=yes&later-worked=no",
    "pair": "/compare/102-vs-103/",
    "which error is it": "/triage/",
    "map of which error is it": "/triage/which-error/map/",
    "first question": "/triage/102/",
    "map": "/triage/102/map/",
    "search": "/search/",
    "search with a code": "/search/?q=102",
    "search with words": "/search/?q=sign+in+at+your+bank",
    "search for an unknown code": "/search/?q=error+109+asks+for+a+code",
    "search without results": "/search/?q=zebra",
    "search for nothing": "/search/?q=",
    "about": "/about/",
    "accessibility": "/accessibility/",
    "privacy": "/privacy/",
    "embedded question": "/embed/triage/102/",
    "no such page": "/no-such-page/",
    "no such code": "/t/102-1-ZZ",
}
WALKED = ("repair step", "outcome", "embedded outcome", "revisited question", "unknown answer")
KINDS = (*ADDRESSES, *WALKED)
MISSING = {"no such page", "no such code"}


def address_of(kind: str) -> str:
    """The address of a page of this kind. Stops of the walk are found in the flow of 102, whatever it is today."""
    if kind in ADDRESSES:
        return ADDRESSES[kind]
    flow = _flow()
    step = next(node.key for node in flow.nodes if isinstance(node, Repair))
    outcome = max(
        (node for node in flow.outcomes if node.costs and node.steps), key=lambda node: len(_trail(flow, node.key))
    )
    trail = _trail(flow, outcome.key)
    match kind:
        case "repair step":
            return step_address("102", flow, step, _trail(flow, step))
        case "outcome":
            return step_address("102", flow, outcome.key, trail)
        case "embedded outcome":
            return f"/embed{step_address('102', flow, outcome.key, trail)}"
        case "revisited question":
            return step_address("102", flow, trail[1][0], trail)
        case "unknown answer":
            return step_address("102", flow, flow.start, ((flow.start, "perhaps"),))
    raise KeyError(kind)


@cache
def document(name: str) -> Document:
    """A document of the project's own content."""
    return parse((settings.BASE_DIR / "fixtures" / f"{name}.md").read_text())


def _flow() -> Flow:
    flow = document("error-102").flow
    assert flow is not None
    return flow


def _trail(flow: Flow, key: str) -> Trail:
    trail = flow.path(flow.start, key)
    assert trail, f"no path to {key}"
    return trail


def heading(page: Page) -> str:
    """The words of the page's one h1."""
    return " ".join(page.locator("h1").inner_text().split())


def open_all_details(page: Page) -> None:
    """Unfold whatever can be unfolded, so that its content is looked at too."""
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true })")
