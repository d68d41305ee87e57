"""A hostile crawl: every address in every role, by every method, with sense and with nonsense.

The addresses are those of the resolver, the forms those that a superuser's pages hold, the roles those of the database:
whatever is added is crawled without being named here. Each request is rolled back, so that they don't disturb another.
"""

import logging
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.http import QueryDict
from django.template import Context, Template
from django.test import override_settings

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import (
    Article,
    EditionEntry,
    Feedback,
    PreviewLink,
    RecoveryCode,
    Revision,
    Scheduled,
    SearchMiss,
    Withdrawal,
)
from tests.crawl import stage as stages
from tests.crawl.addresses import NONSENSE, OUTSIDE_THE_RESOLVER, patterns, real, with_nonsense
from tests.crawl.asking import EMBED, URLENCODED, Answer, Crawler
from tests.crawl.forms import Post, page_of
from tests.crawl.stage import CODE, KEPT, OPEN, OUTSIDE, ROLES, Stage
from tests.crawl.writes import Write, may
from triage.models import OutcomeReport, WalkCount

pytestmark = [pytest.mark.django_db, pytest.mark.heavy, pytest.mark.xdist_group("crawl")]

WAY_IN = {"admin:login", "admin:logout", "admin:sign_in_code", "admin:second_factor_set_up"}
"""The pages of the desk that are there for people who are not signed in."""

OF_ALL_STAFF = WAY_IN | {
    "admin:index", "admin:jsi18n", "admin:password_change", "admin:password_change_done", "admin:second_factor",
    "markdownx_markdownify",
}  # fmt: skip
"""The pages that are there for staff without a role."""

LEAD_NOWHERE = {
    "admin:-": "for an address without its slash",
    "kb:api-elsewhere": "for capitals and slashes too many",
    "admin:view_on_site": "no model of the desk says where it is on the site",
    "kb:sitemap-part": "a small site has one sitemap",
}
"""Views that find nothing whatever is in the address, and what they are there for."""

POSTED_BY_SCRIPTS: Mapping[str, dict[str, str]] = {
    "triage:seen": {"code": f"{CODE}-2-A"},
    "triage:report": {"revision": "2", "verdict": "yes"},
    "kb:unopened": {"q": CODE},
    "markdownx_markdownify": {"content": "**word**"},
    "markdownx_upload": {"alternative": "A page", "image": ""},
    "admin:login": {"username": "superuser", "password": "wrong"},
}
"""What is posted by scripts, or from pages that a superuser does not see, by view."""

LOOKUPS = ("id__range", "id__regex", "pk__in")
"""What a list of the desk does not offer and Django would look up all the same."""

NO_NUMBERS = [value for value in NONSENSE if not value.isdecimal()]

NAMES_AT_THE_DESK = 2

type Asked = tuple[str, str, str] | tuple[str, str, str, bytes, str]


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker) -> Iterator[Stage]:
    """One stage for all tests of this module, each of which begins and ends within its transaction."""

    def rendered(template: Template, context: Context) -> str:
        return template.nodelist.render(context)

    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        patch.object(Template, "_render", rendered),  # Django's client would copy each context, and nobody looks
        override_settings(EMBED_ORIGINS=[EMBED], SECURITY_CONTACT="mailto:security@feeds.example"),
    ):
        logging.disable(logging.CRITICAL)  # thousands of refusals
        yield stages.build()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def crawler(stage: Stage) -> Crawler:
    return Crawler(stage)


@pytest.fixture(autouse=True)
def stored_picture(stage: Stage, media_root: Path) -> None:
    _store_picture(stage)


@pytest.fixture(scope="module")
def every(stage: Stage) -> list[str]:
    """Every address, with what exists in it."""
    found = [address for pattern in patterns() for address in real(pattern, stage)]
    return [*found, *(f"/{path}" for path in OUTSIDE_THE_RESOLVER)]


