from typing import override

from django.conf import settings
from django.db import models

from kb.models.article import Article


class Withdrawal(models.Model):
    """An article that was taken from readers. Its addresses, kept as redirects, say so and name what may help."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="withdrawal")
    name = models.CharField(max_length=160, help_text="What the article was called.")
    instead = models.JSONField(help_text="The identities of related articles.")
    note = models.CharField(max_length=200, blank=True, help_text="For editors.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-at", "-pk")

    @override
    def __str__(self) -> str:
        return self.name
