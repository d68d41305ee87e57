"""Accounts of broken bank feeds, told by invented people, walked through the published flows.

Each question is answered from what the person would have observed, with “I'm not sure” where the account is silent;
the walk has to end in the article that treats the true cause, whatever code was on the screen.
"""

import json
import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from kb.document import parse
from kb.flow import NOT_SURE, Jump, Node, Option, Outcome, Question, Repair, Trail, Verdict
from triage.walk import replay

VIGNETTES = json.loads((Path(__file__).parent / "vignettes.json").read_text())["vignettes"]
FLOWS = {
    document.identity: document.flow
    for path in sorted((site.BASE_DIR / "fixtures").glob("*.md"))
    for document in [parse(path.read_text())]
    if document.flow is not None
}
CHOOSER = "which-error"

# For each question the options with the observations that they ask for. Each option whose observations all hold is an
# answer; where none is, the account is silent or unsure. `hours` are those since the error was first seen.
ANSWERS = """
which-error see             asked: asks_for_code=yes
which-error see             asked: sent_to_bank_page=yes
which-error see             asked: boxes_refused=yes
which-error see             comes-goes: works_then_fails=yes
which-error see             bank-down: bank_sign_in=no boxes_refused=no
which-error see             bank-works: bank_sign_in=yes
which-error bank-site       notice: notice_at_bank=yes
which-error bank-site       refused: bank_sign_in=no boxes_refused=yes
which-error bank-site       down: bank_sign_in=no boxes_refused=no
which-error bank-site       down: transactions_visible=no
which-error bank-site       opens: transactions_visible=yes notice_at_bank=no
which-error asked           code: asks_for_code=yes
which-error asked           bank-page: sent_to_bank_page=yes
which-error asked           boxes: boxes_refused=yes
which-error asked           notice: notice_at_bank=yes
which-error pattern         comes-goes: works_then_fails=yes
which-error pattern         hung: hung_first=yes
which-error pattern         hung: later_update_worked=yes

101 code                    yes: asks_for_code=yes
101 code                    no: asks_for_code=no
101 boxes                   yes: boxes_refused=yes
101 boxes                   no: boxes_refused=no
101 later-worked            yes: later_update_worked=yes
101 later-worked            no: later_update_worked=no
101 comes-goes              yes: works_then_fails=yes
101 comes-goes              no: works_then_fails=no
101 notice                  yes: notice_at_bank=yes
101 notice                  cannot: transactions_visible=no
101 notice                  no: notice_at_bank=no transactions_visible=yes
101 bank-page               yes: sent_to_bank_page=yes
101 bank-page               no: sent_to_bank_page=no
101 hung                    yes: hung_first=yes
101 hung                    no: hung_first=no
101 age                     yes: hours>48 later_update_worked=no
101 age                     no: hours<=48

102 bank-sign-in            yes: bank_sign_in=yes
102 bank-sign-in            refused: bank_sign_in=no boxes_refused=yes
102 bank-sign-in            no: bank_sign_in=no boxes_refused=no
102 notice                  yes: notice_at_bank=yes
102 notice                  no: notice_at_bank=no
102 transactions            yes: transactions_visible=yes
102 transactions            no: transactions_visible=no
102 code                    yes: asks_for_code=yes
102 code                    no: asks_for_code=no
102 asks                    code: asks_for_code=yes
102 asks                    bank-page: sent_to_bank_page=yes
102 asks                    boxes: boxes_refused=yes
102 asks                    no: asks_for_code=no sent_to_bank_page=no boxes_refused=no
102 pattern                 new-account: account_is_new=yes
102 pattern                 all-banks: other_banks_fine=no
102 pattern                 later-worked: later_update_worked=yes
102 pattern                 later-worked: works_then_fails=yes
102 pattern                 no: other_banks_fine=yes later_update_worked=no works_then_fails=no
102 age                     yes: hours>48
102 age                     no: hours<=48

103 bank-sign-in            yes: bank_sign_in=yes
103 bank-sign-in            no: bank_sign_in=no
103 bank-says               down: boxes_refused=no
103 fix-now                 boxes: boxes_refused=yes
103 fix-now                 bank-page: sent_to_bank_page=yes
103 fix-now                 code: asks_for_code=yes
103 boxes                   yes: boxes_refused=yes
103 boxes                   no: boxes_refused=no
103 changed                 yes: password_changed=yes
103 changed                 no: password_changed=no
103 bank-page               yes: sent_to_bank_page=yes
103 bank-page               no: sent_to_bank_page=no
103 code                    yes: asks_for_code=yes
103 code                    no: asks_for_code=no
103 notice                  yes: notice_at_bank=yes
103 notice                  no: notice_at_bank=no
103 listing
103 access

105 code                    yes: asks_for_code=yes
105 code                    no: asks_for_code=no
105 notice                  yes: notice_at_bank=yes
105 notice                  cannot: transactions_visible=no
105 notice                  no: notice_at_bank=no transactions_visible=yes
105 comes-goes              yes: works_then_fails=yes
105 comes-goes              no: works_then_fails=no
105 night
105 gaps
105 other-banks             yes: other_banks_fine=yes
105 other-banks             no: other_banks_fine=no
105 age                     yes: hours>48
105 age                     no: hours<=48
105 boxes                   yes: boxes_refused=yes
105 boxes                   no: boxes_refused=no
105 bank-page               yes: sent_to_bank_page=yes
105 bank-page               no: sent_to_bank_page=no
105 later-worked            yes: later_update_worked=yes works_then_fails=no
105 later-worked            again: works_then_fails=yes
105 later-worked            no: later_update_worked=no

108 bank-sign-in            yes: bank_sign_in=yes
108 bank-sign-in            no: bank_sign_in=no
108 holder-code             yes: asks_for_code=yes
108 holder-code             no: asks_for_code=no
108 refusal                 wrong: boxes_refused=yes
108 refusal                 code: asks_for_code=yes
108 refusal                 down: boxes_refused=no asks_for_code=no
108 notice                  yes: notice_at_bank=yes
108 notice                  no: notice_at_bank=no
108 kind
108 changed                 yes: password_changed=yes
108 changed                 no: password_changed=no
108 transactions            yes: transactions_visible=yes
108 transactions            no: transactions_visible=no
108 code                    yes: asks_for_code=yes
108 code                    no: asks_for_code=no
108 bank-page               yes: sent_to_bank_page=yes
108 bank-page               boxes: boxes_refused=yes
108 bank-page               no: sent_to_bank_page=no boxes_refused=no
108 comes-goes              yes: works_then_fails=yes
108 comes-goes              once: later_update_worked=yes works_then_fails=no
108 comes-goes              new: account_is_new=yes
108 comes-goes              no: works_then_fails=no later_update_worked=no account_is_new=no
108 age                     yes: hours>48
108 age                     no: hours<=48

185 code                    yes: asks_for_code=yes
185 code                    no: asks_for_code=no
185 also                    bank-page: sent_to_bank_page=yes
185 also                    notice: notice_at_bank=yes
185 also                    no: sent_to_bank_page=no notice_at_bank=no
185 who-gets
185 nightly                 no: works_then_fails=yes
185 trusted
185 code-taken

350 bank-page               yes: sent_to_bank_page=yes
350 bank-page               no: sent_to_bank_page=no
350 address
350 boxes                   yes: boxes_refused=yes
350 boxes                   no: boxes_refused=no
350 code                    yes: asks_for_code=yes
350 code                    no: asks_for_code=no
350 notice                  yes: notice_at_bank=yes
350 notice                  no: notice_at_bank=no
350 stopped
350 listed
350 may-relink

manual-import need
manual-import file
manual-import range
manual-import result
"""
type Way = tuple[str, ...]
COMPARE = {"=": operator.eq, ">": operator.gt, "<=": operator.le}


