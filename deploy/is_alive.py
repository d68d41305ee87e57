"""Ask the site in this container whether it lives: exit code 0 when it does."""

from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", 8000, timeout=3)
connection.request("GET", "/healthz")
raise SystemExit(0 if connection.getresponse().status == 200 else 1)
