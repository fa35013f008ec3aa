"""Traces by OpenTelemetry: spans as the seam wants them, sampled, and sent to a collector.

The only place that knows OpenTelemetry (with `hub.telemetry.sending`). A span says what `TRACED`
lists and nothing else: no text of an error, no path, nothing of a fact. Chance is asked once a
trace, where it begins: at the way in, or where time alone made something happen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OpenSpan

from hub import __version__
from hub.telemetry.sending import Sending
from hub.telemetry.spans import TRACED, Begun, Context, Kind, Span, Value

_KINDS: Final = {
    Kind.SERVER: SpanKind.SERVER,
    Kind.CLIENT: SpanKind.CLIENT,
    Kind.PRODUCER: SpanKind.PRODUCER,
    Kind.CONSUMER: SpanKind.CONSUMER,
}
assert _KINDS.keys() == set(Kind)
_LONGEST_VALUE: Final = 100
_MOST_LINKS: Final = 128


class Traces:
    """Keeps a share of all traces, and sends their spans with `sending`."""

    is_on: Final = True

    def __init__(self, sending: Sending, role: str, *, share: float, instance: str | None) -> None:
        """`share`: of the traces that begin here, from 0 to 1. `instance` None: a name by
        chance."""
        # What operators say of this process (OTEL_RESOURCE_ATTRIBUTES) counts more than what we do.
        resource = Resource.create(_described(role, instance)).merge(
            OTELResourceDetector().detect()
        )
        self._sending = sending
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=resource,
            shutdown_on_exit=False,
            span_limits=SpanLimits(
                max_span_attributes=len(TRACED),
                max_events=1,
                max_links=_MOST_LINKS,
                max_span_attribute_length=_LONGEST_VALUE,
            ),
        )
        self._provider.add_span_processor(sending)
        self._tracer = self._provider.get_tracer("seintje", __version__)

    def start(self, begun: Begun, parent: Context | None, links: Sequence[Context] = ()) -> Span:
        around = None if parent is None else set_span_in_context(NonRecordingSpan(_open(parent)))
        return _Traced(
            self._tracer.start_span(
                begun.name,
                set_span_in_context(_NOBODY) if around is None else around,
                _KINDS[begun.kind],
                _allowed(begun.tells),
                [Link(_open(it)) for it in links[:_MOST_LINKS]],
                start_time=begun.at_ns or None,
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def close(self) -> None:
        self._provider.shutdown()


class _Traced:
    """A span of OpenTelemetry, as the seam wants it."""

    def __init__(self, span: OpenSpan) -> None:
        self._span = span
        own = span.get_span_context()
        trace_id, span_id = f"{own.trace_id:032x}", f"{own.span_id:016x}"
        self.context = Context(trace_id, span_id, bool(own.trace_flags.sampled))

    def note(self, key: str, value: Value) -> None:
        if key in TRACED:
            self._span.set_attribute(key, value)

    def end(self, fault: BaseException | None = None) -> None:
        if fault is not None:
            self.note("error.type", type(fault).__name__)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _described(role: str, instance: str | None) -> dict[str, str]:
    return {
        "service.name": "seintje",
        "service.version": __version__,
        "service.instance.id": instance or str(uuid4()),
        "seintje.role": role,
    }


def _allowed(tells: Mapping[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in tells.items() if key in TRACED}


def _open(context: Context) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if context.is_sampled else TraceFlags.DEFAULT)
    trace_id, span_id = int(context.trace_id, 16), int(context.span_id, 16)
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=flags)


# What OpenTelemetry takes for the absence of a parent, whatever it finds around it.
_NOBODY: Final = NonRecordingSpan(SpanContext(0, 0, is_remote=False))
