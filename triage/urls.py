from django.urls import path

from triage import views

app_name = "triage"

urlpatterns = [
    path("triage/", views.choose, name="choose"),
    path("triage/<str:identity>/", views.step, name="start"),
    path("triage/<str:identity>/map/", views.flow_map, name="map"),
    path("triage/<str:identity>/<str:node>/", views.step, name="step"),
    path("t/<str:code>", views.code, name="code"),
]
