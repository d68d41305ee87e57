"""Make this node's search index anew."""

from typing import Any, override

from django.core.management.base import BaseCommand, CommandError

from kb.finding import indexing
from kb.finding.searchindex import Damaged
from kb.management.progress import progress
from kb.serving.turns import Busy


class Command(BaseCommand):
    """Rebuild beside the present index, which readers use meanwhile, then exchange the two."""

    help = "Make this node's search index anew from the published articles. Searches go on meanwhile."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = indexing.rebuild(lambda rows: progress(rows, "Indexing articles", self.stdout))
        except Busy:
            raise CommandError("Another process is changing the search index. Try again in a minute.") from None
        except (Damaged, OSError) as error:
            raise CommandError(f"The search index can’t be written: {error}.") from None
        self.stdout.write(f"{count} articles can be found.")
