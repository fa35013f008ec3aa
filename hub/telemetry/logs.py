"""Logs: what may be said of a running hub, and nothing else (quality, security).

JSON on stderr, one object a line, with only the keys of `LOGGED`. An exception is told by its type
and where it came from, its text only where that is ours.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO, TypeAlias

import structlog

from hub.errors import SeintjeError

LOGGED: Final = frozenset(
    {
        "timestamp", "level", "logger", "event",
        "error", "says", "frames",
        "shard", "position", "records", "reason", "retry_after", "signal", "owned", "took_ms",
        "host", "port", "resolved", "where", "do",
    }
)  # fmt: skip

_Event: TypeAlias = MutableMapping[str, Any]
_Step: TypeAlias = Callable[[Any, str, _Event], Any]
_FRAMES: Final = 12
_AGAIN_SECONDS: Final = 60.0
_MOST_SAID: Final = 1000


def start_logs(stream: TextIO | None = None, least: int = logging.INFO) -> None:
    """Send the logs of this process, those of libraries too, to stderr as JSON; `least`: from which
    level on."""
    stream = stream or sys.stderr
    ours: list[_Step] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        told_error,
    ]
    last: list[_Step] = [only_allowed, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*ours, *last],
        logger_factory=structlog.WriteLoggerFactory(stream),
        wrapper_class=structlog.make_filtering_bound_logger(least),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _template_only, *ours],
            processors=last,
        )
    )
    handler.addFilter(_NotAgain())
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries tell their steps at INFO, and a request has an address and a path in it.
    root.setLevel(logging.WARNING)


class _NotAgain(logging.Filter):
    """What a library says again within a minute is not written: of a broker that is away a hundred
    lines a second would be. An exception always is."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            return True
        said = (record.name, str(record.msg))
        before = self._said.get(said)
        if before is not None and 0 <= record.created - before < _AGAIN_SECONDS:
            return False
        if len(self._said) >= _MOST_SAID:
            self._said.clear()
        self._said[said] = record.created
        return True


def _template_only(_logger: Any, _method: str, event: _Event) -> _Event:
    """Of what a library says the first line, without the values in it: those may be of a fact."""
    event["event"] = str(event["_record"].msg).partition("\n")[0]
    return event


def only_allowed(_logger: Any, _method: str, event: _Event) -> _Event:
    """Drop every key that is not on the list."""
    return {key: value for key, value in event.items() if key in LOGGED}


def told_error(_logger: Any, _method: str, event: _Event) -> _Event:
    """An exception as its type and its frames. The text of a foreign one may quote a fact."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if not isinstance(error, BaseException):
        return event
    event["error"] = type(error).__name__
    if isinstance(error, SeintjeError):
        event["says"] = str(error)
    event["frames"] = _frames(error.__traceback__)
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    found = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found]
