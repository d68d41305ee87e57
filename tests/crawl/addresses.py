"""Every address that the site answers, taken from its own resolver: with what exists in it, and with nonsense."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import quote

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from kb.models import Article
from tests.crawl.stage import CODE, GUIDE, OTHER_CODE, SCHEDULED, SECRET_DRAFT, TAKEN_BACK, Stage

OUTSIDE_THE_RESOLVER = ("healthz", "readyz", "favicon.ico", "static/css/main.css", "no-such-page/")
"""What middleware answers, and what nobody answers."""

LONG = "x" * 2_000
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}102\N{RIGHT-TO-LEFT MARK}"
NONSENSE = (
    "no-such-thing", "0", "-1", "9" * 30, "9223372036854775808", "1.5", "1" * 9, "\N{SUPERSCRIPT TWO}", "None", "",
    " ", "..", "../../etc/passwd", "%s", "%00", "{0}", "{{ 7 }}", "'\"`;--", "(", "[", "\\", "*", "<script>", "\x00",
    "a\x00b", "\x01\x1f\x7f", "\r\nSet-Cookie: x=y", "\N{LINE SEPARATOR}", RIGHT_TO_LEFT, "\N{FIRE ENGINE}", "\ud800",
    "e\u0301", "_5F", "102-1-ZZ", LONG,
)  # fmt: skip
"""Values that nobody means: unknown, huge, negative, unprintable, half a character, and what others' parsers act on."""


QUERIES = {
    "admin:autocomplete": "?app_label=kb&model_name=redirect&field_name=article&term=a",
    "admin:kb_flow_take_out": "?node=wait",
    "kb:search": f"?q={CODE}",
    "kb:api-search": f"?q={CODE}",
    "triage:step": "?site=no",
}
"""What a page needs in its query to show anything, by view."""


@dataclass(frozen=True)
class Pattern:
    """A pattern of the resolver: its view's name, and its path with `%(argument)s` for each argument."""

    name: str
    template: str
    arguments: tuple[str, ...]

    def filled(self, **values: str) -> str:
        """The address with these values, percent-encoded."""
        encoded = {key: quote(value.encode("utf-8", "surrogatepass"), safe="/") for key, value in values.items()}
        return "/" + self.template % encoded


def patterns() -> list[Pattern]:
    """All patterns of the site, those of the admin and of other packages included."""
    return list(_below(get_resolver(), "", ()))


def _below(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]) -> Iterator[Pattern]:
    for found in resolver.url_patterns:
        # A pattern with an optional part is several addresses.
        for part, _ in normalize(found.pattern.regex.pattern):
            template = prefix + part
            if isinstance(found, URLPattern):
                names = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", template)))
                yield Pattern(":".join((*namespaces, found.name or "-")), template, names)
            else:
                inner = (*namespaces, found.namespace) if found.namespace else namespaces
                yield from _below(found, template, inner)


def real(pattern: Pattern, stage: Stage) -> list[str]:
    """The addresses of a pattern with what exists on the stage. Fails where nobody has said what that is."""
    choices = [_values(pattern, argument, stage) for argument in pattern.arguments]
    paths = [pattern.filled(**dict(zip(pattern.arguments, values, strict=True))) for values in product(*choices)]
    return [path + QUERIES.get(pattern.name, "") for path in paths]


def with_nonsense(pattern: Pattern, stage: Stage, values: Sequence[str]) -> Iterator[str]:
    """The addresses of a pattern in which one argument is one of these values, and the others are real."""
    first = {argument: _values(pattern, argument, stage)[0] for argument in pattern.arguments}
    for argument in pattern.arguments:
        for value in values:
            yield pattern.filled(**{**first, argument: value})


def _values(pattern: Pattern, argument: str, stage: Stage) -> list[str]:
    by_name, by_argument = _of_views(stage), _of_arguments(stage)
    if (pattern.name, argument) in by_name:
        return by_name[pattern.name, argument]
    if argument in by_argument:
        return by_argument[argument]
    of_model = re.match(r"admin/(\w+)/(\w+)/", pattern.template)
    if of_model and argument in {"object_id", "pk", "id"}:
        return [str(row.pk) for row in stage.rows[apps.get_model(*of_model.groups())]]
    pytest.fail(
        f"The address /{pattern.template} (“{pattern.name}”) has an argument “{argument}” that the crawl can't fill:"
        " add its real values to _of_views or _of_arguments in tests/crawl/addresses.py."
    )


def _of_views(stage: Stage) -> dict[tuple[str, str], list[str]]:
    """Real values for an argument of one view."""
    return {
        **{(f"admin:kb_article_{page}", "pk"): [str(stage.live.pk)] for page in ("revert", "compare")},
        ("admin:kb_article_unpublish", "pk"): [str(stage.guide.pk)],
        ("admin:kb_article_unschedule", "pk"): [str(stage.waiting.pk)],
        ("admin:kb_article_revoke", "pk"): [str(stage.link.pk)],
        ("admin:view_on_site", "content_type_id"): [str(ContentType.objects.get_for_model(Article).pk)],
        ("admin:view_on_site", "object_id"): [str(stage.live.pk)],
        ("admin:-", "url"): ["nowhere/", "kb/article"],
        ("picture", "name"): [stage.picture.name],
        ("kb:guide-file", "identity"): [GUIDE, "nothing"],
        ("kb:short", "name"): [CODE, f"err-{CODE}", TAKEN_BACK, SECRET_DRAFT],
        ("kb:draft", "path"): [f"errors/{SECRET_DRAFT}/", "", "search/", f"triage/{SECRET_DRAFT}/", "admin/"],
    }


def _of_arguments(stage: Stage) -> dict[str, list[str]]:
    """Real values for an argument of any view that has no values of its own."""
    return {
        "identity": [CODE, GUIDE, TAKEN_BACK, SECRET_DRAFT, SCHEDULED, "which-error"],
        "node": ["site", "wait"],
        "observation": ["bank-page"],
        "code": [f"{CODE}-1-AA", f"{CODE}-1-", f"{SECRET_DRAFT}-1-A"],
        "suffix": ["md", "json", "png"],
        "one": [CODE],
        "other": [OTHER_CODE, SECRET_DRAFT],
        "token": [stage.link.token],
        "rest": ["nowhere", "articles"],
        "number": ["1", "2"],
        "article_id": [str(stage.live.pk)],
        "app_label": sorted(apps.app_configs),
    }
