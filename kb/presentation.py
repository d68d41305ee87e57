"""A flow as readers see it: the words and the address of each node, ready to be drawn or listed."""

from collections.abc import Mapping, Sequence

from kb.addresses import jump_address, step_address
from kb.document import Document, Kind
from kb.drawing import flowtree
from kb.drawing.flowchart import Drawing, draw
from kb.drawing.flowtree import Item, Label
from kb.edition import CurrentEdition
from kb.flow import Flow, Jump, Node, Outcome, Repair, Trail, title_of
from kb.wording import DISPOSITIONS


def labels_of(document: Document, edition: CurrentEdition, *, likelihoods: bool = False) -> dict[str, Label]:
    """The words for every node of a document's flow: its short title, what kind of stop it is, and how likely it is."""
    causes = {cause.key: cause.percent for cause in document.causes} if likelihoods else {}
    titles = {step.key: step.title for step in document.steps}
    numbers = {step.key: number for number, step in enumerate(document.steps, start=1)}
    return {
        node.key: Label(getattr(node, "short", "") or title_of(node, titles), _note(node, numbers, edition, causes))
        for node in (document.flow.nodes if document.flow else ())
    }


def _note(node: Node, numbers: Mapping[str, int], edition: CurrentEdition, causes: Mapping[str, int]) -> str:
    match node:
        case Repair(step=step):
            return f"Repair step {numbers[step]}" if step in numbers else "Repair step"
        case Outcome(disposition=disposition, time=time):
            named = " + ".join(f"{causes[key]} %" for key in node.causes if key in causes)
            # The disposition of a half-finished outcome may be blank.
            parts = (
                DISPOSITIONS.get(disposition, ""),
                time.in_words if time else "",
                f"cause: {named}" if named else "",
            )
            return ", ".join(part for part in parts if part)
        case Jump(to=to):
            entry = edition.entries.get(to.lower())
            return f"Continues with {entry.name if entry else to}"
        case _:
            return ""


def drawing_of(
    document: Document,
    flow: Flow,
    edition: CurrentEdition,
    *,
    addresses: Mapping[str, str],
    trail: Sequence[str] = (),
    mini: bool = False,
    likelihoods: bool = False,
) -> Drawing:
    """The chart of a document's flow with its nodes as links; `trail` holds the walked nodes, the present one last.

    `mini` shows only the walk and the answers that are open now; `likelihoods` adds those of the causes at the ends.
    """
    labels = labels_of(document, edition, likelihoods=likelihoods)
    return draw(flow, labels=labels, mini=mini, around=trail if mini else ()).linked(addresses, trail)


def outline_of(
    document: Document,
    flow: Flow,
    edition: CurrentEdition,
    *,
    addresses: Mapping[str, str],
    trail: Sequence[str] = (),
    likelihoods: bool = False,
) -> tuple[Item, ...]:
    """The same as a nested list."""
    labels = labels_of(document, edition, likelihoods=likelihoods)
    return flowtree.outline(flow, labels=labels, href=addresses, trail=trail)


def addresses_of(
    document: Document,
    flow: Flow,
    edition: CurrentEdition,
    *,
    walked: Trail = (),
    end: str = "",
    revision: int | None = None,
) -> dict[str, str]:
    """An address for every node that can be reached.

    What was walked through is shown again with all answers kept; what lies ahead is reached from `end`, the present
    node; anything else by a shortest way from the start.
    """
    is_chooser = document.kind is Kind.CHOOSER
    passed = {key for key, _ in walked} | ({end} if end else set())
    found = {}
    for node in flow.nodes:
        if isinstance(node, Jump):
            found[node.key] = jump_url(node, edition)
            continue
        ahead = flow.path(end, node.key) if end else None
        trail = (
            walked
            if node.key in passed
            else (*walked, *ahead)
            if ahead is not None
            else flow.path(flow.start, node.key)
        )
        if trail is not None:
            found[node.key] = step_address(
                document.identity, flow, node.key, trail, is_chooser=is_chooser, revision=revision
            )
    return found


def jump_url(jump: Jump, edition: CurrentEdition) -> str:
    """Where a jump leads in this edition; to the choice of errors when its target is not published any more."""
    target = edition.document(jump.to.lower())
    if target is None or target.flow is None:
        return step_address("", Flow(""), "", (), is_chooser=True)
    return jump_address(jump, target.flow, is_chooser=target.kind is Kind.CHOOSER)
