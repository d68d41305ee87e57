from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from kb.admin.editor import Preview, Upload
from kb.pictures import NAME
from kb.views.media import picture

urlpatterns = [
    path("admin/markdownx/preview/", Preview.as_view(), name="markdownx_markdownify"),
    path("admin/markdownx/upload/", Upload.as_view(), name="markdownx_upload"),
    path("admin/", admin.site.urls),
    re_path(rf"^media/pictures/(?P<name>{NAME})$", picture, name="picture"),
    path("", include("triage.urls")),
    path("", include("kb.urls")),
]

if settings.METRICS_TOKEN:
    from config.metrics import metrics

    urlpatterns.insert(0, path("metrics", metrics))

handler404 = "kb.views.pages.not_found"
handler500 = "kb.views.api.server_error"
