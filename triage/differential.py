"""The differential: what a reader saw, held against the signs of every error. Pure.

The outcome is an order and reasons, never a number: signs say always, sometimes or never, and nobody has counted them.
The same answers give the same outcome, in whatever order they were given.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.flow import MAX_DECISIONS, NOT_SURE
from kb.signs import Fit

type Matrix = Mapping[str, Mapping[str, Fit]]
"""For each error, in the order of the site, how observations fit it. One that is missing says nothing of the error."""


class Seen(StrEnum):
    """What a reader answers to “do you see this?”."""

    YES = "yes"
    NO = "no"
    NOT_SURE = NOT_SURE


@dataclass(frozen=True)
class Standing:
    """How the answers bear on one error: the observations that fit it, may go with it, and speak against it."""

    error: str
    fits: tuple[str, ...]
    may: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


def rank(matrix: Matrix, answers: Mapping[str, Seen], shown: str = "") -> tuple[Standing, ...]:
    """Every error, the best first: the one with the fewest answers against it.

    Among equals the error `shown` on the screen comes first: what was seen outranks it, but where that leaves several,
    the code decides. Then come those that more answers fit, then the order of the matrix.
    """
    standings = [_standing(error, signs, answers) for error, signs in matrix.items()]
    return tuple(sorted(standings, key=lambda one: (len(one.against), one.error != shown, -len(one.fits))))


def _standing(error: str, signs: Mapping[str, Fit], answers: Mapping[str, Seen]) -> Standing:
    bearing: dict[str, list[str]] = {"fits": [], "may": [], "against": []}
    for observation, fit in signs.items():
        seen = answers.get(observation, Seen.NOT_SURE)
        if seen is Seen.NOT_SURE:
            continue
        how = "may" if fit is Fit.SOMETIMES else "fits" if seen.value == fit.value else "against"
        bearing[how].append(observation)
    return Standing(error, *(tuple(bearing[how]) for how in ("fits", "may", "against")))


@dataclass(frozen=True)
class Telling:
    """A question worth asking, and how it divides the errors still open: seen with them always, sometimes, never."""

    observation: str
    always: tuple[str, ...]
    sometimes: tuple[str, ...]
    never: tuple[str, ...]

    @property
    def weight(self) -> int:
        """In proportion to the number of errors that its answer can be expected to speak against.

        With `y`, `s` and `n` errors that show it always, sometimes and never, all of them as likely as each other and
        “sometimes” taken as every other time: (2y + s) chances of a “yes”, which speaks against n, and (2n + s) of a
        “no”, which speaks against y.
        """
        y, s, n = len(self.always), len(self.sometimes), len(self.never)
        return (2 * y + s) * n + (2 * n + s) * y


def next_question(matrix: Matrix, observations: Iterable[str], answers: Mapping[str, Seen]) -> Telling | None:
    """The most telling of the `observations` that have no answer yet; of equals the first.

    None when none tells any of the open errors apart, or when the reader has answered enough.
    """
    if len(answers) >= MAX_DECISIONS:
        return None
    questions = [telling(matrix, observation, answers) for observation in observations if observation not in answers]
    best = max(questions, key=lambda question: question.weight, default=None)
    return best if best is not None and best.weight else None


def telling(matrix: Matrix, observation: str, answers: Mapping[str, Seen]) -> Telling:
    """How an observation divides the errors against which none of the other answers speaks."""
    others = {key: seen for key, seen in answers.items() if key != observation}
    by_fit: dict[Fit, list[str]] = {fit: [] for fit in Fit}
    for error, signs in matrix.items():
        if observation in signs and _standing(error, signs, others).is_open:
            by_fit[signs[observation]].append(error)
    return Telling(observation, *(tuple(by_fit[fit]) for fit in (Fit.YES, Fit.SOMETIMES, Fit.NO)))
