"""Made-up articles and queries, the same for the same size."""

import random
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import accumulate

from kb.document import Cause, Cost, Document, FixTime, Kind, Lookalike, Section, Step
from kb.figures import MINUTE, Duration, Level
from kb.finding.querying import LONGEST

PRODUCTS = [
    "Ledgerline",
    "Tallyworks",
    "Abacus Cloud",
    "Pennywise",
    "Granite Pay",
    "Harbor Books",
    "Quillbank",
    "Numero",
]
FAULTS = [
    "bank connection timeout",
    "invalid login",
    "sync interruption",
    "expired token",
    "missing transactions",
    "duplicate entries",
    "payroll update failed",
    "printer not found",
    "export stays blank",
    "file locked",
    "network drive lost",
    "license invalid",
    "card import rejected",
    "balance mismatch",
    "slow report",
    "server offline",
    "endless code loop",
    "backup failed",
    "rounding difference",
    "blank invoice",
]
QUESTIONS = [
    "is my data safe if {fault}",
    "how much does it cost to fix {fault}",
    "how long does {fault} take",
    "what should I do about {fault}",
]
BANNERS = ["Error {code}", "{code}", "err {code} help!!", "Something went wrong. Checking (3102) Error {code}. Fix now"]
SECTIONS = ["fast-fix", "data", "anatomy", "severity", "hard-stop", "specialist", "closing"]
SYLLABLES = "al ba co der en fi gra hol in ka lo men nu or pel qui ra sto tu ul ver wi xen yor za ter sion able"
MADE_UP = 20_000
FIRST_CODE = 100
FIVE_MINUTES = Duration(5 * MINUTE, 5 * MINUTE)


class Corpus:
    """So many articles of about 400 words each: those of a real text, and MADE_UP more, as common as words are.

    Every article has one of 20 faults in its title, summary, a cause and a step, and names other codes in its text.
    """

    def __init__(self, size: int, real_text: str) -> None:
        self.size = size
        self._random = random.Random(size)
        self.words = [*self._shuffled(re.findall(r"[a-z]{3,}", real_text.lower())), *self._made_up_words()]
        self._weights = list(accumulate(1 / (rank + 2.7) ** 1.07 for rank in range(len(self.words))))

    def documents(self) -> Iterator[Document]:
        for number in range(self.size):
            yield self._document(str(FIRST_CODE + number))

    def queries(self, count: int) -> dict[str, list[str]]:
        """So many queries of each kind."""
        return {
            "codes": [self._random.choice(BANNERS).format(code=self._code()) for _ in range(count)],
            "words": [self._few_words() for _ in range(count)],
            "prefixes": [self._half_typed(self._few_words()) for _ in range(count)],
            "typos": [self._mistyped(self._few_words()) for _ in range(count)],
            "questions": [
                self._random.choice(QUESTIONS).format(fault=self._random.choice(FAULTS)) for _ in range(count)
            ],
            "pasted": [self._prose(LONGEST // 4)[:LONGEST] for _ in range(count)],
        }

    def _shuffled(self, words: list[str]) -> list[str]:
        found = sorted(set(words))
        self._random.shuffle(found)
        return found

    def _made_up_words(self) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < MADE_UP:
            found["".join(self._random.choices(SYLLABLES.split(), k=self._random.randint(2, 4)))] = None
        return list(found)

    def _document(self, code: str) -> Document:
        fault, product = self._random.choice(FAULTS), self._random.choice(PRODUCTS)
        return Document(
            kind=Kind.ERROR,
            code=code,
            title=f"{product}: {fault}",
            description=f"What error {code} in {product} means.",
            summary=f"{fault.capitalize()}. {self._prose(25)}",
            reviewed_on=date(2026, 11, 1),
            data_risk=Level.LOW,
            data_risk_text=self._prose(12),
            trigger=self._prose(3),
            trigger_text=self._prose(12),
            fix_times=(FixTime(self._prose(4), FIVE_MINUTES),),
            causes=tuple(
                Cause(f"c{at}", self._prose(3), 25, f"{fault if at == 0 else ''} {self._prose(15)}") for at in range(4)
            ),
            fault=self._prose(8),
            sign=self._prose(8),
            lookalikes=tuple(Lookalike(self._code(), self._prose(7), self._prose(7)) for _ in range(3)),
            steps=tuple(
                Step(f"s{at}", self._prose(4), FIVE_MINUTES, f"{self._prose(22)} {fault if at == 0 else self._code()}")
                for at in range(4)
            ),
            costs=(Cost("check", self._prose(2), Decimal(60), Decimal(120), self._prose(8), date(2026, 11, 1)),),
            sections=tuple(Section(key, key.capitalize(), self._prose(28)) for key in SECTIONS),
        )

    def _prose(self, count: int) -> str:
        return " ".join(self._random.choices(self.words, cum_weights=self._weights, k=count))

    def _code(self) -> str:
        return str(FIRST_CODE + self._random.randrange(self.size))

    def _few_words(self) -> str:
        """A fault, or words of the texts, of all ranks alike."""
        if self._random.random() < 0.5:
            return self._random.choice(FAULTS)
        return " ".join(self._random.sample(self.words[:5_000], self._random.randint(1, 3)))

    def _half_typed(self, words: str) -> str:
        before, space, last = words.rpartition(" ")
        return f"{before}{space}{last[: max(3, len(last) * 2 // 3)]}"

    def _mistyped(self, words: str) -> str:
        """One letter left out, doubled or swapped in the longest word."""
        longest = max(words.split(), key=len)
        at = self._random.randrange(1, len(longest) - 1)
        start, letter, following, rest = longest[:at], longest[at], longest[at + 1], longest[at + 2 :]
        slip = self._random.choice([f"{following}{letter}", following, f"{letter}{letter}{following}"])
        return words.replace(longest, f"{start}{slip}{rest}", 1)
