from django.urls import path, re_path

from kb import feeds, sitemaps
from kb.document import Kind
from kb.views import api, draft, feedback, files, machine, pages, pair, search

app_name = "kb"

FILE = r"(?P<identity>[^/]+)\.(?P<suffix>md|json|png)"

urlpatterns = [
    path("", pages.home, name="home"),
    path("errors/", pages.errors, name="errors"),
    re_path(rf"^errors/{FILE}\Z", files.article_file, {"kind": Kind.ERROR}, name="error-file"),
    path("errors/<str:identity>/", pages.article, {"kind": Kind.ERROR}, name="error"),
    path("errors/<str:identity>/feedback/", feedback.post, {"kind": Kind.ERROR}, name="error-feedback"),
    path("errors/<str:identity>/thanks/", feedback.thanks, {"kind": Kind.ERROR}, name="error-thanks"),
    path("guides/", pages.guides, name="guides"),
    re_path(rf"^guides/{FILE}\Z", files.article_file, {"kind": Kind.GUIDE}, name="guide-file"),
    path("guides/<str:identity>/", pages.article, {"kind": Kind.GUIDE}, name="guide"),
    path("guides/<str:identity>/feedback/", feedback.post, {"kind": Kind.GUIDE}, name="guide-feedback"),
    path("guides/<str:identity>/thanks/", feedback.thanks, {"kind": Kind.GUIDE}, name="guide-thanks"),
    path("compare/<str:one>-vs-<str:other>/", pair.pair, name="pair"),
    path("search/", search.search, name="search"),
    path("search/suggestions/", search.suggestions, name="suggestions"),
    path("search/completions/", search.completions, name="completions"),
    path("search/unopened/", search.unopened, name="unopened"),
    path("preview/<str:token>/<path:path>", draft.draft, name="draft"),
    path("preview/<str:token>/", draft.draft, {"path": ""}, name="draft"),
    path("e/<str:name>", pages.short, name="short"),
    path("about/", pages.about, {"name": "about"}, name="about"),
    path("accessibility/", pages.about, {"name": "accessibility"}, name="accessibility"),
    path("privacy/", pages.about, {"name": "privacy"}, name="privacy"),
    path("feed.xml", feeds.changes, name="feed"),
    path("llms.txt", machine.llms, name="llms"),
    path("opensearch.xml", machine.opensearch, name="opensearch"),
    path("robots.txt", machine.robots, name="robots"),
    path("site.webmanifest", machine.manifest, name="manifest"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-<int:number>.xml", sitemaps.sitemap_part, name="sitemap-part"),
    path(".well-known/security.txt", machine.security, name="security"),
    path("api/", api.start, name="api"),
    path("api/openapi.json", api.description, name="api-description"),
    path("api/articles/", api.articles, name="api-articles"),
    path("api/articles/<str:identity>/", api.article, name="api-article"),
    path("api/search/", api.search, name="api-search"),
    re_path(r"^api/(?P<rest>.*)\Z", api.elsewhere, name="api-elsewhere"),  # the triage's own stand before these
]
