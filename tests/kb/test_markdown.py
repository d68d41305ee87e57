import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.links import Link
from kb.markdown import Renderer, Target
from tests.markup import Element
from tests.markup import tree as read
from tests.strategies import FRAGMENTS

SCHEMES = {"http", "https", "mailto"}
ELEMENTS = {
    *("a", "blockquote", "br", "caption", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "img", "kbd", "li", "ol"),
    *("p", "pre", "span", "strong", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"alt", "class", "data-label", "href", "role", "scope", "src", "start", "title"}


def resolve(link: Link) -> Target | None:
    fragment = f"#{link.anchor}" if link.anchor else ""
    return Target(f"/errors/103/{fragment}", "Error 103: <refused> & sent back") if link.target == "103" else None


def renderer() -> Renderer:
    return Renderer(resolve, {"intuit": 1, "bank": 2})


def render(text: str) -> str:
    return renderer().block(text)


def assert_harmless(page: str) -> Element:
    """Nothing but known elements and attributes, and no address that runs."""
    tree = read(page)
    for element in tree.all():
        assert element.name in ELEMENTS
        assert set(element.attributes) <= ATTRIBUTES
        for address in (element["href"], element["src"]):
            # As browsers read it: blanks before it and tabs or line feeds in it are passed over.
            scheme = re.match(r"[\x00-\x20]*([a-z][a-z0-9+.-]*):", re.sub(r"[\t\n\r]", "", address), re.IGNORECASE)
            assert scheme is None or scheme[1].lower() in SCHEMES
    return tree


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "<img src=x onerror=alert(1)//",
        "<svg/onload=alert(1)>",
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        "<math><mtext></p><style><img src=x onerror=alert(1)></style>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<a href='javascript:alert(1)'>press</a>",
        '<a href="data:text/html,<script>alert(1)</script>">press</a>',
        "<form action=//evil.example><button formaction=javascript:alert(1)>go</button></form>",
        "<input autofocus onfocus=alert(1)>",
        "<details open ontoggle=alert(1)>more</details>",
        "<body onload=alert(1)>",
        "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;url=//evil.example'>",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<style>body{display:none}</style>",
        "<object data=x.swf></object><embed src=x.swf>",
        "<!-- --><script>alert(1)</script><!-- -->",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<?xml-stylesheet href='javascript:alert(1)'?>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "</p></div></main><script>alert(1)</script>",
        "<textarea><script>alert(1)</script></textarea>",
        "<b style='position:fixed;inset:0'>over all</b>",
        "<p id=main class=hard-stop>imitation</p>",
        "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
        "<script\n>alert(1)</script\n>",
        "\N{FULLWIDTH LESS-THAN SIGN}script\N{FULLWIDTH GREATER-THAN SIGN}alert(1)",
        "<div>\n\n<script>alert(1)</script>\n\n</div>",
    ],
)
@pytest.mark.parametrize(
    "guise",
    ["{}", "a {} b", "- {}", "> {}", "# {}", "| a | b |\n|---|---|\n| {} | {} |", "[{}](/x)", "**{}**", "++{}++"],
)
def test_html_in_any_guise_is_shown_as_the_text_it_is(hostile: str, guise: str) -> None:
    one_line = hostile if guise == "{}" else hostile.replace("\n", " ")

    tree = assert_harmless(render(guise.replace("{}", one_line)))

    words = re.findall(r"[a-z]{3,}", one_line, re.IGNORECASE)
    shown = tree.text
    assert all(word in shown for word in words)
    assert "<" in shown or "＜" in shown  # noqa: RUF001  # a full-width sign is one of the guises


@pytest.mark.parametrize("code", ["`{}`", "    {}", "``{} ` ``"])
def test_html_in_code_is_shown_as_it_is(code: str) -> None:
    hostile = "<script>alert('&lt;')</script> [[103|refused]]"

    tree = assert_harmless(render(code.replace("{}", hostile)))

    assert hostile in tree.text
    assert tree.one("code").text.startswith(hostile)


