from django.contrib import admin

from kb.models import Redirect


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):
    list_display = ("identity", "article")
    list_select_related = ("article",)
    search_fields = ("identity",)
    autocomplete_fields = ("article",)
