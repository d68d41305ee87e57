"""Publishing at a time to come.

On a server the watch beside the requests puts live what is due; elsewhere whoever asks for a page after that time does.
"""

import logging
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from kb.audit import Action, record
from kb.desk import read_document
from kb.document import dump
from kb.edition import CurrentEdition, current
from kb.models import Article, Revision, Scheduled
from kb.problems import DocumentInvalid, errors
from kb.publishing import PublishRefused, check_document, note_next_due, put_live, take_turns

log = logging.getLogger(__name__)


def current_at(now: datetime) -> CurrentEdition:
    """The current edition, once everything that is due by `now` is live."""
    edition = current()
    if edition.next_due_at is None or edition.next_due_at > now:
        return edition
    try:
        release_due(now)
    except DatabaseError:  # readers get what is live; the next one tries again
        log.exception("What is due could not be put live")
        return edition
    return current()


@transaction.atomic
def schedule(
    article: Article, *, at: datetime, by: AbstractBaseUser | None, now: datetime, note: str = ""
) -> Scheduled:
    """Freeze the desk copy, to go live at a time to come; it takes the place of what was scheduled before.

    Raises PublishRefused when it could not be published now, ValueError for a time that is past.
    """
    if at <= now:
        raise ValueError("the time to publish is past; choose one that is still to come, or publish now")
    take_turns()
    document = read_document(article)
    if found := errors(check_document(article, document, [document], now=now)):
        raise PublishRefused({document.identity: found})
    scheduled, _ = Scheduled.objects.update_or_create(
        article=article,
        defaults={"at": at, "text": dump(document), "note": note, "by_id": by.pk if by else None, "refusal": ""},
    )
    note_next_due()
    record(Action.SCHEDULED, by=by, about=scheduled, detail=note)
    return scheduled


@transaction.atomic
def unschedule(article: Article, *, by: AbstractBaseUser | None) -> None:
    """Drop what was scheduled for an article."""
    take_turns()
    if Scheduled.objects.filter(article=article).delete()[0]:
        record(Action.UNSCHEDULED, by=by, about=article)
    note_next_due()


@transaction.atomic
def release_due(now: datetime) -> list[Revision]:
    """Put live what is due, each article by itself; what can't go live any more stays scheduled with the reasons."""
    take_turns()
    revisions = []
    for due in Scheduled.objects.filter(at__lte=now, refusal="").select_related("article", "by"):
        try:
            with transaction.atomic():
                revisions += put_live([(due.article, due.document)], by=due.by, now=now, note=due.note)
        except (PublishRefused, DocumentInvalid) as refused:
            _refuse(due, str(refused))
        except (OperationalError, InterfaceError):
            raise  # the database is away, and the article may be as good as any
        except Exception:
            log.exception("%s was due and could not be put live", due)
            _refuse(due, "the site failed on it, and its log says how")
    note_next_due()
    return revisions


def _refuse(due: Scheduled, why: str) -> None:
    """Not tried again: one article must not keep all others from readers."""
    due.refusal = why
    due.save(update_fields=["refusal"])
