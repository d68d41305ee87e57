"""An article in its other forms: as text, as JSON, and as the picture that goes with a shared link."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse

from kb.document import Document, Kind
from kb.drawing import plate
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.faces import Standing, as_data, as_text
from kb.serving.reader import published, reader_page


@reader_page
def article_file(request: HttpRequest, edition: CurrentEdition, kind: Kind, identity: str, suffix: str) -> HttpResponse:
    """`/errors/102.md`, `.json` and `.png`; other names lead to the one that the article has."""
    entry = published(edition, identity)
    document = edition.document(entry.identity)
    if document is None or entry.kind is not kind:
        raise Http404
    if entry.identity != identity:
        return HttpResponsePermanentRedirect(entry.file(suffix))
    response = _in_form(document, entry, suffix)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Link"] = f'<{settings.SITE_URL}{entry.url}>; rel="canonical"'
    return response


def _in_form(document: Document, entry: Entry, suffix: str) -> HttpResponse:
    match suffix:
        case "md":
            text = as_text(document, standing_of(entry))
            return HttpResponse(text, content_type="text/markdown; charset=utf-8")
        case "json":
            data = as_data(document, standing_of(entry))
            return JsonResponse(data, json_dumps_params={"ensure_ascii": False})
        case _:
            picture = plate.draw(entry.name if entry.code else "Guide", entry.title, settings.SITE_NAME)
            return HttpResponse(picture, content_type="image/png")


def standing_of(entry: Entry) -> Standing:
    site = settings.SITE_URL
    triage_url = f"{site}{entry.triage_url}" if entry.has_flow else ""
    return Standing(f"{site}{entry.url}", triage_url, entry.revision, entry.published_on)
