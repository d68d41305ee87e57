"""What waits for an editor, on one page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.formats import date_format

from kb.edition import CurrentEdition, current
from kb.models import Article, DeskEntry, Feedback, LinkCheck, Scheduled, SearchMiss

SHOWN = 50
FEEDBACK_OF = timedelta(days=90)
SEARCHES_OF = timedelta(days=30)
ENOUGH_VOICES = 5
POOR = 0.5


@dataclass(frozen=True)
class Task:
    """One thing to do: where, and why."""

    href: str
    name: str
    why: str


@dataclass(frozen=True)
class Pile:
    """Tasks of one kind; `total` counts also those that are not shown."""

    title: str
    empty: str
    tasks: list[Task]
    total: int

    @property
    def hidden(self) -> int:
        return self.total - len(self.tasks)


def piles(now: datetime, *, with_searches: bool) -> list[Pile]:
    """Everything that waits for editors, the most urgent kind first: a fixed number of queries.

    What readers searched for in vain is not for everybody who writes.
    """
    articles = Article.objects.in_bulk()
    return [
        _pile("Did not go live", "Whatever was scheduled went live in time.", _refused()),
        _pile("Overdue reviews", "No review is overdue.", _overdue(now)),
        _pile("Without an owner", "Every article has an owner.", _unowned()),
        _pile("Links to what is not published", "Every cross-link leads somewhere.", _unresolved(articles)),
        _pile("Outside links that do not answer", _about_checks(), _broken()),
        _pile("Did not help", "No article has poor feedback.", _poor(articles, now)),
        *(_searches(now) if with_searches else ()),
        _pile("Notes of the check", "The check has nothing to note.", _noted()),
    ]


def _searches(now: datetime) -> list[Pile]:
    return [
        _pile("Codes without an article", "Nobody searched for one.", _missed(SearchMiss.Kind.UNKNOWN_CODE, now)),
        _pile("Searches that found nothing", "Every search found something.", _missed(SearchMiss.Kind.NOTHING, now)),
        _pile("Searches after which nothing was opened", "There are none.", _missed(SearchMiss.Kind.UNOPENED, now)),
    ]


def unresolved_links(edition: CurrentEdition) -> Iterator[tuple[int, list[str]]]:
    """The articles whose desk copies link to what is not published, with those identities: one query."""
    for article_id, links in DeskEntry.objects.values_list("article_id", "links"):
        if missing := [target for target in links if edition.find(target) is None]:
            yield article_id, missing


def _pile(title: str, empty: str, tasks: list[Task]) -> Pile:
    return Pile(title, empty, tasks[:SHOWN], len(tasks))


def _task(article: Article, why: str) -> Task:
    return Task(reverse("admin:kb_article_change", args=[article.pk]), str(article), why)


def _refused() -> list[Task]:
    refused = Scheduled.objects.exclude(refusal="").select_related("article")
    return [_task(scheduled.article, scheduled.refusal) for scheduled in refused]


def _overdue(now: datetime) -> list[Task]:
    due = Article.objects.due_for_review(now.date()).select_related("desk")
    return [
        _task(article, f"since {date_format(article.desk.review_due_on, 'M j, Y')}, {article.owner or 'no owner'}")
        for article in due
    ]


def _unowned() -> list[Task]:
    return [_task(article, "nobody is named to look after it") for article in Article.objects.filter(owner="")]


def _unresolved(articles: dict[int, Article]) -> list[Task]:
    return [_task(articles[pk], ", ".join(missing)) for pk, missing in unresolved_links(current())]


def _broken() -> list[Task]:
    return [Task(check.url, check.url, check.fault) for check in LinkCheck.objects.exclude(fault="")]


def _about_checks() -> str:
    newest = LinkCheck.objects.order_by("-checked_at").first()
    if newest is None:
        return "Never checked: run manage.py check_links."
    return f"All answered when they were checked on {date_format(newest.checked_at, 'M j, Y')}."


def _poor(articles: dict[int, Article], now: datetime) -> list[Task]:
    """Articles that helped fewer than half of those who told us, when that is enough people to tell."""
    said = (
        Feedback.objects.filter(part="", created_at__gte=now - FEEDBACK_OF, verdict__in=("yes", "no"))
        .order_by()
        .values("article_id")
        .annotate(yes=Count("pk", filter=Q(verdict="yes")), told=Count("pk"))
        .filter(told__gte=ENOUGH_VOICES, yes__lt=F("told") * POOR)
    )
    return [
        _task(articles[row["article_id"]], f"helped {row['yes']} of {row['told']} in {FEEDBACK_OF.days} days")
        for row in said
    ]


def _missed(kind: SearchMiss.Kind, now: datetime) -> list[Task]:
    missed = SearchMiss.objects.most_missed(kind, since=(now - SEARCHES_OF).date())
    search, is_code = reverse("kb:search"), kind == SearchMiss.Kind.UNKNOWN_CODE
    return [
        Task(
            f"{search}?{urlencode({'q': query})}",
            query.upper() if is_code else query,
            f"{times} time{pluralize(times)} in {SEARCHES_OF.days} days",
        )
        for query, times in missed
    ]


def _noted() -> list[Task]:
    noted = DeskEntry.objects.exclude(warnings=[]).select_related("article").order_by("article__slug")
    return [_task(entry.article, "; ".join(entry.warnings)) for entry in noted]
