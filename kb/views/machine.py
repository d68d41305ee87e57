"""What crawlers, browsers and language models ask a site for: robots.txt, llms.txt, search box, app icon, contact."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.serving.reader import reader_page

_TEXT = "text/plain; charset=utf-8"
SECURITY_CONTACT_HOLDS = timedelta(days=180)  # RFC 9116, section 2.5.5 asks for less than a year


@reader_page
def robots(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    text = f"User-agent: *\nDisallow: /admin/\nDisallow: /embed/\n\nSitemap: {_full('kb:sitemap')}\n"
    return HttpResponse(text, content_type=_TEXT)


@reader_page
def llms(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """The site as one list of documents, as https://llmstxt.org describes it."""
    return HttpResponse("\n".join(_llms_lines(edition)), content_type=_TEXT)


def _llms_lines(edition: CurrentEdition) -> Iterator[str]:
    yield from (
        f"# {settings.SITE_NAME}",
        "",
        "> What is wrong when a QuickBooks Online bank feed breaks, whether the books are safe, what to do first, and"
        " what help costs: an article for each error code, and a triage that asks one question at a time."
        " Independent; not affiliated with Intuit.",
        "",
        "Each article is one document: front matter for all that is typed, Markdown for prose. The links below lead"
        " to the text; `.json` instead of `.md` is the same as JSON. A figure names its source by key; `estimate` means"
        " that our editors reckon so and nobody has published a figure. `[[103]]` in prose names another article.",
    )
    for title, kind in (("Errors", Kind.ERROR), ("Guides", Kind.GUIDE)):
        yield from ("", f"## {title}", "", *(_listed(entry) for entry in edition.of_kind(kind)))
    yield from ("", "## More", "", *_more(edition), "")


def _listed(entry: Entry) -> str:
    return f"- [{_label(entry.link_title)}]({settings.SITE_URL}{entry.file('md')}): {entry.description}"


def _more(edition: CurrentEdition) -> Iterator[str]:
    yield f"- [Which error is it?]({_full('triage:choose')}): a triage for people without a code"
    yield f"- [The errors side by side]({_full('triage:compare')}): what tells look-alikes apart"
    yield f"- [What changed]({_full('kb:feed')}): an Atom feed"


def _label(text: str) -> str:
    """Text that can't close the brackets of a Markdown link."""
    return text.replace("[", "(").replace("]", ")")


@reader_page
def opensearch(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Lets browsers offer this site's search in their address bar."""
    # The format allows 16 characters for the short name and 48 for the long one.
    names = {"short_name": settings.SITE_NAME[:16], "long_name": settings.SITE_NAME[:48]}
    return render(request, "kb/opensearch.xml", names, content_type="application/opensearchdescription+xml")


@reader_page
def manifest(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Name, colors and icons for a home screen. Opens in the browser: links are meant to be copied from its bar."""
    about = {
        "name": settings.SITE_NAME,
        "description": "Fix a QuickBooks Online bank feed that stopped.",
        "start_url": reverse("kb:home"),
        "display": "browser",
        "background_color": "#ffffff",
        "theme_color": "#0a4652",
        "icons": [
            {"src": static("img/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            {"src": static("img/icon-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "maskable"},
            {"src": static("img/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
    return JsonResponse(about, content_type="application/manifest+json")


@reader_page
def security(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Whom to tell about a hole in this site, as RFC 9116 has it. Its date depends on the clock: nobody may keep it."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (timezone.now() + SECURITY_CONTACT_HOLDS).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {_full('kb:security')}",
    )
    headers = {"Cache-Control": "no-store"}
    return HttpResponse("\n".join((*lines, "")), content_type=_TEXT, headers=headers)


def _full(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"
