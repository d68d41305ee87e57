"""Fill the database with many articles, or publish one of them: for Django's shell, in a process of its own."""

import time
from dataclasses import replace
from hashlib import blake2b
from itertools import batched

from django.utils import timezone

from kb.desk import read_document, write_document
from kb.document import dump
from kb.entry import card_of
from kb.links import linked_identities
from kb.models import Article, Edition, EditionEntry, Revision
from kb.publishing import publish

AT_ONCE = 500


def fill(size: int, first_code: int) -> None:
    """Copies of one article under made-up codes, put live without the check of each."""
    model, now = read_document(Article.objects.get(slug="102")), timezone.now()
    text, links = dump(replace(model, aliases=())), sorted(linked_identities(model))
    codes = [str(first_code + number) for number in range(size - EditionEntry.objects.count())]
    for some in batched(codes, AT_ONCE):
        articles = Article.objects.bulk_create(
            Article(code=code, slug=code, title=model.title, reviewed_on=model.reviewed_on) for code in some
        )
        revisions = Revision.objects.bulk_create(
            Revision(
                article=article,
                number=1,
                text=text.replace("code: '102'", f"code: '{article.code}'", 1),
                published_at=now,
            )
            for article in articles
        )
        EditionEntry.objects.bulk_create(
            EditionEntry(
                article=revision.article,
                revision=revision,
                identity=revision.article.code,
                kind=model.kind,
                card=card_of(replace(model, code=revision.article.code, aliases=())),
                links=links,
                digest=blake2b(revision.text.encode(), digest_size=16).hexdigest(),
            )
            for revision in revisions
        )
    Edition.objects.update(stamp="filled")


def publish_one(title: str) -> float:
    """Seconds to publish one changed article."""
    document = read_document(Article.objects.get(slug="102"))
    write_document(replace(document, title=title))
    article = Article.objects.get(slug="102")
    begun = time.perf_counter()
    publish([article], by=None, now=timezone.now(), note="")
    return time.perf_counter() - begun
