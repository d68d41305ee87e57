"""Which version of the code and templates this is."""

import hashlib
from functools import cache

from django.conf import settings


@cache
def build() -> str:
    """A digest of the code and templates, so that a new version of them is a new ETag on every node alike."""
    digest = hashlib.blake2b(digest_size=6)
    for folder in ("config", "kb", "triage", "templates", "static"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".css", ".js", ".svg", ".xml", ".yaml"}:
                digest.update(path.read_bytes())
    digest.update(f"{settings.SITE_NAME} {settings.SITE_URL}".encode())
    return digest.hexdigest()
