"""English as the search knows it: cutting a text into words, and a word down to its stem. Pure."""

from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

LONGEST_WORD = 40

_COMMON_WORDS = """
a am an and any anyone are aren arent as at be been but by can cant could couldn couldnt d did didn didnt do does doesn
doesnt doing don dont for from get got had has hasn hasnt have haven havent he her his how i if im into is isn isnt it
its ive just ll m many me much my of or our please quite re s she should so some someone t than that thats the their
them then there these they this those to us ve very was wasn wasnt we were what whats when where which who why will
with won wont would wouldn wouldnt you your
"""
COMMON = frozenset(_COMMON_WORDS.split())
"""Words that say nothing and are not looked for. What tells faults apart stays: no, not, down, out, off, again."""
LIGHT = frozenset(["in", "on"])
"""Words that say something in a phrase, such as “sign in”, and nothing by themselves."""


def analyzer(*, stemmed: bool) -> TextAnalyzer:
    """How the index cuts texts: lower case without accents and common words, whole or stemmed."""
    builder = (
        TextAnalyzerBuilder(Tokenizer.simple())
        .filter(Filter.remove_long(LONGEST_WORD))
        .filter(Filter.lowercase())
        .filter(Filter.ascii_fold())
        .filter(Filter.custom_stopword(sorted(COMMON)))
    )
    return (builder.filter(Filter.stemmer("english")) if stemmed else builder).build()


_WORDS = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.remove_long(LONGEST_WORD))
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .build()
)
_STEM = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()


def words(text: str) -> list[str]:
    """The words and figures of a text in order, in lower case and without accents."""
    found: list[str] = _WORDS.analyze(text)
    return found


@lru_cache(20_000)
def stem(word: str) -> str:
    """What `word` (as `words` gives it) has in common with its other forms: “updates” and “updating” are kin."""
    found: list[str] = _STEM.analyze(word)
    return found[0] if found else word


def stems(text: str) -> tuple[str, ...]:
    """The stems of a text without its common words, as the index holds them."""
    return tuple(stem(word) for word in words(text) if word not in COMMON)
