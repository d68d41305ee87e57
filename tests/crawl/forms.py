"""The forms of a page, and what a browser sends when each of their buttons is pressed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from io import BytesIO
from typing import override
from urllib.parse import urlencode, urljoin

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from kb.document import dump
from tests.crawl.asking import URLENCODED
from tests.crawl.stage import PASSWORD
from tests.factories import a_guide

OF_DJANGO = {"_addanother", "_continue"}
"""Buttons that save as “Save” does, and only lead elsewhere."""
MOST_TICKED = 2
TICKED = {"_selected_action", "is_superuser"}
"""Boxes that are empty on the page and that an intruder would tick."""

_TYPED = {
    "datetime-local": "2099-01-01T00:00",
    "number": "1",
    "email": "a@feeds.example",
    "password": PASSWORD,
    "date": "2026-11-01",
    "url": "https://a.example",
}


@dataclass(frozen=True)
class Post:
    """Fields to send to an address, in the order of the page; a name may come more than once."""

    address: str
    fields: tuple[tuple[str, str], ...]
    is_multipart: bool = False

    @property
    def shape(self) -> object:
        """What tells it from others: where it goes, which fields it has, and which action was chosen."""
        chosen = [value for name, value in self.fields if name == "action"]
        return self.address.partition("?")[0], tuple(sorted({name for name, _ in self.fields})), *chosen

    @property
    def is_of_one_row(self) -> bool:
        return bool(re.search(r"/(change|add|delete)/$", self.address.partition("?")[0]))

    def with_nonsense(self, values: Mapping[str, str]) -> "Post":
        """The same with these values in some fields, each of which then comes twice."""
        fields = [pair for name, value in self.fields for pair in _both(name, value, values)]
        return replace(self, fields=tuple(fields))

    def body(self) -> tuple[bytes, str]:
        """What to send, and its content type."""
        if not self.is_multipart:
            fields = [(name, value.encode("utf-8", "surrogatepass")) for name, value in self.fields]
            return urlencode(fields).encode(), URLENCODED
        values: dict[str, list[object]] = {}
        for name, value in self.fields:
            is_file = value == "" and name in _FILES
            values.setdefault(name, []).append(_file(name) if is_file else value.replace("\ud800", "?"))
        return encode_multipart(BOUNDARY, values), MULTIPART_CONTENT


def _both(name: str, value: str, others: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value), (name, others[name])] if name in others else [(name, value)]


def _file(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(*_FILES[name])


def _picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (6, 4)).save(out, "PNG")
    return out.getvalue()


_FILES = {
    "image": ("picture.png", _picture(), "image/png"),
    "chosen": ("a-new-guide.md", dump(a_guide("a-new-guide")).encode(), "text/markdown"),
}
"""What is chosen where a page asks for a file, by the name of its field."""


@dataclass
class _Form:
    """A form while it is read."""

    action: str
    kind: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    ticked: int = 0


class _Reader(HTMLParser):
    """Finds forms that post. What is typed by nobody and yet required is filled in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self.hrefs: list[str] = []
        self._form: _Form | None = None
        self._select: dict[str, str] | None = None
        self._options: list[tuple[str, bool]] = []
        self._textarea: str | None = None
        self._text = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.hrefs.append(has.get("href", ""))
        elif tag == "form" and has.get("method", "").lower() == "post":
            self._form = _Form(has.get("action", ""), has.get("enctype", ""))
        elif self._form is not None:
            self._read(self._form, tag, has)

    def _read(self, form: _Form, tag: str, has: dict[str, str]) -> None:
        match tag:
            case "input":
                self._input(form, has)
            case "button" if has.get("type", "submit") == "submit":
                form.buttons.append((has.get("name", ""), has.get("value", "")))
            case "textarea":
                self._textarea, self._text = has.get("name", ""), _word("") if "required" in has else ""
            case "select":
                self._select, self._options = has, []
            case "option":
                self._options.append((has.get("value", ""), "selected" in has))

    def _input(self, form: _Form, has: Mapping[str, str]) -> None:
        name, value, kind = has.get("name", ""), has.get("value", ""), has.get("type", "text")
        match kind:
            case "submit" | "image":
                form.buttons.append((name, value))
            case "checkbox" | "radio":
                if name == "_selected_action" and form.ticked < MOST_TICKED:
                    form.ticked += 1
                    form.fields.append((name, value))
                elif "checked" in has or name in TICKED - {"_selected_action"}:
                    form.fields.append((name, value or "on"))
            case "reset" | "button":
                pass
            case _:
                is_asked = kind in {"password", "datetime-local"} or ("required" in has and kind != "file")
                wanted = value or (_TYPED.get(kind, _word(name)) if is_asked else "")
                form.fields.append((name, wanted))

    @override
    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text = data.removeprefix("\n") or self._text

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None and self._form is not None:
            self._form.fields.append((self._textarea, self._text))
            self._textarea = None
        elif tag == "select" and self._select is not None and self._form is not None:
            self._choose(self._form, self._select)
            self._select = None
        elif tag == "form" and self._form is not None:
            self.forms.append(self._form)
            self._form = None

    def _choose(self, form: _Form, select: dict[str, str]) -> None:
        name = select.get("name", "")
        values = [value for value, _ in self._options]
        chosen = [value for value, is_selected in self._options if is_selected]
        if name == "action":
            form.actions += [value for value in values if value]
            return
        if not chosen and "multiple" not in select:
            chosen = values[:1]
        if "required" in select and not any(chosen):
            chosen = values[-1:]
        form.fields += [(name, value) for value in chosen]


def _word(name: str) -> str:
    """What somebody might type into a field that asks for a line of text."""
    if "date" in name or name.endswith("_on"):
        return "2026-11-01"
    if "username" in name:
        return "newcomer-2"
    return "a word, another"


@dataclass(frozen=True)
class Page:
    """What can be pressed and followed on a page."""

    posts: tuple[Post, ...]
    links: tuple[str, ...]


def page_of(page: str, address: str) -> Page:
    """Read a page: what each button of each form sends, and the addresses of this site to which it links."""
    reader = _Reader()
    reader.feed(page)
    links = (urljoin(address, href).partition("#")[0] for href in reader.hrefs)
    posts = (post for form in reader.forms for post in _posts(form, address))
    return Page(tuple(posts), tuple(link for link in links if link.startswith("/")))


def _posts(form: _Form, address: str) -> Iterator[Post]:
    """What each button sends; of a list of actions, each action."""
    bare = Post(urljoin(address, form.action or address), tuple(form.fields), form.kind == "multipart/form-data")
    for button in [button for button in form.buttons if button[0] not in OF_DJANGO] or [("", "")]:
        pressed = (*bare.fields, *([button] if button[0] else []))
        for action in form.actions or [""]:
            yield replace(bare, fields=(*pressed, *([("action", action)] if action else [])))
