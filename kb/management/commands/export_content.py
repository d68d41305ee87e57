"""Write articles as documents."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError

from kb.exporting import Export, live, on_the_desk, zipped
from kb.finding import synonyms
from kb.management.progress import progress
from kb.models import Article, Synonym


class Command(BaseCommand):
    """Write one file for each article; load_content and import_text take them back byte for byte."""

    help = "Write articles into a folder, one document each, or all into one zip. Without names: all of them."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", metavar="DIR", help="where to; left out with --zip")
        parser.add_argument("names", nargs="*", metavar="NAME", help="codes or slugs, such as 102 or manual-import")
        parser.add_argument("--zip", type=Path, metavar="FILE", help="write one zip instead of a folder")
        parser.add_argument("--desk", action="store_true", help="what is on the desk, instead of what readers see")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        folder, names, archive = options["folder"], options["names"], options["zip"]
        if archive and folder:
            names = [folder, *names]
        elif not archive and not folder:
            raise CommandError("Say where to: a folder, or --zip FILE.")
        exports = self._exports([str(name).lower() for name in names], from_desk=options["desk"])
        try:
            if archive:
                archive.write_bytes(zipped(progress(exports, "Packing articles", self.stdout)))
                return
            Path(folder).mkdir(parents=True, exist_ok=True)
            for export in progress(exports, "Writing articles", self.stdout):
                (Path(folder) / export.name).write_bytes(export.content)
            if not names and (groups := Synonym.objects.groups()):
                (Path(folder) / synonyms.FILE_NAME).write_text(synonyms.dump(groups), encoding="utf-8", newline="\n")
        except OSError as error:
            raise CommandError(f"Can’t write to {archive or folder}: {error.strerror}.") from None

    def _exports(self, names: list[str], *, from_desk: bool) -> list[Export]:
        articles = Article.objects.filter(slug__in=names) if names else Article.objects.all()
        if missing := set(names) - set(articles.values_list("slug", flat=True)):
            raise CommandError(f"There is no article {', '.join(sorted(missing))}.")
        if from_desk:
            return list(on_the_desk(articles))
        exports = list(live(articles if names else None))
        if names and len(exports) < len(set(names)):
            published = articles.filter(entry__isnull=False).values_list("slug", flat=True)
            unpublished = ", ".join(sorted(set(names) - set(published)))
            raise CommandError(f"Not published: {unpublished}. Add --desk for what is on the desk.")
        return exports
