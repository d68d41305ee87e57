from django.contrib import admin

from kb.admin.live_rows import LiveRows
from kb.models import Redirect


@admin.register(Redirect)
class RedirectAdmin(LiveRows[Redirect]):
    list_display = ("identity", "article")
    list_select_related = ("article",)
    search_fields = ("identity",)
    autocomplete_fields = ("article",)
