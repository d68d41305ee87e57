from typing import override

from django.db import models


class DailySalt(models.Model):
    """The random salt of one day. Yesterday's is deleted, and with it the way from an address to its hash."""

    day = models.DateField(unique=True)
    salt = models.CharField(max_length=64)

    @override
    def __str__(self) -> str:
        return self.day.isoformat()


class PostCount(models.Model):
    """How often one visitor has posted one kind of thing within an hour. Older hours are deleted."""

    visitor = models.CharField(max_length=32)
    action = models.CharField(max_length=20)
    hour = models.DateTimeField()
    posts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("visitor", "action", "hour"), name="post_count_unique"),)

    @override
    def __str__(self) -> str:
        return f"{self.action}: {self.posts}"
