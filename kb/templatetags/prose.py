"""Prose, source marks and linked data in templates."""

import json
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from kb.markdown import Renderer

register = template.Library()

_CLOSES_SCRIPT = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.filter
def prose(text: str, renderer: Renderer) -> SafeString:
    """Markdown of several paragraphs: `{{ section.body|prose:renderer }}`."""
    return renderer.block(text)


@register.filter
def phrase(text: str, renderer: Renderer) -> SafeString:
    """Markdown of one paragraph, for use inside an element of its own."""
    return renderer.inline(text)


@register.simple_tag
def titled_prose(text: str, renderer: Renderer, caption: str) -> SafeString:
    """Markdown whose tables take their name from the heading above them."""
    return renderer.block(text, caption)


@register.simple_tag
def source_mark(renderer: Renderer, key: str) -> SafeString | str:
    """The raised mark beside a figure: the number of its source, or “est.” for an editorial estimate."""
    mark = renderer.source_mark(key)
    return format_html('<sup><a href="{}">{}</a></sup>', *mark) if mark else ""


@register.simple_tag
def site_name() -> str:
    return settings.SITE_NAME


@register.simple_tag
def absolute(path: str) -> str:
    """The full address of a path on this site."""
    return f"{settings.SITE_URL}{path}"


@register.simple_tag
def json_ld(value: Any) -> SafeString:
    """A block of linked data. What could close the script element is escaped as in Django's own json_script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_CLOSES_SCRIPT)
    # HTML reads no entities in a script, so nothing may be escaped as HTML here. What could end it is escaped as JSON.
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308  # as above
