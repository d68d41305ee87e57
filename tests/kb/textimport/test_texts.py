"""Whole articles in the layout of the model article, each with what a correct import of it holds."""

import json
from datetime import date
from pathlib import Path

import pytest

from kb.document import dump, parse
from kb.textimport import Imported, Matter, read
from tests.kb.textimport.expectation import as_expected, held_by

TEXTS = Path(__file__).parent / "texts"
TITLES = {
    "101": "The bank took too long to answer",
    "102": "Your bank’s servers aren’t answering QuickBooks",
    "103": "Your bank refused the user ID or password",
    "manual-import": "Manual import: upload a .QBO or .CSV file from your bank",
    "which-error": "Which error is it?",
}


def imported(text: str, **changes: object) -> Imported:
    return read(text, **({"titles": TITLES, "today": date(2026, 11, 22)} | changes))


def the_text(code: str) -> str:
    return (TEXTS / f"{code}.txt").read_text(encoding="utf-8")


def expected_of(code: str) -> dict:
    return json.loads((TEXTS / f"{code}.expect.json").read_text(encoding="utf-8"))


def compare(found: Imported, expected: dict) -> None:
    warnings = expected.pop("warnings_expected")
    del expected["format"], expected["source"]
    as_expected(expected, held_by(found))
    faults = [finding.message.casefold() for finding in found.report.of(Matter.FAULT)]
    for warning in warnings:
        assert any(word.casefold() in fault for fault in faults for word in warning["mention_any"]), warning
    assert bool(faults) is bool(warnings)


@pytest.mark.parametrize("code", ["102", "105", "350"])
def test_a_text_is_read_as_expected(code: str) -> None:
    found = imported(the_text(code))

    compare(found, expected_of(code))


@pytest.mark.parametrize("code", ["102", "105", "350"])
def test_what_was_read_is_a_document_that_is_written_and_read_without_a_loss(code: str) -> None:
    document = imported(the_text(code)).document

    assert parse(dump(document)) == document


def _windows(text: str) -> str:
    return "\ufeff" + text.replace("\n", "\r\n")


def _odd_blanks(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}").replace("\n", " \t\n")


def _other_bullets(text: str) -> str:
    for sign in "•*–●":
        text = text.replace("\n- ", f"\n{sign}\t", 9)
    return text


def _numbered(text: str) -> str:
    return "\n".join(f"{at}. {line[2:]}" if line.startswith("- ") else line for at, line in enumerate(text.split("\n")))


def _plain_quotes(text: str) -> str:
    return text.replace("’", "'")


def _blank_lines(text: str) -> str:
    return text.replace("\n", "\n\n")


@pytest.mark.parametrize("code", ["102", "105", "350"])
@pytest.mark.parametrize(
    "change", [_windows, _odd_blanks, _other_bullets, _numbered, _plain_quotes, _blank_lines], ids=lambda f: f.__name__
)
def test_what_systems_and_word_processors_do_to_a_text_does_no_harm(code: str, change) -> None:
    found = imported(change(the_text(code)))

    compare(found, expected_of(code))
