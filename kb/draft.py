"""A desk copy as readers would see it: the current edition with one document exchanged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import override

from django.urls import get_script_prefix, reverse, set_script_prefix

from kb.desk import read_document
from kb.document import Document, Kind, digest
from kb.edition import CurrentEdition
from kb.entry import Entry, card_of, from_card
from kb.links import linked_identities
from kb.models import Article, PreviewLink


class DraftEdition(CurrentEdition):
    """An edition in which one article is as it stands on the desk; everything else is what is live."""

    def __init__(self, live: CurrentEdition, article: Article) -> None:
        self.draft = read_document(article)
        self._live = live
        self._article_id = article.pk
        others = [entry for entry in live.entries.values() if entry.article_id != article.pk]
        before = next((entry for entry in live.entries.values() if entry.article_id == article.pk), None)
        super().__init__(
            live.number,
            live.stamp,
            [*others, _entry_of(self.draft, article, before)],
            published_at=live.published_at,
            synonyms=live.synonyms,
            aside=live.aside,
        )

    @override
    def document(self, identity: str) -> Document | None:
        return self.draft if identity == self.draft.identity else self._live.document(identity)

    @override
    def pinned(self, entry: Entry, number: int) -> Document | None:
        if entry.article_id == self._article_id and number == entry.revision:
            return self.draft
        return self._live.pinned(entry, number)


def _entry_of(draft: Document, article: Article, before: Entry | None) -> Entry:
    """What lists show of the draft, under the number that its revision would have."""
    return Entry(
        **from_card(card_of(draft)),
        identity=draft.identity,
        kind=draft.kind,
        links=frozenset(linked_identities(draft)),
        article_id=article.pk,
        revision_id=0,
        digest=digest(draft),
        revision=before.revision + 1 if before else 1,
        published_on=draft.reviewed_on.isoformat(),
    )


@contextmanager
def addresses_below(link: PreviewLink) -> Iterator[None]:
    """Let every address that is made meanwhile stand below the link's, so that readers stay within the preview."""
    before = get_script_prefix()
    set_script_prefix(reverse("kb:draft", args=[link.token]))
    try:
        yield
    finally:
        set_script_prefix(before)


def preview_address(link: PreviewLink) -> str:
    """Where a preview begins: at the draft itself, or at home while the draft has no address yet."""
    article = link.article
    with addresses_below(link):
        if not article.slug:
            return reverse("kb:home")
        if article.kind == Kind.CHOOSER:
            return reverse("triage:choose")
        return reverse(f"kb:{article.kind}", args=[article.slug])
