"""Build an index of made-up articles, ask it, and print how long that took."""

import shutil
import tempfile
import time
import timeit
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import batched
from pathlib import Path
from statistics import quantiles
from unittest import mock

from django.conf import settings

from kb.document import Document
from kb.edition import CurrentEdition
from kb.entry import Entry, card_of, from_card
from kb.finding import synonyms
from kb.finding.concepts import Synonyms
from kb.finding.indexreader import IndexReader
from kb.finding.search import find
from kb.finding.searchindex import SearchIndex
from kb.models import Article
from tests.bench_search.corpus import FIRST_CODE, Corpus

QUERIES = 200
WARM_UP = 20
TRIES = 10
"""How often each query is asked; its best time counts, so that it matters little what else the machine does."""
STAMP = "bench"


def measure(size: int) -> None:
    """Print the figures of one size."""
    fixtures = settings.BASE_DIR / "fixtures"
    corpus = Corpus(size, "".join(path.read_text() for path in sorted(fixtures.glob("*.md"))))
    folder = Path(tempfile.mkdtemp(prefix="bench-search-"))
    try:
        reader, entries, seconds = _build(corpus, folder)
        megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        print(f"\n{size:,} articles: index built in {seconds:.1f} s, {megabytes:,.1f} MB")
        groups = synonyms.parse((fixtures / synonyms.FILE_NAME).read_text())
        edition = CurrentEdition(1, STAMP, entries, synonyms=Synonyms(groups))
        _fill_database(corpus)
        with mock.patch("kb.finding.indexing.in_step", return_value=reader):
            _ask(corpus, edition)
    finally:
        shutil.rmtree(folder)


def _build(corpus: Corpus, folder: Path) -> tuple[IndexReader, list[Entry], float]:
    """The index, the lists of the edition, and the seconds that the index alone took."""
    entries: list[Entry] = []
    index = SearchIndex(folder)
    begun = time.perf_counter()
    elsewhere = 0.0

    def documents() -> Iterator[tuple[str, Document]]:
        nonlocal elsewhere
        paused = time.perf_counter()
        for document in corpus.documents():
            entries.append(_entry(document))
            elsewhere += time.perf_counter() - paused
            yield document.identity, document
            paused = time.perf_counter()

    index.change(add=documents(), stamp=STAMP)
    return index.reader, entries, time.perf_counter() - begun - elsewhere


def _entry(document: Document) -> Entry:
    fields = from_card(card_of(document))
    return Entry(
        **fields,
        identity=document.identity,
        kind=document.kind,
        links=frozenset(fields["lookalikes"]),
        article_id=0,
        revision_id=0,
        revision=1,
        digest="",
        published_on="2026-11-01",
    )


def _fill_database(corpus: Corpus) -> None:
    """As many articles to look one up by its address."""
    Article.objects.all().delete()
    codes = range(FIRST_CODE, FIRST_CODE + corpus.size)
    for some in batched(codes, 1_000):
        Article.objects.bulk_create(
            Article(code=str(code), slug=str(code), title=f"Error {code}", reviewed_on="2026-11-01") for code in some
        )


def _ask(corpus: Corpus, edition: CurrentEdition) -> None:
    print(f"{'':12}{'p50 ms':>10}{'p95 ms':>10}{'p50 ratio':>12}{'p95 ratio':>12}")
    codes = [str(FIRST_CODE + at * corpus.size // QUERIES) for at in range(QUERIES)]
    for kind, queries in corpus.queries(QUERIES).items():
        lookup, _ = _timed(lambda code: Article.objects.values_list("pk").get(slug=code), codes)
        middle, slow = _timed(partial(_find, edition=edition), queries)
        print(f"{kind:12}{middle:>10.2f}{slow:>10.2f}{middle / lookup:>12.1f}{slow / lookup:>12.1f}")
    print(f"{'look-up':12}{lookup:>10.2f}")


def _find(text: str, edition: CurrentEdition) -> None:
    if not find(text, edition).is_complete:
        raise SystemExit(f"The search gave up on “{text}”: what it took to do so is no figure.")


def _timed(work: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """The 50th and the 95th percentile in milliseconds."""
    for text in texts[:WARM_UP]:
        work(text)
    taken = list(_seconds(work, texts))
    cuts = quantiles(taken, n=20)
    return cuts[9] * 1e3, cuts[18] * 1e3


def _seconds(work: Callable[[str], object], texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        yield min(timeit.repeat(partial(work, text), number=1, repeat=TRIES))
