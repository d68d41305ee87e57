from typing import override

from django.db import models

from kb.figures import Level
from kb.models.article import Part, choices
from kb.models.fields import ProseField


class RiskFactor(Part):
    """What makes the same error weigh more or less."""

    title = models.CharField(max_length=60)
    level = models.CharField(max_length=10, choices=choices(Level))
    verdict = models.CharField(max_length=120)
    text = ProseField()

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "title"), name="risk_factor_title_unique"),)

    @override
    def __str__(self) -> str:
        return self.title