@dataclass
class Found:
    """What a first walk comes to know of the site: of all addresses as a stranger, and of the desk as a superuser."""

    faults: list[str] = field(default_factory=list)
    posts: dict[object, Post] = field(default_factory=dict)
    """What each button sends."""
    wrote: dict[object, tuple[Write, ...]] = field(default_factory=dict)
    """What each button changes when a superuser presses it."""
    names: dict[str, list[str]] = field(default_factory=dict)
    """The parameters that each page looks for in its query, or that are in its links to itself."""
    words: set[str] = field(default_factory=set)
    """The secrets that were shown to the superuser."""
    there: set[str] = field(default_factory=set)
    """The addresses at which there is something."""

    def take(self, crawler: Crawler, answer: Answer, names: Iterable[str]) -> None:
        path = answer.address.partition("?")[0]
        offered: list[str] = []
        if answer.is_page:
            page = page_of(answer.body.decode(), answer.address)
            for post in page.posts:
                self.posts.setdefault(post.shape, post)
            queries = [link.partition("?")[2] for link in page.links if link.partition("?")[0] == path]
            offered = [name for query in queries for name in QueryDict(query)]
        if answer.view.endswith("_changelist"):
            offered += LOOKUPS
        self.names[answer.address] = list(dict.fromkeys([*names, *offered]))
        self.words.update(secret.word for secret in crawler.stage.secrets if secret.word in answer.text)
        self.there.update({answer.address} if answer.status != 404 else ())


@pytest.fixture(scope="module")
def found(crawler: Crawler, every: list[str], tmp_path_factory: pytest.TempPathFactory) -> Found:
    found = Found()
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        _store_picture(crawler.stage)
        for address in every:
            role = "superuser" if address.startswith("/admin/") else "nobody"
            with _noting_names() as names:
                found.faults += crawler.walk([(role, "GET", address)], partial(_note, found, crawler, names))
        _add_posts_of_scripts(found, crawler.stage)
        for post in list(found.posts.values()):
            found.faults += crawler.walk(
                [("superuser", "POST", post.address, *post.body())], partial(_press, found, crawler, post)
            )
    return found


def _note(found: Found, crawler: Crawler, names: Iterable[str], answer: Answer) -> list[str]:
    found.take(crawler, answer, names)
    return crawler.faults(answer)


def _press(found: Found, crawler: Crawler, post: Post, answer: Answer) -> list[str]:
    """Press a button, and what there is to press on the page that asks once more."""
    found.wrote[post.shape] = answer.writes
    for second in page_of(answer.body.decode(), post.address).posts if answer.is_page else ():
        if second.shape not in found.posts:
            found.posts[second.shape] = second
            found.wrote[second.shape] = crawler.ask("superuser", "POST", second.address, *second.body()).writes
    return crawler.faults(answer)


def _add_posts_of_scripts(found: Found, stage: Stage) -> None:
    for pattern in patterns():
        if fields := POSTED_BY_SCRIPTS.get(pattern.name):
            for address in real(pattern, stage):
                post = Post(address, tuple(fields.items()), is_multipart="image" in fields)
                found.posts[post.shape] = post


@contextmanager
def _noting_names() -> Iterator[dict[str, None]]:
    """Note every name that is looked for in a query meanwhile."""
    names: dict[str, None] = {}

    def noting(method: str) -> Any:
        original = getattr(QueryDict, method)

        def noted(self: QueryDict, name: Any, *args: Any, **kwargs: Any) -> Any:
            names[str(name)] = None
            return original(self, name, *args, **kwargs)

        return patch.object(QueryDict, method, noted)

    with ExitStack() as patched:
        for method in ("__getitem__", "__contains__", "getlist", "get", "pop"):
            patched.enter_context(noting(method))
        yield names


def _store_picture(stage: Stage) -> None:
    folder = Path(settings.MEDIA_ROOT) / "pictures"
    folder.mkdir()
    (folder / stage.picture.name).write_bytes(b"RIFF")


def report(faults: Sequence[str]) -> str:
    return f"{len(faults)} answers are not as they should be:\n" + "\n".join(faults[:30])


# What is seen


