"""Accounts of broken bank feeds, told by invented people, held against the signs of the published articles."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from kb.document import Kind, parse
from triage.differential import Matrix, Seen, next_question, rank

VIGNETTES = json.loads((Path(__file__).parent / "vignettes.json").read_text())["vignettes"]
DOCUMENTS = [parse(path.read_text()) for path in sorted((site.BASE_DIR / "fixtures").glob("*.md"))]
OBSERVATIONS = next(document.observations for document in DOCUMENTS if document.kind is Kind.CHOOSER)
MATRIX: Matrix = {
    document.identity: {sign.observation: sign.fit for sign in document.signs}
    for document in DOCUMENTS
    if document.kind is Kind.ERROR
}

# What the accounts call our observations. They do not speak of the others, nor we of the rest of theirs.
NAMES = {
    "sign-in": "bank_sign_in",
    "transactions": "transactions_visible",
    "notice": "notice_at_bank",
    "code": "asks_for_code",
    "bank-page": "sent_to_bank_page",
    "boxes": "boxes_refused",
    "hung": "hung_first",
    "later-worked": "later_update_worked",
    "comes-goes": "works_then_fails",
    "other-banks": "other_banks_fine",
}
SILENT = {"maintenance", "refused", "app-list", "left", "gaps", "other-line"}


def seen_by(vignette: dict[str, Any]) -> dict[str, Seen]:
    observed = vignette["observations"]
    return {ours: Seen(observed[theirs]) for ours, theirs in NAMES.items() if observed[theirs] in {"yes", "no"}}


def places() -> list[int]:
    """For each account the place of the true error, from 0."""
    return [
        [standing.error for standing in rank(MATRIX, seen_by(vignette), vignette["code_shown"] or "")].index(
            vignette["truth"]["article"]
        )
        for vignette in VIGNETTES
    ]


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_the_table_names_every_observation_of_ours_or_says_that_the_accounts_are_silent() -> None:
    assert set(NAMES) | SILENT == {observation.key for observation in OBSERVATIONS}
    assert set(NAMES.values()) <= set(VIGNETTES[0]["observations"])


def test_the_true_error_comes_first_for_four_of_five_and_among_the_first_two_for_nineteen_of_twenty() -> None:
    found = places()

    assert share([place == 0 for place in found]) >= 0.8
    assert share([place < 2 for place in found]) >= 0.95


def test_what_was_seen_finds_the_true_error_more_often_than_the_code_on_the_screen() -> None:
    by_code = [vignette["code_shown"] == vignette["truth"]["article"] for vignette in VIGNETTES]

    assert share([place == 0 for place in places()]) > share(by_code)


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["id"])
def test_whoever_is_asked_one_thing_at_a_time_ends_at_the_true_error(vignette: dict[str, Any]) -> None:
    observed, answers = seen_by(vignette), dict[str, Seen]()
    while question := next_question(MATRIX, [observation.key for observation in OBSERVATIONS], answers):
        answers[question.observation] = observed.get(question.observation, Seen.NOT_SURE)

    best = rank(MATRIX, answers, vignette["code_shown"] or "")[0]

    assert best.is_open
    assert best.error in {vignette["truth"]["article"], *vignette["truth"]["also_acceptable"]}
