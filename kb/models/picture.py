from typing import override

from django.conf import settings
from django.db import models

from kb.pictures import FOLDER


class Picture(models.Model):
    """A picture that was uploaded and drawn anew. Texts name it by its address, so it never changes and never moves."""

    name = models.CharField(max_length=60, unique=True, help_text="Of the file; made from random figures and its size.")
    alternative = models.CharField(
        "alternative text", max_length=200, help_text="What the picture shows, for people who don’t see it."
    )
    width = models.PositiveIntegerField(help_text="In pixels.")
    height = models.PositiveIntegerField(help_text="In pixels.")
    size = models.PositiveIntegerField(help_text="In bytes.")
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-uploaded_at", "-pk")

    @override
    def __str__(self) -> str:
        return self.alternative

    @property
    def address(self) -> str:
        return f"{FOLDER}{self.name}"

    @property
    def markdown(self) -> str:
        """What to write in a text to show the picture there."""
        return f"![{self.alternative}]({self.address})"
