"""`/feed.xml`: what changed, newest first, for feed readers and for editors' colleagues."""

from datetime import UTC, datetime
from typing import override
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from kb.edition import Change, CurrentEdition
from kb.entry import Entry
from kb.serving.reader import reader_page


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
    entries = {entry.article_id: entry for entry in edition.entries.values()}
    for change in edition.changes:
        if (entry := entries.get(change.article_id)) is None:  # it was published while the edition was read
            continue
        is_new = change.number == 1
        said = entry.description if is_new else change.note or "Revised."
        feed.add_item(
            title=f"New: {entry.link_title}" if is_new else f"{entry.link_title} (revision {change.number})",
            link=f"{site}{entry.url}",
            description=escape("".join(sign for sign in said if sign.isprintable())),
            pubdate=change.published_at,
            updateddate=change.published_at,
            unique_id=_tag(entry, change),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _tag(entry: Entry, change: Change) -> str:
    """A name for good (RFC 4151), whatever the article is called later."""
    site = urlsplit(settings.SITE_URL).hostname
    return f"tag:{site},{change.published_at:%Y-%m-%d}:article-{entry.article_id}/{change.number}"
