"""Ask every address outside the site that live articles name, slowly and once, and note which do not answer."""

import time
from argparse import ArgumentParser
from typing import Any, override
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand
from django.utils import timezone

from kb.edition import current
from kb.management.progress import progress
from kb.models import LinkCheck
from kb.outside import SECONDS, addresses_in, fault_of


class Command(BaseCommand):
    """Run by hand or once a week; what it finds stands on the editors' to-do page."""

    help = "Check the outside links of all live articles, one after the other, with a pause between two of one site."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seconds", type=float, default=SECONDS, help=f"to wait for an answer; default: {SECONDS}")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between two of one site; default: 1")
        parser.add_argument("--private", action="store_true", help="also ask addresses of private networks")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        edition = current()
        documents = (edition.document(identity) for identity in edition.entries)
        urls = sorted({url for document in documents if document for url in addresses_in(document)})
        LinkCheck.objects.exclude(url__in=urls).delete()
        faults = 0
        asked: dict[str, float] = {}
        for url in progress(urls, "Checking links", self.stdout):
            _wait_for_turn(urlsplit(url).netloc, asked, options["pause"])
            fault = fault_of(url, private=options["private"], seconds=options["seconds"])
            LinkCheck.objects.update_or_create(url=url, defaults={"checked_at": timezone.now(), "fault": fault})
            if fault:
                faults += 1
                self.stdout.write(f"{url}: {fault}")
        self.stdout.write(f"{len(urls)} addresses asked, {faults} with a fault.")


def _wait_for_turn(site: str, asked: dict[str, float], pause: float) -> None:
    """Be polite: leave a site alone for a while after asking it."""
    now = time.monotonic()
    if (wait := asked.get(site, now - pause) + pause - now) > 0:
        time.sleep(wait)
    asked[site] = time.monotonic()
