from django.contrib import admin

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import SearchMiss


@admin.register(SearchMiss)
class SearchMissAdmin(ReadOnlyAdmin):
    """What readers looked for in vain, by day."""

    list_display = ("day", "kind", "shown_query", "times")
    list_display_links = None
    list_filter = ("kind",)
    search_fields = ("query",)
    date_hierarchy = "day"

    @admin.display(description="query", ordering="query")
    def shown_query(self, miss: SearchMiss) -> str:
        return miss.query or "(others, and what may be personal)"
