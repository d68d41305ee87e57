"""Reports: what visitors say an action did for them. Kept live, shown to readers as the edition rolled them up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Count

from kb.document import Document
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.flow import Outcome, Repair
from kb.publishing import move_on
from triage.fingerprint import content_hash
from triage.intervals import Tally
from triage.models import OutcomeReport, OutcomeReportQuerySet

type Action = tuple[int, str, str]
"""An article, a node of its flow, and the digest of what it says: while that is the same, reports are pooled."""

NOTHING = Tally()

_held: tuple[tuple[int, str], Mapping[Action, Tally]] = ((0, ""), {})


@transaction.atomic
def take(
    document: Document,
    node: Repair | Outcome,
    verdict: OutcomeReport.Verdict,
    *,
    article_id: int,
    revision: int,
    visitor: str,
    now: datetime,
) -> None:
    """Keep a report, counted once for each visitor, revision, node and day; the last verdict of the day stands.

    The first report of a day (UTC) begins a new edition, so that readers see the reports up to then.
    """
    OutcomeReport.objects.report(
        article_id=article_id,
        revision=revision,
        node=node.key,
        content_hash=content_hash(document, node),
        verdict=verdict,
        visitor=visitor,
        now=now,
    )
    move_on(now, unless_since=now.replace(hour=0, minute=0, second=0, microsecond=0))


def tally_of(edition: CurrentEdition, entry: Entry, document: Document, node: Repair | Outcome) -> Tally:
    """What visitors said of what `document` says at `node`, in this revision or any with the same words."""
    return tallies(edition).get((entry.article_id, node.key, content_hash(document, node)), NOTHING)


def tallies(edition: CurrentEdition) -> Mapping[Action, Tally]:
    """All reports as they stood when the edition began."""
    global _held
    stamp, found = _held
    if stamp != (edition.number, edition.stamp):
        kept = edition.aside.get("tallies", ())
        found = {(article_id, node, digest): Tally(**verdicts) for article_id, node, digest, verdicts in kept}
        _held = (edition.number, edition.stamp), found
    return found


def tallies_as_of(moment: datetime | None) -> list[tuple[int, str, str, dict[str, int]]]:
    """All reports up to a moment, as an edition holds them; none before the first edition."""
    if moment is None:
        return []
    return [(*action, asdict(tally)) for action, tally in tallied(OutcomeReport.objects.as_of(moment)).items()]


def tallied(reports: OutcomeReportQuerySet) -> Mapping[Action, Tally]:
    """Add up these reports, one query."""
    counts: defaultdict[Action, dict[str, int]] = defaultdict(dict)
    grouped = reports.order_by().values_list("article_id", "node", "content_hash", "verdict")
    for article_id, node, digest, verdict, count in grouped.annotate(count=Count("pk")):
        counts[article_id, node, digest][verdict] = count
    return {action: Tally(**verdicts) for action, verdicts in counts.items()}
