"""The server's log: one JSON object a line, with numbers of requests and rows, never of persons.

A request is logged as its method, the name of its address (not the address itself, which could
hold a subject's number), status and milliseconds. An error is logged by its type and place; its
text is left out, because a value that was typed may stand in it.
"""

import json
import logging
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

__all__ = ["JsonLines", "log_requests", "start_logging"]

_LOG = logging.getLogger("adjuvant.request")


class JsonLines(logging.Formatter):
    """A log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, event and the facts of the record; of an error its type and place."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.msg if record.name.startswith("adjuvant") else record.name,
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-3:]
            line["where"] = [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in frames]
        return json.dumps(line)


def start_logging() -> None:
    """Send every log record of the process to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("adjuvant").setLevel(logging.INFO)


def log_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that logs each request by the name of its address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        answer = get_response(request)
        match = request.resolver_match
        facts = {
            "method": request.method,
            "page": match.view_name if match else "unknown",
            "status": answer.status_code,
            "ms": round(1000 * (time.perf_counter() - began), 1),
        }
        _LOG.info("request", extra={"facts": facts})
        return answer

    return middleware
