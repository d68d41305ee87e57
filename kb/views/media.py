from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

from kb.serving.away import stays_up


@stays_up
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """An uploaded picture. Its name is made from random figures when it is stored, so it never changes."""
    response = serve(request, f"pictures/{name}", document_root=str(settings.MEDIA_ROOT))
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
