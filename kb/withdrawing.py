"""Taking an article from readers."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from kb import soundness
from kb.audit import Action, record
from kb.document import parse
from kb.edition import current
from kb.models import Article, EditionEntry, Redirect, Scheduled, Withdrawal
from kb.problems import Problem, errors
from kb.publishing import PublishRefused, move_on, note_next_due, take_turns


@transaction.atomic
def unpublish(article: Article, *, by: AbstractBaseUser | None, now: datetime, note: str = "") -> None:
    """Take an article from readers; its address then says so and names related articles. What was scheduled is dropped.

    Raises PublishRefused, by the identity of each published article that would be unsound without this one. Does
    nothing where readers don't have the article.
    """
    take_turns()
    entry = EditionEntry.objects.filter(article=article).first()
    if entry is None:
        return
    if refused := _unsound_without(entry.identity, now=now):
        raise PublishRefused(refused)
    document = parse(entry.revision.text)
    instead = [*(row.target for row in document.related), *(row.error for row in document.lookalikes)]
    Withdrawal.objects.create(
        article=article,
        name=f"{document.name}: {document.title}" if document.code else document.title,
        instead=list(dict.fromkeys(name.lower() for name in instead)),
        note=note,
        at=now,
        by_id=by.pk if by else None,
    )
    Redirect.objects.update_or_create(identity=entry.identity, defaults={"article": article})
    entry.delete()
    Scheduled.objects.filter(article=article).delete()
    note_next_due()
    move_on(now)
    record(Action.UNPUBLISHED, by=by, about=article, detail=note)


def _unsound_without(identity: str, *, now: datetime) -> dict[str, list[Problem]]:
    """The faults that other published articles would have if this one were gone, by their identities."""
    edition = current()
    found = {}
    for entry in edition.entries.values():
        document = edition.document(entry.identity)
        if document is None or entry.identity == identity or identity not in entry.links:
            continue
        before = soundness.problems(document, lookup=edition.document, today=now.date())
        after = soundness.problems(
            document, lookup=lambda name: None if name == identity else edition.document(name), today=now.date()
        )
        if fresh := [problem for problem in errors(after) if problem not in before]:
            found[entry.identity] = fresh
    return found
