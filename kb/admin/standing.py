"""Where articles stand on their way to readers. Changed on the articles' own pages; here to be looked through."""

from django.contrib import admin

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import DeskEntry, LinkCheck, PreviewLink, Scheduled, Withdrawal


@admin.register(Scheduled)
class ScheduledAdmin(ReadOnlyAdmin):
    list_display = ("article", "at", "by", "note", "refusal")
    list_select_related = ("article", "by")


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnlyAdmin):
    list_display = ("name", "at", "by", "note")
    list_select_related = ("by",)
    search_fields = ("name", "note")


@admin.register(PreviewLink)
class PreviewLinkAdmin(ReadOnlyAdmin):
    list_display = ("article", "made_by", "made_at", "expires_at", "revoked_at")
    list_select_related = ("article", "made_by")


@admin.register(DeskEntry)
class DeskEntryAdmin(ReadOnlyAdmin):
    list_display = ("article", "review_due_on", "flow_warnings")
    list_select_related = ("article",)
    search_fields = ("article__slug", "article__title")


@admin.register(LinkCheck)
class LinkCheckAdmin(ReadOnlyAdmin):
    list_display = ("url", "fault", "checked_at")
    list_filter = (("fault", admin.EmptyFieldListFilter),)
    search_fields = ("url",)
