"""What of a trace goes along with records: into a log, through a shard, and out to parties.

A fact carries where it was sent from in its header `traceparent`, and so does a revision of what
made the hub tell it. Only what is sampled carries anything. Steps know nothing of traces: they hand
the header of a fact on to what they tell because of it (`revisions.because`), as it is.

A batch is one span, with a link to each context in it: at a hundred thousand facts a second a span
a fact would be most of the work. Where facts of several traces came together, whatever is told
because of one of them gets a span in its own trace, so that each is whole from call to webhook.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from msgspec.structs import replace

from hub.streams.revisions import OUT
from hub.streams.seam import Batch, Effects, Emit, Record, Shard, State, StreamName
from hub.telemetry.spans import (
    TRACEPARENT,
    Begun,
    Context,
    Kind,
    Span,
    Tracing,
    Value,
    go_on,
    spanning,
)

SYSTEM: Final = "messaging.system"
COUNT: Final = "messaging.batch.message_count"

_MOST_TRACES: Final = 32  # that one batch has spans in; of the rest the links are left


def moving(kind: Kind, operation: str, stream: StreamName, more: Mapping[str, Value]) -> Begun:
    """A span over records (OpenTelemetry, semantic conventions for messaging)."""
    tells: dict[str, Value] = {
        "messaging.destination.name": stream,
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
    }
    return Begun(kind, f"{operation} {stream}", {**tells, **more})


def context_of(record: Record) -> Context | None:
    """Where the record was sent from, if that is sampled."""
    return sampled(record.headers.get(TRACEPARENT))


def sampled(traceparent: str | bytes | None) -> Context | None:
    """The context in there, if its trace is kept."""
    context = Context.read(traceparent) if traceparent else None
    return context if context is not None and context.is_sampled else None


def header_in(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    """The header of a record of Kafka that says where it was sent from; empty if none does."""
    return next((raw or b"" for name, raw in headers if name == TRACEPARENT), b"")


def contexts_in(all_headers: Iterable[Iterable[tuple[str, bytes | None]]]) -> list[Context]:
    """The contexts in the headers of records of Kafka, each once, in order."""
    texts = dict.fromkeys(map(header_in, all_headers))
    return [it for it in map(sampled, texts) if it is not None]


def contexts_of(records: Iterable[Record]) -> list[Context]:
    """The contexts that came along, each once, in order."""
    texts = dict.fromkeys(it.headers.get(TRACEPARENT) for it in records)
    return [it for it in map(sampled, texts) if it is not None]


def stamped(emit: Emit, context: Context | None) -> Emit:
    """The emit, sent from there; as it was, where that trace is not kept."""
    if context is None or not context.is_sampled:
        return emit
    return replace(emit, headers={**emit.headers, TRACEPARENT: context.traceparent.encode()})


class Fan:
    """One span over a batch, and one more in each other trace of which something is in it."""

    def __init__(
        self, tracing: Tracing, begun: Begun, span: Span | None, *, is_of_time: bool = False
    ) -> None:
        """`span` is the one over all of it; None: there is none. `is_of_time`: it was no fact that
        made this happen."""
        self.is_of_time = is_of_time
        self._tracing = tracing
        self._begun = begun
        self._span = span
        self._others: dict[str, Span] = {}

    @property
    def context(self) -> Context | None:
        return None if self._span is None else self._span.context

    def context_for(self, own: Context | None) -> Context | None:
        """The context of the span that is in the trace of `own`."""
        if own is None or not own.is_sampled:
            return self.context
        if self._span is not None and self._span.context.trace_id == own.trace_id:
            return self._span.context
        found = self._others.get(own.trace_id)
        if found is None:
            if len(self._others) >= _MOST_TRACES:
                return own
            over_all = self.context
            links = [over_all] if over_all is not None and over_all.is_sampled else []
            found = self._others[own.trace_id] = self._tracing.start(self._begun, own, links)
        return found.context

    def note(self, key: str, value: Value) -> None:
        if self._span is not None:
            self._span.note(key, value)

    def end_others(self) -> None:
        for span in self._others.values():
            span.end()

    def end(self) -> None:
        self.end_others()
        if self._span is not None:
            self._span.end()


@contextmanager
def fanned(
    tracing: Tracing, begun: Begun, parent: Context | None, links: Sequence[Context] = ()
) -> Iterator[Fan]:
    """The spans over a batch, for as long as the block runs."""
    with spanning(tracing, begun, parent, links) as span:
        fan = Fan(tracing, begun, span)
        try:
            yield fan
        finally:
            fan.end_others()


def traced(shard: Shard, tracing: Tracing, name: str, system: str = "seintje") -> Shard:
    """The shard, and its turns as spans; `name` is the shard in words, `system` what keeps it."""
    return TracedShard(shard, tracing, name, system) if tracing.is_on else shard


class TracedShard:
    """A shard whose turns are spans: from what was read until it is committed, with all that was
    decided between."""

    def __init__(self, shard: Shard, tracing: Tracing, name: str, system: str) -> None:
        self._shard = shard
        self._tracing = tracing
        self._name = name
        self._system = system
        self._stream = ""
        self._fan: Fan | None = None
        self._only: Context | None = None  # of all facts of the batch, if it is the same
        self._turned_at = 0

    @property
    def state(self) -> State:
        return self._shard.state

    async def read(self, limit: int, wait: float | None) -> Batch:
        batch = await self._shard.read(limit, wait)
        self._stream, self._turned_at = batch.stream or self._stream, time.time_ns()
        contexts = contexts_of(batch.records)
        if contexts:
            self._begin(batch.records, contexts)
        return batch

    async def commit(self, batch: Batch | None, effects: Effects) -> None:
        fan = self._fan if batch is not None else self._ticked(effects)
        if fan is not None:
            told = _stamp(effects, fan, self._only)
            fan.note("seintje.told", told)
        await self._shard.commit(batch, effects)
        self._end(fan)

    async def close(self) -> None:
        if self._fan is not None:
            self._fan.note("error.type", "dropped")
        self._end(self._fan)
        await self._shard.close()

    def _begin(self, records: Sequence[Record], contexts: Sequence[Context]) -> None:
        begun = self._begun(len(records))
        span = self._tracing.start(begun, contexts[0], contexts)
        self._fan = Fan(self._tracing, begun, span)
        traces = {None if it is None else it.trace_id for it in map(context_of, records)}
        self._only = contexts[0] if len(traces) == 1 else None
        go_on(span.context)

    def _ticked(self, effects: Effects) -> Fan | None:
        """Time alone made the hub tell something, or what had come before and was put off."""
        told = [it for it in effects.emits if it.stream.startswith(OUT)]
        if not told:
            return None
        begun, self._only = self._begun(0), None
        is_late = all(TRACEPARENT in it.headers for it in told)
        span = None if is_late else self._tracing.start(begun, None)
        return Fan(self._tracing, begun, span, is_of_time=True)

    def _begun(self, records: int) -> Begun:
        more: dict[str, Value] = {SYSTEM: self._system, COUNT: records, "seintje.shard": self._name}
        begun = moving(Kind.CONSUMER, "process", self._stream, more)
        return replace(begun, at_ns=self._turned_at)

    def _end(self, fan: Fan | None) -> None:
        self._fan, self._only, self._turned_at = None, None, time.time_ns()
        go_on(None)
        if fan is not None:
            fan.end()


def _stamp(effects: Effects, fan: Fan, only: Context | None) -> int:
    """Let what parties are told carry what made the hub tell it; how much that is."""
    told = 0
    for place, emit in enumerate(effects.emits):
        if not emit.stream.startswith(OUT):
            continue
        told += 1
        own = sampled(emit.headers.get(TRACEPARENT)) or only
        # Without a cause that is known it may be because of a fact whose trace is not kept.
        context = fan.context_for(own) if own is not None or fan.is_of_time else None
        effects.emits[place] = stamped(emit, context)
    return told
