from typing import override

from django.db import models

from kb.models.article import Article


class Redirect(models.Model):
    """An identity that an article was published under before, or an alias; it leads to the article for good."""

    identity = models.CharField(max_length=60, unique=True)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="redirects")

    class Meta:
        ordering = ("identity",)

    @override
    def __str__(self) -> str:
        return f"{self.identity} → {self.article}"

    @override
    def clean(self) -> None:
        self.identity = self.identity.lower()  # as all addresses are
