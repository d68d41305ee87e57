"""`manage.py check --database default`: is what readers see still sound by the rules of today's code?"""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import DatabaseError

from kb.document import parse
from kb.flowlint import lint
from kb.models import EditionEntry
from kb.problems import DocumentInvalid, errors


def published_flows(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Lint the flow of every published article."""
    if not databases:
        return []
    try:
        rows = list(EditionEntry.objects.values_list("identity", "revision__text"))
    except DatabaseError:  # before the first migration there is nothing to check
        return []
    return [message for identity, text in rows for message in _faults(identity, text)]


def _faults(identity: str, text: str) -> list[CheckMessage]:
    try:
        document = parse(text)
    except DocumentInvalid as error:
        return [Error(f"{identity}: {error}", id="kb.E002")]
    if document.flow is None:
        return []
    found = errors(lint(document.flow, document.surroundings))
    return [Error(f"{identity}: {problem}", hint="Mend it on the desk and publish.", id="kb.E001") for problem in found]