def test_what_there_is_to_see_is_seen(found: Found, stage: Stage) -> None:
    """By a superuser at the desk and a stranger elsewhere; or else the tests below would look for nothing."""
    faults = found.faults
    assert not faults, report(faults)
    assert {secret.word for secret in stage.secrets if secret.permissions} - found.words == set()
    missed = {pattern for pattern in patterns() if not found.there.intersection(real(pattern, stage))}
    assert {pattern.template for pattern in missed if pattern.name not in LEAD_NOWHERE} == set(), (
        "nothing is found there: give tests/crawl/addresses.py values that exist"
    )


@pytest.mark.parametrize("role", [role for role in ROLES if role != "superuser"])
def test_every_page_shows_each_role_what_it_may_see_and_changes_nothing(
    crawler: Crawler, every: list[str], role: str
) -> None:
    def judge(answer: Answer) -> Iterator[str]:
        yield from crawler.faults(answer)
        if role in (*OUTSIDE, "newcomer") and answer.address.startswith("/admin/") and not _is_closed(answer):
            yield f"is open ({answer.status})"

    faults = crawler.walk(((role, "GET", address) for address in every), judge)

    assert not faults, report(faults)


def _is_closed(answer: Answer) -> bool:
    if answer.role == "newcomer":  # may be led from the address of a row to its page, which is closed
        return answer.view in OF_ALL_STAFF or answer.status in {301, 302, 403, 404, 405}
    leads_in = answer.status == 302 and answer.response["Location"].startswith("/admin/login/?next=")
    return leads_in or answer.view in WAY_IN or answer.status in {403, 404, 405}


def test_pages_that_any_cache_may_keep_are_the_same_for_everybody(crawler: Crawler, every: list[str]) -> None:
    public = 0
    faults = []
    for address in every:
        stranger = crawler.ask("nobody", "GET", address)
        if stranger.is_public:
            public += 1
            answer = crawler.ask("superuser", "GET", address)
            if answer.text != stranger.text or answer.status != stranger.status:
                faults.append(f"{address}: a superuser and a stranger get different answers")

    assert not faults, report(faults)
    assert public > 50  # or else it was not public answers that were looked at


def test_for_every_table_it_is_said_who_may_see_its_texts() -> None:
    texts = (models.CharField, models.TextField, models.JSONField)
    with_text = {
        model for model in apps.get_models() if any(isinstance(column, texts) for column in model._meta.concrete_fields)
    }

    unsaid = sorted(model._meta.label for model in with_text - KEPT.keys() - OPEN.keys())

    assert unsaid == [], "say in tests/crawl/stage.py, KEPT or OPEN, who may see what these tables hold"


# What is changed


def test_what_there_is_to_press_is_pressed(found: Found) -> None:
    """By a superuser; or else the next test would press buttons that do nothing for anybody."""
    wrote = {write for writes in found.wrote.values() for write in writes}

    assert sorted(map(str, _to_be_written() - wrote)) == []
    assert {write.model for write in wrote} >= _on_the_desk()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "superuser"])
def test_no_button_changes_for_a_role_what_it_may_not_change(crawler: Crawler, found: Found, role: str) -> None:
    forbidden = [post for post in found.posts.values() if not _may_all(crawler.stage, role, found.wrote[post.shape])]

    faults = crawler.walk(((role, "POST", post.address, *post.body()) for post in forbidden), crawler.faults)

    assert not faults, report(faults)
    assert len(forbidden) > 20


def _may_all(stage: Stage, role: str, writes: tuple[Write, ...]) -> bool:
    """Whether a button has an effect that this role may have; of people it matters which ones."""
    people = {User, RecoveryCode}
    return bool(writes) and all(
        write.model not in people and may(stage, role, "", write, is_reading=False) for write in writes
    )


def _to_be_written() -> set[Write]:
    """What the buttons of the site can do, at least."""
    added = (
        Article, EditionEntry, Feedback, Group, OutcomeReport, PreviewLink, Revision, Scheduled, SearchMiss, User,
        WalkCount, Withdrawal,
    )  # fmt: skip
    deleted = _on_the_desk() | {RecoveryCode}
    return {*(Write("add", model) for model in added), *(Write("delete", model) for model in deleted)}


def _on_the_desk() -> set[type[models.Model]]:
    """The tables that are changed by hand."""
    return {model for model, page in admin.site._registry.items() if not isinstance(page, ReadOnlyAdmin)}


