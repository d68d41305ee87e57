import os
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.charset import in_utf_8
from config.watching import watched

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

site: WSGIApplication = in_utf_8(get_wsgi_application())

if not settings.DEBUG:  # where pages are made anew each time, so that a changed template is seen
    from kb.serving import watch
    from kb.serving.pagecache import PageCache

    watch.start()
    site = PageCache(
        site,
        edition=watch.stamp,
        session_cookie=settings.SESSION_COOKIE_NAME,
        scheme_header=settings.SECURE_PROXY_SSL_HEADER and settings.SECURE_PROXY_SSL_HEADER[0],
        most_bytes=settings.PAGE_CACHE_BYTES,
    )

application = watched(site)
