"""What an address says was seen, beside the matrix of the edition."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.signs import Observation
from triage.differential import Matrix, Seen, Standing, Telling, next_question, rank, telling


@dataclass(frozen=True)
class Sightings:
    """The site's observations, the errors that have signs for them, and what was seen.

    `shown` is the identity of the error whose code is on the screen, empty for none.
    """

    observations: tuple[Observation, ...]
    errors: Mapping[str, Entry]
    shown: str
    answers: Mapping[str, Seen]

    @cached_property
    def matrix(self) -> Matrix:
        listed = {observation.key for observation in self.observations}
        return {
            identity: {sign.observation: sign.fit for sign in entry.signs if sign.observation in listed}
            for identity, entry in self.errors.items()
        }

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        return rank(self.matrix, self.answers, self.shown)

    @property
    def next_question(self) -> Telling | None:
        return next_question(self.matrix, [observation.key for observation in self.observations], self.answers)

    def telling(self, observation: str) -> Telling:
        return telling(self.matrix, observation, self.answers)

    @property
    def said(self) -> list[tuple[str, str]]:
        """Everything as the address says it: the code, then the answers in the order of the list."""
        shown = [("shown", self.shown)] if self.shown else []
        return shown + [(one.key, self.answers[one.key]) for one in self.observations if one.key in self.answers]

    def address(self, name: str, *args: str) -> str:
        """The one address of a page that knows what was seen."""
        path = reverse(name, args=args)
        return f"{path}?{urlencode(self.said)}" if self.said else path


def sightings_in(query: QueryDict, edition: CurrentEdition) -> Sightings:
    """Read an address as far as this edition knows what it speaks of; of an answer given twice, the first counts."""
    chooser = edition.chooser_document
    observations = chooser.observations if chooser else ()
    listed = {observation.key for observation in observations}
    errors = {
        entry.identity: entry
        for entry in edition.of_kind(Kind.ERROR)
        if any(sign.observation in listed for sign in entry.signs)
    }
    said = {key: query.getlist(key)[0] for key in query}
    shown = edition.find(said.get("shown", ""))
    return Sightings(
        observations,
        errors,
        shown.identity if shown and shown.identity in errors else "",
        {key: Seen(said[key]) for key in listed & said.keys() if said[key] in Seen},
    )
