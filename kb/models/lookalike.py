from typing import override

from django.db import models

from kb.models.article import Part


class Lookalike(Part):
    """A row of the differential diagnosis: another error, what is wrong there, and its telling sign."""

    error = models.CharField(max_length=20, help_text="The other error’s code.")
    fault = models.CharField("what is wrong there", max_length=300)
    sign = models.CharField("the telling sign", max_length=300)

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "error"), name="lookalike_error_unique"),)

    @override
    def __str__(self) -> str:
        return f"not {self.error}"
