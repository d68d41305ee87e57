from django.db import models

from kb.models.article import Article


class Reply(models.Model):
    """What one visitor told us about one revision of an article.

    A visitor is the hash of an address under the salt of that day, so nobody can be followed from one day to the next.
    `manage.py forget` empties it later; constraints that count a visitor once must let the empty one pass.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveIntegerField()
    visitor = models.CharField(max_length=32, blank=True)
    day = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ("-created_at", "-pk")
