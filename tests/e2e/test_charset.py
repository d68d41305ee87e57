"""The site as it runs reads requests as UTF-8: see tests/config/test_charset.py for all that they may claim."""

from http.client import HTTPConnection

from tests.e2e.conftest import Site


def test_request_in_another_charset_leaves_no_other_page_in_memory(site: Site) -> None:
    claiming = asked(site, {"Content-Type": "text/plain; charset=cp037"})
    after = asked(site, {})

    assert b"Error 103" in after
    assert claiming == after


def asked(site: Site, headers: dict[str, str]) -> bytes:
    connection = HTTPConnection(site.url.removeprefix("http://"), timeout=20)
    connection.request("GET", "/search/?q=103", headers=headers)
    answer = connection.getresponse().read()
    connection.close()
    return answer
