from typing import override

from django.db import models

from kb.models.article import Part
from kb.models.fields import ProseField


class Related(Part):
    """Another article worth reading next, and why."""

    target = models.CharField(max_length=60, help_text="A code, or a guide’s slug.")
    text = ProseField()

    class Meta(Part.Meta):
        verbose_name = "related article"
        constraints = (models.UniqueConstraint(fields=("article", "target"), name="related_target_unique"),)

    @override
    def __str__(self) -> str:
        return self.target
