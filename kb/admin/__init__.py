"""The desk: one module for each registered model."""

from django.conf import settings
from django.contrib import admin

from kb.admin import (
    article,
    audit,
    edition,
    feedback,
    flow,
    node,
    parts,
    people,
    picture,
    redirect,
    revision,
    search_miss,
    standing,
    synonym,
)

__all__ = [
    "article",
    "audit",
    "edition",
    "feedback",
    "flow",
    "node",
    "parts",
    "people",
    "picture",
    "redirect",
    "revision",
    "search_miss",
    "standing",
    "synonym",
]

admin.site.site_header = admin.site.site_title = f"{settings.SITE_NAME}: the desk"
admin.site.enable_nav_sidebar = False  # its list is the same as on the first page, and takes a quarter of the width