@dataclass(frozen=True)
class Rule:
    """An option and the observations that it asks for."""

    option: str
    conditions: tuple[str, ...]

    def holds(self, observations: dict[str, Any]) -> bool:
        return all(_holds(condition, observations) for condition in self.conditions)


def _holds(condition: str, observations: dict[str, Any]) -> bool:
    match = re.fullmatch(r"(?P<name>\w+)(?P<sign>=|>|<=)(?P<value>\w+)", condition)
    assert match is not None, condition
    held = observations["hours_since_first_seen" if match["name"] == "hours" else match["name"]]
    return COMPARE[match["sign"]](held, int(match["value"]) if match["sign"] != "=" else match["value"])


def _rules() -> dict[tuple[str, str], list[Rule]]:
    rules: dict[tuple[str, str], list[Rule]] = {}
    for line in filter(None, ANSWERS.splitlines()):
        place, _, conditions = line.partition(":")
        identity, node, *option = place.split()
        found = rules.setdefault((identity, node), [])
        found += [Rule(key, tuple(conditions.split())) for key in option]
    return rules


RULES = _rules()


def answers(identity: str, node: Node, observations: dict[str, Any]) -> list[Option]:
    """What the person may answer here: every option that fits, or “I'm not sure”."""
    fitting: set[str]
    if isinstance(node, Repair):
        helped = node.step == "private-window" and observations["private_window_works"] == "yes"
        fitting = {Verdict.FIXED} if helped else {Verdict.NOT_FIXED, Verdict.COULD_NOT}
    else:
        fitting = {rule.option for rule in RULES[identity, node.key] if rule.holds(observations)} or {NOT_SURE}
    return [option for option in node.options if option.key in fitting]


