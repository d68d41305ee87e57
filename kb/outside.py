"""Addresses outside the site that articles name: which there are, and whether they still answer."""

import ipaddress
import re
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPMessage
from typing import IO, override
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from kb.document import Document, prose_of

SECONDS = 10
AGENT = "Mozilla/5.0 (compatible; link check)"
_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]]+[^\s<>\"'()\[\].,;:!?]")
# Sites that answer so to programs and otherwise to people; nobody can mend that in an article.
_NOT_FOR_PROGRAMS = {401, 403, 405, 406, 429, 999}


def addresses_in(document: Document) -> Iterator[str]:
    """Every outside address that a document names, in its sources and in its prose."""
    for source in document.sources:
        if source.url:
            yield source.url
    for _, text in prose_of(document):
        yield from _ADDRESS.findall(text)


def fault_of(url: str, *, private: bool = False, seconds: float = SECONDS) -> str:
    """Ask an address once and say what is wrong with it; empty when it answers, however.

    Addresses of private networks are not asked, unless `private`: an article must not make the server knock there.
    """
    try:
        if not private and _is_private(url):
            return "leads into a private network"
        with _opener(private=private).open(url, timeout=seconds):
            return ""
    except HTTPError as error:
        return "" if error.code in _NOT_FOR_PROGRAMS else f"answers {error.code} {error.reason}"[:200]
    except (OSError, HTTPException, ValueError) as error:
        return f"does not answer: {getattr(error, 'reason', None) or error}"[:200]


def _opener(*, private: bool) -> OpenerDirector:
    """Asks by http and https alone; urllib's own would also open files and FTP."""
    opener = OpenerDirector()
    for handler in (
        *(ProxyHandler(), HTTPHandler(), HTTPSHandler(), UnknownHandler()),
        *(HTTPErrorProcessor(), HTTPDefaultErrorHandler(), _Redirects(private=private)),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", AGENT)]
    return opener


class _Redirects(HTTPRedirectHandler):
    """Follows a redirect only where a person's link might lead."""

    def __init__(self, *, private: bool) -> None:
        self._private = private

    @override
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not self._private and _is_private(newurl):
            raise ValueError("it leads on into a private network")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_private(url: str) -> bool:
    """Whether any address of the host is not of the public internet. Raises ValueError for other than http(s)."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not a web address")
    found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    return any(not ipaddress.ip_address(str(answer[4][0]).partition("%")[0]).is_global for answer in found)
