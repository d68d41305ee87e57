"""Numbers in addresses, forms and commands."""

import re


def positive(text: str, *, digits: int = 9) -> int | None:
    """A whole number from 1, in the one way to write it: ASCII digits, none of them a zero before it.

    None for all else, and for more digits than these: nine fit every column of the database.
    """
    return int(text) if len(text) <= digits and re.fullmatch("[1-9][0-9]*", text) else None
