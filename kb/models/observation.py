from typing import override

from django.db import models

from kb.models.article import Part
from kb.models.fields import ProseField


class Observation(Part):
    """A row of “Which error is it?”: something that readers can look at. Only the chooser has them."""

    key = models.SlugField(max_length=40, help_text="Stands in addresses; once published it keeps its meaning.")
    question = models.CharField(max_length=160, help_text="To be answered with yes or no, to the reader: “Does …?”")
    name = models.CharField(max_length=60, help_text="The same in a few words, for lists of reasons.")
    help = ProseField(help_text="Where to look.")
    group = models.CharField(max_length=60, blank=True, help_text="The heading over rows that belong together.")

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "key"), name="observation_key_unique"),)

    @override
    def __str__(self) -> str:
        return self.name
