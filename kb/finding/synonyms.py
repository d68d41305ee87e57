"""The list of synonyms as a text file, and back."""

from collections.abc import Sequence

from django.db import transaction

from kb.models import Synonym
from kb.models.synonym import LONGEST_GROUP, group_in
from kb.problems import DocumentInvalid, Problem

FILE_NAME = "synonyms.txt"

type Group = tuple[str, ...]


def parse(text: str) -> list[Group]:
    """The groups of a file: one a line, with commas between words and phrases. Raises DocumentInvalid."""
    lines = [(number, group_in(line)) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1)]
    problems = [Problem("", fault, line=number) for number, group in lines if group and (fault := _fault(group))]
    if problems:
        raise DocumentInvalid(problems)
    return [group for _, group in lines if group]


def _fault(group: Group) -> str:
    if len(group) < 2:
        return "a group has at least two words or phrases, with commas between them"
    if len(", ".join(group)) > LONGEST_GROUP:
        return f"a group has at most {LONGEST_GROUP:,} characters"
    return ""


def dump(groups: Sequence[Group]) -> str:
    return "".join(f"{', '.join(group)}\n" for group in groups)


@transaction.atomic
def replace(groups: Sequence[Group]) -> bool:
    """Let these groups take the place of all others. False if they are the same; else a new edition has to begin."""
    if Synonym.objects.groups() == list(groups):
        return False
    Synonym.objects.all().delete()
    Synonym.objects.bulk_create(Synonym(words=", ".join(group)) for group in groups)
    return True
