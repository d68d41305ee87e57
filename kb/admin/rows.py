"""Rows of a part that somebody else deleted while they were being edited."""

import re
from collections.abc import Collection
from typing import Any

from django.forms.models import BaseInlineFormSet
from django.http import QueryDict


class KeepsGoneRows(BaseInlineFormSet):
    """Takes rows whose originals are gone as new ones, so that what was typed in them stays on the page.

    Django would ask for another choice of original, which nobody can give.
    """

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        if data is not None:
            present = {str(row.pk) for row in self.get_queryset()}
            self.data = gone_rows_as_new(data, str(self.prefix), present)


def gone_rows_as_new(data: QueryDict, prefix: str, present: Collection[str], *, key: str = "id") -> QueryDict:
    """Posted data of a formset in which no row names an original that is not `present`, for the rest unchanged.

    `key` is the field that holds a row's original. Rows with an original come first, as formsets have it.
    """
    of_row = re.compile(rf"{re.escape(prefix)}-(?P<at>\d{{1,6}})-(?P<field>\w+)", re.ASCII)
    rows = sorted({int(match["at"]) for name in data if (match := of_row.fullmatch(name))})
    originals = {at: data.get(f"{prefix}-{at}-{key}", "") for at in rows}
    gone = {at for at in rows if originals[at] and originals[at] not in present}
    if not gone:
        return data
    order = sorted(rows, key=lambda at: (not originals[at] or at in gone, at))
    place = {at: number for number, at in enumerate(order)}
    moved = QueryDict(mutable=True)
    for name, values in data.lists():
        match = of_row.fullmatch(name)
        if match is None:
            moved.setlist(name, values)
        elif match["field"] == key and int(match["at"]) in gone:
            moved[f"{prefix}-{place[int(match['at'])]}-{key}"] = ""
        else:
            moved.setlist(f"{prefix}-{place[int(match['at'])]}-{match['field']}", values)
    moved[f"{prefix}-INITIAL_FORMS"] = str(sum(bool(originals[at]) for at in rows) - len(gone))
    return moved
