"""Ask the site in this container whether it lives, by the name that it answers to: exit code 0 when it does."""

import os
from http.client import HTTPConnection
from urllib.parse import urlsplit

site = urlsplit(os.environ["SITE_URL"])
connection = HTTPConnection("127.0.0.1", int(os.environ.get("GRANIAN_PORT", "8000")), timeout=3)
connection.request("GET", "/healthz", headers={"Host": site.netloc})
raise SystemExit(0 if connection.getresponse().status == 200 else 1)
