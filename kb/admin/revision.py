from django.contrib import admin

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import Revision


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ("article", "number", "published_at", "published_by", "note")
    list_select_related = ("article", "published_by")
    search_fields = ("article__slug", "article__title", "note")
    date_hierarchy = "published_at"
