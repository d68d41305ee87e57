from typing import override

from django.db import models

from kb.models.article import Part
from kb.models.fields import ProseField


class Section(Part):
    """Prose under a heading."""

    key = models.SlugField(
        max_length=40,
        help_text="The anchor; an error article’s sections have fixed keys such as data or hard-stop.",
    )
    title = models.CharField(max_length=120)
    body = ProseField()

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "key"), name="section_key_unique"),)

    @override
    def __str__(self) -> str:
        return self.title
