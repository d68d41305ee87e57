from typing import ClassVar

from django.contrib import admin

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import Feedback


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    """What visitors say of the articles, newest first. Who they are is not known, and not shown."""

    list_display = ("created_at", "article", "part", "revision", "verdict", "comment")
    list_filter = ("verdict", ("comment", admin.EmptyFieldListFilter), "article")
    list_select_related = ("article",)
    search_fields = ("comment",)
    date_hierarchy = "created_at"
    fields = ("created_at", "article", "part", "revision", "verdict", "comment")
    sortable_by: ClassVar[tuple[str, ...]] = ("created_at", "article", "verdict")
