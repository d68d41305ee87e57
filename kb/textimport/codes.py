"""Error codes as running text names them: “Error 102”, “Errors 101 and 103”, “Error Code OL-301”."""

import re

CODE = r"(?:[A-Z]{1,5}-?\d{1,5}|\d{2,6})(?:-\d{1,3})?(?![\w%])"
ERROR = r"\b(?:Errors?|ERRORS?|(?i:error codes?))\s*(?:[Cc]odes?|CODES?|[Nn]umbers?|#)?\s*"

_LIST = re.compile(
    rf"{ERROR}(?P<codes>{CODE}(?:\s*(?:,|/|&|\band\b|\bor\b)\s*(?:and\s+|or\s+)?{CODE})*)"
    r"(?!\s*(?:%|percent|seconds?|minutes?|hours?|days?|times?)\b)"
)


def codes_in(text: str, *, but: str = "") -> list[str]:
    """The codes that a text names, each once, in order; `but` is left out."""
    found = [code for match in _LIST.finditer(text) for code in re.findall(CODE, match["codes"])]
    return [code for code in dict.fromkeys(found) if code != but]