@settings(deadline=None, max_examples=200)
@given(st.text("ab <>/='\"!?;\N{NO-BREAK SPACE}", max_size=60))
def test_nothing_that_looks_like_html_is_lost(text: str) -> None:
    text = f"x {text}".rstrip()

    tree = assert_harmless(render(text))

    assert tree.text == " ".join(text.split())


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "java&#115;cript:alert(1)",
        "&#x6A;avascript:alert(1)",
        "<javascript:alert(1)>",
        "java&#9;script:alert(1)",
        "java&NewLine;script:alert(1)",
        "<java script:alert(1)>",
        "\x01javascript:alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html,<script>alert(1)</script>",
        "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "file:///etc/passwd",
        "blob:https://example.com/1",
        'https://example.com/" onmouseover="alert(1)',
        "https://example.com/'onmouseover='alert(1)",
    ],
)
@pytest.mark.parametrize("guise", ["[press]({})", '[press]({} "title")', "![press]({})", "<{}>", "[[103|press]]({})"])
def test_an_address_that_runs_something_leads_nowhere(address: str, guise: str) -> None:
    tree = assert_harmless(render(guise.replace("{}", address)))

    assert not any(href.startswith(("javascript", "data", "vbscript", "file", "blob")) for href in tree.hrefs)
    assert "press" in tree.text + "".join(image["alt"] for image in tree.all("img")) or guise == "<{}>"


def test_ordinary_links_are_kept() -> None:
    tree = assert_harmless(render("[a](https://intuit.example/a?b=1&c=2) [b](/guides/) [c](#data) <https://d.example>"))

    assert tree.hrefs == ["https://intuit.example/a?b=1&c=2", "/guides/", "#data", "https://d.example"]


def test_reference_links_are_not_used_so_that_their_lines_are_not_lost() -> None:
    assert "[later]: https://example.com" in read(render("See [it][later].\n\n[later]: https://example.com")).text


def test_a_cross_link_takes_the_title_of_its_target() -> None:
    assert render("See [[103]].") == '<p>See <a href="/errors/103/">Error 103: &lt;refused&gt; &amp; sent back</a>.</p>'


def test_a_cross_link_may_have_words_of_its_own_and_lead_to_a_part() -> None:
    assert render("[[103#step-2|the <second> step]]") == (
        '<p><a href="/errors/103/#step-2">the &lt;second&gt; step</a></p>'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See [[999]].", "<p>See 999.</p>"),
        ("See [[OL-301]].", "<p>See OL-301.</p>"),
        ("See [[999#step-1|the <first> step]].", "<p>See the &lt;first&gt; step.</p>"),
    ],
)
def test_a_cross_link_to_what_is_not_published_is_plain_text(text: str, shown: str) -> None:
    assert render(text) == shown


def test_cross_links_in_a_table_do_not_divide_its_cells() -> None:
    table = read(render("| Error | Sign |\n|---|---|\n| [[103|refused]] | [[999|a, b]] |"))

    first, second = next(table.one("tbody").all("tr")).children[1::2]
    assert isinstance(first, Element)
    assert isinstance(second, Element)
    assert (first.text, first.hrefs) == ("refused", ["/errors/103/"])
    assert (second.text, second.hrefs) == ("a, b", [])


def test_cross_links_work_inside_emphasis_lists_and_headings() -> None:
    tree = assert_harmless(render("### About [[103]]\n\n- **[[103|one]]**\n- *[[103|two]]*"))

    assert tree.hrefs == ["/errors/103/"] * 3


@pytest.mark.parametrize("escaped", ["`[[103|refused]]`", "\\[[103|refused]]", "    [[103|refused]]"])
def test_a_cross_link_that_is_escaped_or_in_code_is_shown_as_written(escaped: str) -> None:
    tree = read(render(escaped))

    assert tree.text == "[[103|refused]]"
    assert tree.hrefs == []


def test_a_source_mark_leads_to_the_numbered_source() -> None:
    assert render("So[^bank].") == '<p>So<sup><a href="#source-2">[2]</a></sup>.</p>'


def test_an_estimate_is_marked_as_one() -> None:
    assert render("So[^estimate].") == '<p>So<sup><a href="#sources">est.</a></sup>.</p>'


def test_a_mark_of_an_unknown_source_is_left_out() -> None:
    assert render("So[^nobody].") == "<p>So.</p>"


def test_marks_on_another_page_lead_to_the_page_that_lists_the_sources() -> None:
    elsewhere = Renderer(resolve, {"intuit": 1}, base="/errors/102/")

    tree = read(elsewhere.block("a[^intuit] b[^estimate]"))

    assert tree.hrefs == ["/errors/102/#source-1", "/errors/102/#sources"]


def test_names_of_buttons_are_keys() -> None:
    assert render("Press ++Fix now++ > ++<b>++.") == ("<p>Press <kbd>Fix now</kbd> &gt; <kbd>&lt;b&gt;</kbd>.</p>")