def test_no_method_does_more_than_it_may(crawler: Crawler, every: list[str]) -> None:
    """Over all addresses, each method is tried by every role."""
    roles = cycle(ROLES)
    asked = [
        (role, method, address)
        for at, address in enumerate(every)
        for method, role in zip(_methods(at), roles, strict=False)
    ]

    faults = crawler.walk(asked, crawler.faults)

    assert not faults, report(faults)


def _methods(at: int) -> tuple[str, str]:
    reading, writing = ("HEAD", "OPTIONS", "TRACE"), ("POST", "PUT", "DELETE", "PATCH", "BREW")
    return reading[at % len(reading)], writing[at % len(writing)]


# What is nonsense


def test_nonsense_in_an_address_is_no_accident(crawler: Crawler) -> None:
    values = cycle(NONSENSE)
    asked = []
    for pattern in patterns():
        # The pages of one model are made as those of any other: together they are asked for all of it.
        is_desk = pattern.template.startswith("admin/")
        some = list(islice(values, 4)) if is_desk else NONSENSE
        role = "superuser" if is_desk else "nobody"
        asked += [(role, "GET", address) for address in with_nonsense(pattern, crawler.stage, some)]

    faults = crawler.walk(asked, crawler.faults)

    assert not faults, report(faults)


def test_nonsense_in_a_query_is_no_accident(crawler: Crawler, found: Found) -> None:
    values = cycle(NONSENSE)
    asked: list[Asked] = []
    for address, names in found.names.items():
        role = "superuser" if address.startswith("/admin/") else "nobody"
        if role == "superuser":  # the pages of one table are made as those of any other
            names = random.Random(address).sample(names, min(len(names), NAMES_AT_THE_DESK))
        begin = f"{address}{'&' if '?' in address else '?'}"
        asked += [(role, "GET", f"{begin}{name}={_quoted(next(values))}") for name in names]
        all_names = "&".join(f"{name}={_quoted(next(values))}" for name in names)
        asked.append((role, "GET", f"{begin}{all_names}&&=&%ff=%ff"))

    faults = crawler.walk(asked, crawler.faults)

    assert not faults, report(faults)
    assert len(asked) > len(found.names)  # or else no page reads any query


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"))


def test_nonsense_in_a_form_is_no_accident(crawler: Crawler, found: Found) -> None:
    chance = random.Random(0)
    asked = [("superuser", "POST", post.address, *_spoiled(post, chance).body()) for post in found.posts.values()]

    faults = crawler.walk(asked, crawler.faults)

    assert not faults, report(faults)


def _spoiled(post: Post, chance: random.Random) -> Post:
    """The post with one field spoiled, or about half of them.

    Django believes a form that says it has thousands of rows, and takes half a minute to show them: none does here.
    """
    names = sorted({name for name, _ in post.fields})

    def nonsense(name: str) -> str:
        return chance.choice(NO_NUMBERS if name.endswith("_FORMS") else NONSENSE)

    few = [chance.choice(names)], [name for name in names if chance.random() < 0.5]
    return post.with_nonsense({name: nonsense(name) for name in chance.choice(few)})


# A charset that nobody knows never gets as far as Django: see tests/config/test_charset.py.
DAMAGED = {
    "multipart without a boundary": ("multipart/form-data", b"--x\r\n"),
    "multipart that breaks off": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name="),
    "10,001 fields": (URLENCODED, b"&".join([b"f="] * 10_001)),
    "no names": (URLENCODED, b"=&&=%00"),
    "JSON": ("application/json", b'{"word": [1'),
    "figures": ("application/octet-stream", bytes(range(256))),
}


def test_body_that_can_not_be_read_is_no_accident(crawler: Crawler, every: list[str]) -> None:
    damaged = cycle(DAMAGED.values())
    asked = [
        ("superuser" if address.startswith("/admin/") else "nobody", "POST", address, body, kind)
        for address, (kind, body) in zip(every, damaged, strict=False)
    ]

    faults = crawler.walk(asked, crawler.faults)

    assert not faults, report(faults)
