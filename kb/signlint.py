"""What has to be true of signs and observations before readers compare errors by them. Pure.

The matrix and the flows tell the same story twice. They contradict each other where someone answers a question that
observes something with “yes” or “no”, can then end in an error, and that error's sign says the opposite. (Ends in the
article itself count only where the answer leads to nothing else: on the way to other errors, an article may well keep
those who are not sure.) Inside one document this is an error, across documents a warning, since the other document may
be the wrong one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from kb.document import Document, Kind
from kb.flow import Flow, Jump, Option, Outcome, Question
from kb.problems import Gravity, Problem
from kb.signs import Fit, Observation

type Lookup = Callable[[str], Document | None]

RESERVED_KEYS = frozenset({"shown"})
_OPPOSITE = {"yes": Fit.NO, "no": Fit.YES}
_SAYS = {Fit.YES: "always goes with it", Fit.NO: "never goes with it"}


def problems(document: Document, observations: Sequence[Observation], lookup: Lookup) -> Iterator[Problem]:
    """Every fault of the signs of `document`; `observations` is the site's list, `lookup` as in kb.soundness."""
    names = {observation.key: observation.name for observation in observations}
    yield from _observations(document)
    yield from _signs(document, names)
    yield from _counterparts(document, lookup)
    if document.flow is not None:
        yield from _observed(document.flow, names)
        yield from _contradictions(document, document.flow, names, lookup)


def _observations(document: Document) -> Iterator[Problem]:
    if document.observations and document.kind is not Kind.CHOOSER:
        yield Problem("observations", "only the chooser, “which error is it?”, lists observations")
    counts = Counter(observation.name.casefold() for observation in document.observations)
    for at, observation in enumerate(document.observations):
        if observation.key in RESERVED_KEYS:
            yield Problem(
                f"observations[{at}].key",
                f"“{observation.key}” means something else in addresses; choose another key",
            )
        if not observation.name:
            yield Problem(f"observations[{at}].name", "is empty")
        elif counts[observation.name.casefold()] > 1:
            yield Problem(f"observations[{at}].name", f"“{observation.name}” is listed more than once")


def _signs(document: Document, names: dict[str, str]) -> Iterator[Problem]:
    if document.signs and document.kind is not Kind.ERROR:
        yield Problem("signs", "only an error has signs")
    counts = Counter(sign.observation for sign in document.signs)
    if document.signs and not names:
        yield Problem(
            "signs", "no list of observations is published, so readers can’t compare by them", Gravity.WARNING
        )
    for at, sign in enumerate(document.signs):
        if names and sign.observation not in names:
            yield Problem(f"signs[{at}].observation", _unknown(sign.observation))
        if counts[sign.observation] > 1:
            yield Problem(f"signs[{at}].observation", f"“{sign.observation}” is listed more than once")
        if not sign.fit:
            yield Problem(f"signs[{at}].fit", f"should be one of: {', '.join(Fit)}")
    missing = ", ".join(f"{name} ({key})" for key, name in names.items() if key not in counts)
    if document.kind is Kind.ERROR and missing:
        yield Problem("signs", f"the article does not say how these fit it: {missing}", Gravity.WARNING)


def _unknown(key: str) -> str:
    return f"“{key}” is not among the observations that “which error is it?” lists"


def _counterparts(document: Document, lookup: Lookup) -> Iterator[Problem]:
    """A row that tells this error from another asks for the row that tells the other from this one."""
    for at, row in enumerate(document.lookalikes):
        other = lookup(row.error.lower())
        if other is None or other.identity == document.identity:
            continue
        if document.identity not in {counterpart.error.lower() for counterpart in other.lookalikes}:
            yield Problem(
                f"lookalikes[{at}]",
                f"{document.name} tells itself from {other.name}, but {other.name} has no row for {document.name}",
                Gravity.WARNING,
            )


def _observed(flow: Flow, names: dict[str, str]) -> Iterator[Problem]:
    for at, node in enumerate(flow.nodes):
        if not isinstance(node, Question) or not node.observes:
            continue
        if names and node.observes not in names:
            yield Problem(f"flow.nodes[{at}].observes", _unknown(node.observes))
        if not {"yes", "no"} <= {option.key for option in node.options}:
            yield Problem(
                f"flow.nodes[{at}].observes",
                f"“{node.text}” observes “{node.observes}”, so it needs answers with the keys “yes” and “no”",
            )


def _contradictions(document: Document, flow: Flow, names: dict[str, str], lookup: Lookup) -> Iterator[Problem]:
    for at, node in enumerate(flow.nodes):
        if not isinstance(node, Question) or node.observes not in names:
            continue
        for option in node.options:
            ends = _ends(document, flow, option)
            for identity in ends if len(ends) == 1 else ends - {document.identity}:
                error = document if identity == document.identity else lookup(identity)
                sign = error.sign_by_observation.get(node.observes) if error else None
                if error is None or sign is None or sign.fit != _OPPOSITE.get(option.key):
                    continue
                yield Problem(
                    f"flow.nodes[{at}].observes",
                    f"“{option.label}” to “{node.text}” can lead to {error.name}, yet by the signs of {error.name}"
                    f" “{names[node.observes]}” {_SAYS[sign.fit]}",
                    Gravity.ERROR if error is document else Gravity.WARNING,
                )


def _ends(document: Document, flow: Flow, option: Option) -> set[str]:
    """The identities of the articles in which a walk can end, or carry on, after this answer."""
    reached = [flow.by_key[key] for key in flow.reachable(start=option.to)] if option.to in flow.by_key else []
    return {
        node.to.lower() if isinstance(node, Jump) else node.error.lower() or document.identity
        for node in reached
        if isinstance(node, Jump | Outcome)
    }
