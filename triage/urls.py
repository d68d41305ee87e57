from django.urls import path

from triage import views, views_api, views_compare, views_embed, views_reports, views_statistics

app_name = "triage"

urlpatterns = [
    path("triage/", views.choose, name="choose"),
    path("triage/seen", views_statistics.seen, name="seen"),  # without a slash, no article can have this address
    path("triage/<str:identity>/", views.step, name="start"),
    path("triage/<str:identity>/map.mmd", views.flow_text, {"suffix": "mmd"}, name="map-mmd"),
    path("triage/<str:identity>/map.dot", views.flow_text, {"suffix": "dot"}, name="map-dot"),
    path("triage/<str:identity>/map/", views.flow_map, name="map"),
    path("triage/<str:identity>/<str:node>/", views.step, name="step"),
    path("triage/<str:identity>/<str:node>/report/", views_reports.report, name="report"),
    path("triage/<str:identity>/<str:node>/thanks/", views_reports.thanks, name="thanks"),
    path("embed/triage/", views_embed.choose, name="embed-choose"),
    path("embed/triage/<str:identity>/", views_embed.step, name="embed-start"),
    path("embed/triage/<str:identity>/<str:node>/", views_embed.step, name="embed-step"),
    path("api/triage/", views_api.choose, name="api-choose"),
    path("api/triage/<str:identity>/", views_api.walk, name="api-walk"),
    path("compare/", views_compare.compare, name="compare"),
    path("compare/ask/", views_compare.ask, name="ask"),
    path("compare/ask/<str:observation>/", views_compare.ask, name="ask-again"),
    path("t/<str:code>", views.code, name="code"),
]
