from django.contrib import admin

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import Edition, EditionEntry


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "published_at")


@admin.register(EditionEntry)
class EditionEntryAdmin(ReadOnlyAdmin):
    list_display = ("identity", "kind", "revision")
    list_filter = ("kind",)
    list_select_related = ("revision__article",)
    search_fields = ("identity",)
