from typing import override

from django.db import models

from kb.figures import ESTIMATE
from kb.models.article import SOURCE_HELP, Part
from kb.models.fields import DurationField


class FixTime(Part):
    """How long the repair takes in one of the cases."""

    case = models.CharField(max_length=120)
    time = DurationField()
    source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "case"), name="fix_time_case_unique"),)

    @override
    def __str__(self) -> str:
        return f"{self.case}: {self.time}"
