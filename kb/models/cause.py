from typing import override

from django.db import models
from django.db.models import Q

from kb.figures import ESTIMATE
from kb.models.article import SOURCE_HELP, Part
from kb.models.fields import ProseField


class Cause(Part):
    """A root cause and its likelihood."""

    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    percent = models.PositiveSmallIntegerField(help_text="Likelihood; those of one article add up to 100.")
    text = ProseField()
    source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)

    class Meta(Part.Meta):
        constraints = (
            models.UniqueConstraint(fields=("article", "key"), name="cause_key_unique"),
            models.CheckConstraint(
                name="cause_percent_in_range",
                condition=Q(percent__gte=1) & Q(percent__lte=100),
                violation_error_message="A likelihood is from 1 to 100 percent.",
            ),
        )

    @override
    def __str__(self) -> str:
        return f"{self.title} ({self.percent} %)"