def ways(
    identity: str, observations: dict[str, Any], given: Trail = (), way: Way = ()
) -> Iterator[tuple[Way, set[str]]]:
    """Every way from the start of a flow, through its jumps, to an outcome, and the articles in which it ends."""
    assert len(way) < 50, way
    end = replay(FLOWS[identity], dict(given)).end
    if isinstance(end, Outcome):
        yield (*way, f"{identity}: {end.text}"), {identity, end.error.lower()}
    elif isinstance(end, Jump):
        carried = tuple((answer.node, answer.option) for answer in end.answers)
        yield from ways(end.to.lower(), observations, carried, (*way, f"→ {end.to}"))
    else:
        for option in answers(identity, end, observations):
            taken = f"{identity} {end.key}: {option.key}"
            yield from ways(identity, observations, (*given, (end.key, option.key)), (*way, taken))


def strays(identity: str, vignette: dict[str, Any]) -> list[Way]:
    """The ways that end neither in the true article nor in an accepted one."""
    true = {vignette["truth"]["article"], *vignette["truth"]["also_acceptable"]}
    return [way for way, ends in ways(identity, vignette["observations"]) if not ends & true]


def test_the_table_answers_every_question_of_every_published_flow_with_options_that_exist() -> None:
    asked = {
        (identity, node.key): {option.key for option in node.options}
        for identity, flow in FLOWS.items()
        for node in flow.nodes
        if isinstance(node, Question)
    }

    assert set(RULES) == set(asked)
    assert {place: {rule.option for rule in rules} - asked[place] for place, rules in RULES.items()} == {
        place: set() for place in asked
    }


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["id"])
def test_whoever_starts_without_a_code_ends_at_the_true_cause(vignette: dict[str, Any]) -> None:
    astray = strays(CHOOSER, vignette)

    assert astray == []


@pytest.mark.parametrize(
    "vignette",
    [vignette for vignette in VIGNETTES if vignette["code_shown"] in FLOWS],
    ids=lambda vignette: vignette["id"],
)
def test_whoever_starts_from_the_code_on_the_screen_ends_at_the_true_cause(vignette: dict[str, Any]) -> None:
    astray = strays(vignette["code_shown"], vignette)

    assert astray == []


def test_the_accounts_are_all_there() -> None:
    truths = [vignette["truth"]["article"] for vignette in VIGNETTES]

    assert len(truths) == 21
    assert {truths.count(code) for code in ("101", "102", "103", "105", "108", "185", "350")} == {3}
