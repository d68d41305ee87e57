from typing import override

from django.db import models

from kb.models.article import Part, choices
from kb.signs import Fit


class Sign(Part):
    """How one of the site's observations fits this error: a cell of the matrix in “Which error is it?”."""

    observation = models.SlugField(
        max_length=40, help_text="The key of one of the observations that the chooser lists."
    )
    fit = models.CharField(
        max_length=10,
        choices=choices(Fit),
        help_text="Yes: always with this error. No: never, so that it speaks against it.",
    )
    note = models.CharField(
        max_length=160, blank=True, help_text="When the error shows it, such as “while nobody entered the code”."
    )

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "observation"), name="sign_observation_unique"),)

    @override
    def __str__(self) -> str:
        return f"{self.observation}: {self.fit}"
