"""What the counts of one revision tell about its flow: where walks came through, and where they went no further. Pure.

A count is how often a stop was seen, by the letters of its code: "" is the first question, "BA" what comes after the
answers B and A. How people came to a stop is all that is known of them, so a walk is a view and its continuations.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from kb.flow import Flow
from triage.codes import BadCode, trail_of
from triage.walk import Walk, replay

MOST_WALKED = 10

type Views = Mapping[str, int]


@dataclass(frozen=True)
class Traffic:
    """How often a node was reached, over all ways to it, and how many of these walks went no further.

    At an outcome or a jump all of them go no further in this flow: that is where they ended.
    """

    reached: int = 0
    ended: int = 0


@dataclass(frozen=True)
class Path:
    """A walk from the first question to where it went no further, and how many people took it."""

    walk: Walk
    walks: int

    @property
    def is_finished(self) -> bool:
        """Whether it came to an end of the flow; otherwise it was broken off."""
        return not self.walk.end.options


def traffic(flow: Flow, views: Views) -> dict[str, Traffic]:
    """What each node saw, by key. Letters that stand for nothing in this flow are left out."""
    reached: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    walks = _walks(flow, views)
    last = _ended(views, walks)
    for letters, walk in walks.items():
        reached[walk.end.key] += views[letters]
        ended[walk.end.key] += last[letters]
    return {key: Traffic(reached[key], ended[key]) for key in flow.by_key}


def most_walked(flow: Flow, views: Views, *, at_most: int = MOST_WALKED) -> list[Path]:
    """The paths that most people took, each counted where it went no further; of equals the shorter first."""
    walks = _walks(flow, views)
    last = _ended(views, walks)
    found = sorted(
        (letters for letters in walks if last[letters]), key=lambda letters: (-last[letters], len(letters), letters)
    )
    return [Path(walks[letters], last[letters]) for letters in found[:at_most]]


def _walks(flow: Flow, views: Views) -> dict[str, Walk]:
    walks = {}
    for letters in views:
        with suppress(BadCode):
            walks[letters] = replay(flow, dict(trail_of(letters, flow)))
    return walks


def _ended(views: Views, walks: Iterable[str]) -> dict[str, int]:
    """Views less their continuations. Never below 0, though a stop can be opened without the one before it."""
    went_on: Counter[str] = Counter()
    for letters in walks:
        if letters:
            went_on[letters[:-1]] += views[letters]
    return {letters: max(0, views[letters] - went_on[letters]) for letters in walks}