TABLE = "| Format | Best <for> |\n|:--|--:|\n| .QBO | *all* |\n| .CSV | `some` |\n"


def test_a_table_has_a_caption_scopes_and_labels_for_phones() -> None:
    tree = assert_harmless(renderer().block(TABLE, "Formats & limits"))

    table = tree.one("div", class_="table-box").one("table")
    assert table.one("caption").text == "Formats & limits"
    assert [(head["scope"], head.text) for head in table.all("th")] == [
        ("col", "Format"),
        ("col", "Best <for>"),
        ("row", ".QBO"),
        ("row", ".CSV"),
    ]
    assert [(cell["data-label"], cell.text) for cell in table.all("td")] == [
        ("Best <for>:", "all"),
        ("Best <for>:", "some"),
    ]


def test_a_table_keeps_its_roles_where_phones_lay_it_out_as_blocks() -> None:
    table = read(render(TABLE)).one("table")

    roles = {(element.name, element["role"]) for element in [table, *table.all()] if element.name != "caption"}
    assert {role for name, role in roles if name in {"th", "td"}} == {"columnheader", "rowheader", "cell"}
    assert {role for name, role in roles if name not in {"th", "td"}} == {"table", "rowgroup", "row", ""}


def test_a_table_without_a_name_and_one_in_a_quote_have_captions_too() -> None:
    tree = assert_harmless(render(f"{TABLE}\n> {TABLE.strip().replace(chr(10), chr(10) + '> ')}\n\nAfter."))

    assert len(list(tree.all("caption"))) == len(list(tree.all("table"))) == 2
    assert all(caption.text for caption in tree.all("caption"))
    assert tree.text.endswith("After.")


def test_the_caption_of_one_text_is_not_left_for_the_next() -> None:
    one = renderer()
    one.block(TABLE, "Formats")

    assert read(one.block(TABLE)).one("caption").text != "Formats"


def test_prose_stands_below_the_headings_of_its_page() -> None:
    tree = read(render("# One\n\n## Two\n\n### Three\n\n#### Four"))

    assert [(heading.name, heading.text) for heading in tree.all()] == [
        ("h3", "One"),
        ("h3", "Two"),
        ("h3", "Three"),
        ("h4", "Four"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One *paragraph*.", "One <em>paragraph</em>."),
        ("", ""),
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("- a", "<ul>\n<li>a</li>\n</ul>"),
        ("</p><p>", "&lt;/p&gt;&lt;p&gt;"),
    ],
)
def test_a_single_paragraph_can_stand_inside_an_element(text: str, shown: str) -> None:
    assert renderer().inline(text) == shown


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(
            [*FRAGMENTS, "**", "[", "](", ")", "![", "| a |", "\n|-|\n", "> ", "[^", "]", "javascript:", "++"]
        )
    )
)
def test_any_text_becomes_harmless_html_without_an_error(pieces: list[str]) -> None:
    assert_harmless(render("".join(pieces)))
    read(renderer().inline(" ".join(pieces)))


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=80))
def test_any_characters_become_harmless_html_without_an_error(text: str) -> None:
    assert_harmless(render(text.encode(errors="replace").decode()))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "![" * 10_000,
        "[a](" * 5_000,
        "[[103|" * 4_000,
        "[^" * 10_000,
        "> " * 3_000 + "deep",
        "- " * 3_000 + "deep",
        "".join(f"{'  ' * depth}- a\n" for depth in range(150)),
        "*a_" * 6_000,
        "`" * 20_001,
        "<" * 20_000,
        "++" * 10_000,
        "|" * 20_000,
        f"|{'a|' * 2_000}\n|{'-|' * 2_000}\n|{'b|' * 2_000}",
        "&" * 20_000,
        "\\" * 20_000,
        "a\n" * 10_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_pathological_text_comes_to_an_end(text: str) -> None:
    page = render(text)

    assert html.unescape(re.sub(r"<[^>]*>", "", page)).strip()
    assert "<script" not in page


def test_after_a_text_that_was_nested_too_deeply_the_next_is_rendered_as_ever() -> None:
    one = renderer()
    one.block("- " * 3_000 + "deep")

    for text in ("plain", "- a\n\n- b", "> quote\n\n    code", TABLE):
        assert one.block(text) == render(text)


def test_what_is_hidden_in_deeply_nested_quotes_stays_harmless_and_visible() -> None:
    tree = assert_harmless(render("> " * 3_000 + "<script>alert(1)</script>"))

    assert "<script>alert(1)</script>" in tree.text
