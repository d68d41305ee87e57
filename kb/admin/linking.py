"""Where a link may lead, offered while `[[` is typed: articles by code, title or alias, and their parts after a `#`."""

from collections.abc import Iterator

from django.db.models import Case, Q, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse

from kb.admin.editor import StaffOnly, refused
from kb.desk import read_document
from kb.edition import current
from kb.finding.querying import clean
from kb.links import parts_of
from kb.models import Article

MOST = 8
DESK_ONLY = "not published yet"

type Suggestion = dict[str, str]
"""`target` is what a link says, `title` and `note` are what a list shows of it."""


class Links(StaffOnly):
    """Answers static/js/prose-link.js."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not (request.user.has_perm("kb.view_article") or request.user.has_perm("kb.change_article")):
            return refused("You may not look at articles. Ask an administrator for the role of a writer.")
        name, mark, part = clean(request.GET.get("q", "")).partition("#")
        found = parts(name, part) if mark else articles(name)
        response = JsonResponse({"suggestions": list(found)[:MOST]})
        response.headers["Cache-Control"] = "no-store"
        return response


def articles(typed: str) -> Iterator[Suggestion]:
    """Articles of the desk in which each word that was typed stands, those first that begin with it: one query."""
    found = Article.objects.exclude(slug="").annotate(
        is_live=Case(When(entry__isnull=True, then=Value(False)), default=Value(True)),
        place=Case(
            When(slug__iexact=typed, then=Value(0)), When(slug__istartswith=typed, then=Value(1)), default=Value(2)
        ),
    )
    for word in typed.split():
        found = found.filter(Q(slug__icontains=word) | Q(title__icontains=word) | Q(aliases__icontains=word))
    rows = found.order_by("place", "kind", "slug").values_list("code", "slug", "title", "is_live")[:MOST]
    for code, slug, title, is_live in rows:
        yield {"target": code or slug, "title": title, "note": "" if is_live else DESK_ONLY}


def parts(name: str, typed: str) -> Iterator[Suggestion]:
    """Parts of one article, as readers have it and as the desk has it, in which each word stands."""
    edition = current()
    entry = edition.find(name)
    identity = entry.identity if entry else name.lower()
    live = edition.document(identity)
    desk = Article.objects.filter(slug=identity).first()
    published = dict(parts_of(live)) if live else {}
    for anchor, title in {**published, **(dict(parts_of(read_document(desk))) if desk else {})}.items():
        if all(word in f"{anchor} {title}".lower() for word in typed.lower().split()):
            is_live = anchor in published
            yield {"target": f"{name}#{anchor}", "title": title, "note": anchor if is_live else DESK_ONLY}
