from typing import override

from django.db import models
from django.db.models import F, Q

from kb.figures import ESTIMATE
from kb.models.article import SOURCE_HELP, Part
from kb.models.fields import ProseField


class CostEstimate(Part):
    """A price range for a piece of professional work."""

    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    low = models.DecimalField(max_digits=9, decimal_places=2)
    high = models.DecimalField(max_digits=9, decimal_places=2)
    covers = ProseField()
    as_of = models.DateField()
    currency = models.CharField(max_length=3, default="USD")
    source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)

    class Meta(Part.Meta):
        constraints = (
            models.UniqueConstraint(fields=("article", "key"), name="cost_estimate_key_unique"),
            models.CheckConstraint(
                name="cost_estimate_range",
                condition=Q(low__gte=0) & Q(low__lte=F("high")),
                violation_error_message="The low price is above the high price.",
            ),
        )

    @override
    def __str__(self) -> str:
        return f"{self.title}: {self.low}–{self.high} {self.currency}"
