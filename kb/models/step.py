from typing import override

from django.db import models

from kb.figures import ESTIMATE
from kb.models.article import SOURCE_HELP, Part
from kb.models.fields import DurationField, ProseField


class RepairStep(Part):
    """A repair step; flows point at it by its key."""

    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    time = DurationField(blank=True, default="")
    body = ProseField()
    time_source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)
    chance = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Likelihood in percent that this step ends the error."
    )
    chance_source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)
    when = models.CharField(max_length=200, blank=True, help_text="A condition, such as “Only after 24 hours”.")
    irreversible = models.BooleanField(
        default=False, help_text="Can’t be undone: a flow must reach it through a hard stop."
    )

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "key"), name="repair_step_key_unique"),)

    @override
    def __str__(self) -> str:
        return self.title
