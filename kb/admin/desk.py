"""What every row of the desk has in common: after a change, what lists show of its article is taken anew."""

from collections.abc import Iterable
from typing import Any, override

from django.db.models import Model, QuerySet
from django.forms import BaseFormSet, ModelForm
from django.http import HttpRequest

from kb.admin.conflicts import SharedPage
from kb.admin.room import RoomForWords
from kb.desk import take_stock
from kb.models import Article


class DeskAdmin(RoomForWords, SharedPage):
    """A row that belongs to one article."""

    @override
    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Iterable[BaseFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        take_stock(self.article_of(form.instance))

    @override
    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        article = self.article_of(obj)
        super().delete_model(request, obj)
        _take_stock_of([article])

    @override
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        articles = [self.article_of(row) for row in queryset]
        super().delete_queryset(request, queryset)
        _take_stock_of(articles)


def _take_stock_of(articles: Iterable[Article]) -> None:
    for article in Article.objects.filter(pk__in={article.pk for article in articles}):  # it may be gone itself
        take_stock(article)
