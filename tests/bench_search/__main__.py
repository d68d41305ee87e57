"""Measure the search at size, as ratios to one indexed database look-up on the same machine in the same minute.

    make bench-search                          # 1,000, 10,000 and 100,000 made-up articles
    python -m tests.bench_search 1000 10000    # other sizes

What is timed is the way from a text to what the page shows of it: reading the text, the index, the ranking and the
excerpts, but not the page. “Pasted” texts are as long as the search reads, and longer than what is promised to be fast.
The index is built from documents; parsing their texts comes on top when a site builds it.
"""

import os
import sys
import tempfile
from pathlib import Path

SIZES = [1_000, 10_000, 100_000]
LARGEST = 1_000_000


def main(arguments: list[str]) -> None:
    sizes = [int(text) for text in arguments if text.isascii() and text.isdecimal() and 0 < int(text) <= LARGEST]
    if len(sizes) != len(arguments):
        sys.exit(f"Say how many articles, as whole numbers up to {LARGEST:,}.")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        database = Path(folder) / "db.sqlite3"
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{database}")
        os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", DEBUG="False", SEARCH_ROOT=folder)
        os.environ.update(SECRET_KEY="guards-nothing-" * 4, SITE_URL="http://127.0.0.1:8000")
        _measure(sizes or SIZES)


def _measure(sizes: list[int]) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)

    from tests.bench_search.measure import measure

    for size in sizes:
        measure(size)


if __name__ == "__main__":
    main(sys.argv[1:])
