"""Publishing: check desk copies, freeze each as a revision, and move the site's edition on, in one transaction."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Max, Min

from kb import soundness
from kb.audit import Action, record
from kb.desk import read_document
from kb.document import Document, Kind, digest, dump, parse
from kb.edition import CurrentEdition, current
from kb.entry import card_of
from kb.flow import Flow
from kb.links import linked_identities
from kb.models import Article, Edition, EditionEntry, Picture, Redirect, Revision, Scheduled, Withdrawal
from kb.pictures import Stored, pictures_of
from kb.problems import DocumentInvalid, Problem, errors

EARLIER_REVISIONS = 50


class PublishRefused(Exception):
    """The desk copies are not sound. `problems` holds every fault by the identity of its article."""

    def __init__(self, problems: dict[str, list[Problem]]) -> None:
        self.problems = problems
        super().__init__(
            "; ".join(f"{identity}: {problem}" for identity, found in problems.items() for problem in found)
        )


def check(articles: Sequence[Article], *, now: datetime) -> dict[str, list[Problem]]:
    """Every fault, errors and warnings, that publishing these articles together would meet, by identity."""
    documents = {article.pk: read_document(article) for article in articles}
    return {
        documents[article.pk].identity: check_document(article, documents[article.pk], documents.values(), now=now)
        for article in articles
    }


def check_document(
    article: Article | None, document: Document, together: Iterable[Document], *, now: datetime
) -> list[Problem]:
    """Every fault of one document, seen beside the current edition and the documents published `together` with it."""
    edition = current()
    beside = {other.identity: other for other in together}
    chooser = next((other for other in beside.values() if other.kind is Kind.CHOOSER), None) or edition.chooser_document
    found = soundness.problems(
        document,
        lookup=lambda identity: beside.get(identity) or edition.document(identity),
        today=now.date(),
        observations=chooser.observations if chooser else (),
        earlier=earlier_flows(article) if article is not None and document.flow else (),
        pictures=_stored_pictures(document),
    )
    found += _clashes(article, document, beside.values())
    found += _orphans(article, document, edition, beside)
    try:
        kept = parse(dump(document))
    except DocumentInvalid as error:  # control characters and the like, which no other check names
        named = {problem.field for problem in found}
        return [*found, *(problem for problem in error.problems if problem.field not in named)]
    if kept != document:
        found.append(
            Problem(
                "",
                "the text can’t be stored as a document without a loss; look for odd characters or headings",
            )
        )
    return found


@transaction.atomic
def publish(
    articles: Sequence[Article], *, by: AbstractBaseUser | None, now: datetime, note: str = ""
) -> list[Revision]:
    """Publish these articles together, as one edition. What is live already in the same words is left alone.

    Returns the new revisions, none when nothing changed. What was scheduled for one of these articles is dropped: it
    would put older words back. Raises PublishRefused, and then nothing is published.
    """
    take_turns()
    return put_live([(article, read_document(article)) for article in articles], by=by, now=now, note=note)


@transaction.atomic
def publish_again(revision: Revision, *, by: AbstractBaseUser | None, now: datetime, note: str = "") -> list[Revision]:
    """Publish what an earlier revision said as a new one; the desk copy stays as it is. Raises PublishRefused."""
    take_turns()
    note = note or f"Back to revision {revision.number}"
    documents = [(revision.article, revision.document)]
    return put_live(documents, by=by, now=now, note=note, action=Action.REVERTED)


def put_live(
    documents: Sequence[tuple[Article, Document]],
    *,
    by: AbstractBaseUser | None,
    now: datetime,
    note: str,
    action: Action = Action.PUBLISHED,
) -> list[Revision]:
    """Publish these documents as their articles' next revisions; to be called after `take_turns`."""
    together = [document for _, document in documents]
    refused = {
        document.identity: found
        for article, document in documents
        if (found := errors(check_document(article, document, together, now=now)))
    }
    if refused:
        raise PublishRefused(refused)
    revisions = [
        revision
        for article, document in documents
        if (revision := _freeze(article, document, by=by, now=now, note=note)) is not None
    ]
    Scheduled.objects.filter(article__in=[article for article, _ in documents]).delete()
    for revision in revisions:
        record(action, by=by, about=revision, detail=note)
    if revisions:
        move_on(now)
    note_next_due()
    return revisions


