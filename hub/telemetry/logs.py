"""Logs: what may be said of a running hub, and nothing else (quality, security).

JSON on stderr, one object a line, with only the keys of `LOGGED`. An exception is told by its type
and where it came from, its text only where that is ours.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO, TypeAlias

import structlog

from hub.errors import SeintjeError
from hub.telemetry.spans import current

# Every key that may stand in a line, in words (docs/logs.md is made of them). None of them holds
# what a sender chose: no reference, no id of an event, no name, no address of a household.
MEANING: Final[Mapping[str, str]] = {
    "timestamp": "when, in UTC",
    "level": "`debug`, `info`, `warning` or `error`",
    "logger": "which part of the hub, or which library",
    "event": "what happened: a sentence that never changes, so it can be searched for",
    "do": "what to do about it",
    "dropped": "how many spans were dropped so far",
    "error": "the type of an error",
    "frames": "where in the code it came from, the last one last",
    "host": "a host: where the hub listens, or a receiver that was not called",
    "http_status": "the status that a receiver answered",
    "life": "what became of a subscription or a shard, like `paused`",
    "owned": "how many partitions this process has",
    "party": "the id of a party in the parties file",
    "port": "a port",
    "position": "where a record stands in its stream; on Kafka its offset and one",
    "python": "the version of Python",
    "reason": "why: a slug, or a word of this program",
    "receipt": "the id of the receipt of a fact (`rc-…`): how a fact is found again",
    "records": "how many records it was about",
    "resolved": "an address of the network to which a host led",
    "retry_after": "in how many seconds to try again",
    "role": "`run`, `worker`, `gateway`, `deliver`, `connect`, or the command",
    "says": "the text of an error of ours; never that of another program",
    "settings": "a digest of the settings: other settings, another digest",
    "shard": "a stream, or a partition of a processor, like `correlate-3`",
    "signal": "a signal of the operating system",
    "span_id": "the span within which it happened (traces.md)",
    "status": "what became of a fact: `accepted`, `duplicate`, `refused`",
    "stream": "a stream",
    "subscription": "the id of a subscription",
    "took_ms": "how long it took, in milliseconds",
    "trace_id": "the trace within which it happened (traces.md)",
    "traced": "whether traces are sent",
    "type": "a fact type of the catalogue, or `other`",
    "version": "the version of Seintje",
    "was": "what a subscription was before",
    "why": "why a subscription is paused or disabled, like `failed-too-long`",
    "where": "a setting, or what an address was written in",
}
LOGGED: Final = frozenset(MEANING)
LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}

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
        _in_span,
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


def are_started() -> bool:
    """Whether this process writes its logs as we want them."""
    return structlog.is_configured()


def tell_end(fault: Exception) -> None:
    """That this process ends of a fault."""
    structlog.get_logger("seintje.start").error("ended by a fault", exc_info=fault)


def looks_closely() -> bool:
    """Whether what is told at `debug` is read by anybody. Ask before making a line a fact."""
    told = structlog.is_configured() and structlog.get_logger().is_enabled_for(logging.DEBUG)
    return bool(told)


class Seldom:
    """What is worth a line once a minute, and no more often. One that said it long ago is forgotten
    with the others when there are many."""

    def __init__(self) -> None:
        self._said: dict[Hashable, float] = {}

    def is_due(self, what: Hashable, now: float) -> bool:
        """Whether to say this at this second; True counts as said."""
        before = self._said.get(what)
        if before is not None and 0 <= now - before < _AGAIN_SECONDS:
            return False
        if len(self._said) >= _MOST_SAID:
            self._said.clear()
        self._said[what] = now
        return True


class _NotAgain(logging.Filter):
    """What a library says again within a minute is not written: of a broker that is away a hundred
    lines a second would be. An exception always is."""

    def __init__(self) -> None:
        super().__init__()
        self._seldom = Seldom()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info:
            return True
        return self._seldom.is_due((record.name, str(record.msg)), record.created)


def _in_span(_logger: Any, _method: str, event: _Event) -> _Event:
    """Of what happens within a span, which one that is."""
    context = current()
    if context is not None:
        event["trace_id"], event["span_id"] = context.trace_id, context.span_id
    return event


def _template_only(_logger: Any, _method: str, event: _Event) -> _Event:
    """Of what a library says the first line, without the values in it: those may be of a fact."""
    event["event"] = str(event["_record"].msg).partition("\n")[0]
    return event


def only_allowed(_logger: Any, _method: str, event: _Event) -> _Event:
    """Drop every key that is not on the list, or has nothing to say."""
    return {key: value for key, value in event.items() if key in LOGGED and value is not None}


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
