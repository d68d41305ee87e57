"""Log records as one line of JSON each, every one with the id of the request that it belongs to."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import override

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that this thread is answering; empty outside of one."""


_SECRET = re.compile(r"(?<=/preview/)[^/\s?]+")


def without_secrets(text: str) -> str:
    """Take out of addresses what opens a page to whoever knows it."""
    return _SECRET.sub("…", text)


class JsonFormatter(logging.Formatter):
    """What is given to a logger as `extra={"facts": {…}}` stands beside the message."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if identity := request_id.get():
            line["request_id"] = identity
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
