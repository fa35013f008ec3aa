"""Spans: the seam between a hub and whoever traces it. Nothing here knows OpenTelemetry.

A `Context` is where a span stands in its trace; it travels as `traceparent` (W3C Trace Context) in
requests, in the headers of records and in events. Which keys a span may tell, and nothing else, is
`TRACED`. Who traces is handed in: `hub.telemetry.traces`, or `UNTRACED`, which costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from msgspec import Struct

# The header of a request or a record, and the attribute of an event.
TRACEPARENT: Final = "traceparent"

# Every key that a span may tell, in words (docs/traces.md is made of them).
TRACED: Final[Mapping[str, str]] = {
    "error.type": "why it failed: a reason of ours, a status, or the type of an error",
    "http.request.method": "the method of the request",
    "http.request.resend_count": "how many attempts came before this one",
    "http.response.status_code": "the status that was answered",
    "http.route": "the template of the path, like `/v1/alerts/{alert_id}`; never the path",
    "messaging.batch.message_count": "how many records it was about",
    "messaging.destination.name": "the stream: `facts`, `region-facts`, `in`, `out`",
    "messaging.operation.name": "`send` or `process`",
    "messaging.operation.type": "`send` or `process`",
    "messaging.system": "`kafka`, or `seintje` where the hub is one process",
    "seintje.outcome": "a word of this program: how it ended",
    "seintje.party": "the id of a party in the parties file",
    "seintje.refused": "how many facts of it were refused",
    "seintje.shard": "the shard, like `facts` or `correlate-3`",
    "seintje.subscription": "the id of a subscription",
    "seintje.told": "how many revisions it told parties",
}

Value: TypeAlias = str | int


class Kind(StrEnum):
    """What a span stands for, in the words of OpenTelemetry."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_VERSION: Final = "ff"
_FIRST_VERSION: Final = "00"
_LONGEST: Final = 512


class Context(Struct, frozen=True):
    """Where a span stands: its trace, itself, and whether the trace is kept."""

    trace_id: str
    span_id: str
    is_sampled: bool = True

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.is_sampled else '00'}"

    @classmethod
    def read(cls, text: str | bytes | None) -> Context | None:
        """The context in a `traceparent`; None for what is none, which is as good as absent.

        None too where the ids are plainly a number of somebody's own and no chance (W3C, Privacy of
        the traceparent field): that number would go on to everybody who is told.
        """
        if text is None or len(text) > _LONGEST:
            return None
        shown = text.decode("ascii", "replace") if isinstance(text, bytes) else text
        found = _FORM.fullmatch(shown.strip(" \t"))
        if found is None:
            return None
        version, trace_id, span_id, flags, more = found.groups()
        if version == _NO_VERSION or (version == _FIRST_VERSION and more):
            return None
        if not trace_id.strip("0") or not span_id.strip("0") or _is_a_number(trace_id, span_id):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & 1))


def _is_a_number(trace_id: str, span_id: str) -> bool:
    # By chance the one happens once in three million times, the other once in eighteen million.
    return trace_id.isdecimal() or (span_id.isdecimal() and span_id.startswith("0000"))


class Begun(Struct, frozen=True):
    """What a span says of itself from the start. `name` is of a closed list: no id in it. `at_ns`:
    when it began, in nanoseconds of the system's clock; 0: now."""

    kind: Kind
    name: str
    tells: Mapping[str, Value] = {}
    at_ns: int = 0


class Span(Protocol):
    """Something that was begun. To be ended once."""

    @property
    def context(self) -> Context: ...

    def note(self, key: str, value: Value) -> None:
        """Also says this, if the key is one of `TRACED`."""
        ...

    def end(self, fault: BaseException | None = None) -> None:
        """It is over; `fault`: because of this, of which only the type is told."""
        ...


class Tracing(Protocol):
    """Whoever keeps spans. Nothing of it raises, and nothing of it waits but `close`."""

    @property
    def is_on(self) -> bool: ...

    def start(self, begun: Begun, parent: Context | None, links: Sequence[Context] = ()) -> Span:
        """A span below `parent`; None: the first of a trace, if chance picks it."""
        ...

    def close(self) -> None:
        """Send what is left, within a few seconds."""
        ...


_NOWHERE: Final = Context("0" * 32, "0" * 16, is_sampled=False)
_current: ContextVar[Context | None] = ContextVar("seintje-span", default=None)


class _NoSpan:
    context: Final = _NOWHERE

    def note(self, key: str, value: Value) -> None:
        pass

    def end(self, fault: BaseException | None = None) -> None:
        pass


class _Untraced:
    """Keeps no spans."""

    is_on: Final = False

    def __init__(self) -> None:
        self._span: Final = _NoSpan()

    def start(self, begun: Begun, parent: Context | None, links: Sequence[Context] = ()) -> Span:
        return self._span

    def close(self) -> None:
        pass


UNTRACED: Final[Tracing] = _Untraced()


def around() -> Context | None:
    """The span that is going on here, kept or not; the parent of one that begins."""
    return _current.get()


def current() -> Context | None:
    """The span that is going on here, if it is kept."""
    context = _current.get()
    return context if context is not None and context.is_sampled else None


def carried() -> dict[str, str]:
    """What a request that is made now carries of the span that is going on."""
    context = current()
    return {} if context is None else {TRACEPARENT: context.traceparent}


def go_on(context: Context | None) -> None:
    """What is logged and called from here on, in this task, belongs to that span; None: to none."""
    _current.set(context)


@contextmanager
def spanning(
    tracing: Tracing, begun: Begun, parent: Context | None, links: Sequence[Context] = ()
) -> Iterator[Span]:
    """A span for as long as the block runs."""
    span = tracing.start(begun, parent, links)
    fault: BaseException | None = None
    before = _current.set(span.context)
    try:
        yield span
    except BaseException as raised:
        fault = raised
        raise
    finally:
        _current.reset(before)
        span.end(fault)
