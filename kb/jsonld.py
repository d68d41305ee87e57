"""An article for search engines as linked data: what it is and where it stands, no more than its page says. Pure."""

from collections.abc import Iterable
from typing import Any

from kb.document import Document


def article_graph(
    document: Document,
    *,
    headline: str,
    url: str,
    image: str,
    published_on: str,
    site: tuple[str, str],
    crumbs: Iterable[tuple[str, str]],
) -> dict[str, Any]:
    """JSON-LD: a TechArticle and its breadcrumbs. All addresses are full ones; `site` and `crumbs` are names with them.

    No HowTo and no FAQPage: search engines show neither of them any more.
    """
    name, home = site
    article = {
        "@type": "TechArticle",
        "headline": headline,
        "description": document.description,
        "url": url,
        "image": image,
        "inLanguage": "en-US",
        "dateModified": published_on,
        "publisher": {"@type": "Organization", "name": name, "url": home},
    }
    trail = [
        {"@type": "ListItem", "position": at, "name": crumb, "item": address}
        for at, (crumb, address) in enumerate(crumbs, start=1)
    ]
    return {
        "@context": "https://schema.org",
        "@graph": [article, {"@type": "BreadcrumbList", "itemListElement": trail}],
    }
