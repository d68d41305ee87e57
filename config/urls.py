from django.contrib import admin
from django.urls import include, path, re_path

from config import health
from kb.admin.editor import Preview, Upload
from kb.views.media import picture

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/markdownx/preview/", Preview.as_view(), name="markdownx_markdownify"),
    path("admin/markdownx/upload/", Upload.as_view(), name="markdownx_upload"),
    path("admin/", admin.site.urls),
    re_path(r"^media/pictures/(?P<name>[0-9a-f]{32}\.(?:jpg|png|webp))$", picture, name="picture"),
    path("", include("triage.urls")),
    path("", include("kb.urls")),
]

handler404 = "kb.views.pages.not_found"
handler500 = "kb.views.api.server_error"
