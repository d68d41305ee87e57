from typing import override

from django.db import models

from kb.document import Standing
from kb.models.article import Part, choices


class Source(Part):
    """Where figures and claims of an article come from."""

    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    publisher = models.CharField(max_length=120)
    standing = models.CharField(max_length=20, choices=choices(Standing))
    url = models.URLField(max_length=500, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta(Part.Meta):
        constraints = (models.UniqueConstraint(fields=("article", "key"), name="source_key_unique"),)

    @override
    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}"
