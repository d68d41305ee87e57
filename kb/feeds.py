"""`/feed.xml`: what changed, newest first, for feed readers and for editors' colleagues."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import override
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from kb.edition import CurrentEdition, Entry
from kb.models import Revision
from kb.reader import reader_page

MOST = 50


class ChangesFeed(Atom1Feed):
    """An Atom feed that is as old as the edition, also when nothing has been published."""

    edition_began_at: datetime | None = None

    @override
    def latest_post_date(self) -> datetime:
        return self.edition_began_at or datetime(1970, 1, 1, tzinfo=UTC)


@reader_page
def changes(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """The newest revisions of all articles that are live, each with the note that it was published with."""
    site = settings.SITE_URL
    feed = ChangesFeed(
        title=f"{settings.SITE_NAME}: changes",
        subtitle="New and revised articles on QuickBooks Online bank-feed errors.",
        link=f"{site}/",
        feed_url=f"{site}{reverse('kb:feed')}",
        author_name=settings.SITE_NAME,
        language="en-US",
        description="",
    )
    feed.edition_began_at = edition.published_at
    for entry, number, note, published_at in _newest(edition):
        is_new = number == 1
        said = entry.description if is_new else note or "Revised."
        feed.add_item(
            title=f"New: {entry.link_title}" if is_new else f"{entry.link_title} (revision {number})",
            link=f"{site}{entry.url}",
            description=escape("".join(sign for sign in said if sign.isprintable())),
            pubdate=published_at,
            updateddate=published_at,
            unique_id=_tag(entry, number, published_at),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _newest(edition: CurrentEdition) -> Iterator[tuple[Entry, int, str, datetime]]:
    """Revisions of what is live: each with its article, number, note and time."""
    entries = {entry.article_id: entry for entry in edition.entries.values()}
    live = Revision.objects.filter(article__entry__isnull=False)
    newest = live.values_list("article_id", "number", "note", "published_at")[:MOST]
    for article_id, number, note, published_at in newest:
        if entry := entries.get(article_id):  # missing when it was published only just now
            yield entry, number, note, published_at


def _tag(entry: Entry, number: int, published_at: datetime) -> str:
    """A name for good (RFC 4151), whatever the article is called later."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{published_at:%Y-%m-%d}:article-{entry.article_id}/{number}"