def note_next_due() -> None:
    """Write down when the next scheduled article goes live, where every reader's page looks anyway."""
    waiting = Scheduled.objects.filter(refusal="").aggregate(next=Min("at"))
    Edition.objects.filter(pk=1).update(next_due_at=waiting["next"])


def take_turns() -> None:
    """Hold the edition's row until the end of the transaction, so that publishes follow one another."""
    Edition.objects.get_or_create(pk=1)
    Edition.objects.select_for_update().get(pk=1)


def move_on(now: datetime, *, unless_since: datetime | None = None) -> None:
    """Begin a new edition; with `unless_since`, only when the present one began before that."""
    editions = Edition.objects.filter(pk=1)
    if unless_since is not None:
        editions = editions.filter(published_at__lt=unless_since)
    editions.update(number=F("number") + 1, stamp=secrets.token_hex(8), published_at=now)


def _freeze(
    article: Article, document: Document, *, by: AbstractBaseUser | None, now: datetime, note: str
) -> Revision | None:
    text = dump(document)
    entry = EditionEntry.objects.select_related("revision").filter(article=article).first()
    if entry is not None and entry.revision.text == text:
        return None
    newest = Revision.objects.filter(article=article).aggregate(newest=Max("number"))["newest"] or 0
    revision = Revision.objects.create(
        article=article,
        number=newest + 1,
        text=text,
        note=note,
        published_at=now,
        published_by_id=by.pk if by else None,
    )
    Withdrawal.objects.filter(article=article).delete()
    Redirect.objects.filter(identity=document.identity).delete()
    if entry is not None and entry.identity != document.identity:
        Redirect.objects.update_or_create(identity=entry.identity, defaults={"article": article})
    EditionEntry.objects.update_or_create(
        article=article,
        defaults={
            "revision": revision,
            "identity": document.identity,
            "kind": document.kind,
            "card": card_of(document),
            "links": linked_identities(document),
            "digest": digest(document),
        },
    )
    return revision


def _stored_pictures(document: Document) -> set[str]:
    names = {stored.name for _, shown in pictures_of(document) if (stored := Stored.at(shown.address))}
    return set(Picture.objects.filter(name__in=names).values_list("name", flat=True)) if names else set()


def earlier_flows(article: Article) -> list[Flow]:
    """The flows that this article published before, newest first."""
    texts = (
        Revision.objects.filter(article=article).order_by("-number").values_list("text", flat=True)[:EARLIER_REVISIONS]
    )
    return [flow for text in texts if (flow := _flow_in(text)) is not None]


@lru_cache(maxsize=4 * EARLIER_REVISIONS)
def _flow_in(text: str) -> Flow | None:
    return parse(text).flow


def _clashes(article: Article | None, document: Document, together: Iterable[Document]) -> list[Problem]:
    others = EditionEntry.objects.exclude(article=article)
    found = []
    if others.filter(identity=document.identity).exists():
        found.append(Problem("slug", f"“{document.identity}” is the address of another published article"))
    choosers = [other for other in together if other.kind == "chooser"]
    if document.kind == "chooser" and (len(choosers) > 1 or others.filter(kind="chooser").exists()):
        found.append(Problem("kind", "there is a published “which error is it?” already; there can be only one"))
    return found


def _orphans(
    article: Article | None, document: Document, edition: CurrentEdition, together: Collection[str]
) -> list[Problem]:
    """Observations that the chooser drops while published errors still have signs for them."""
    if article is None or edition.chooser is None or edition.chooser.article_id != article.pk:
        return []
    users: dict[str, list[str]] = {}
    for entry in edition.of_kind(Kind.ERROR):
        for sign in entry.signs if entry.identity not in together else ():
            users.setdefault(sign.observation, []).append(entry.name)
    listed = {observation.key for observation in document.observations}
    return [
        Problem(
            "observations",
            f"“{key}” is not listed any more, but has signs in {', '.join(names)};"
            " take them out first, or publish all of it together",
        )
        for key, names in users.items()
        if key not in listed
    ]
