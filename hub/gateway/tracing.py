"""A call as a span: its method and the template of its path, who called and what was answered.

The trace of the caller goes on (W3C Trace Context): its `traceparent`, and nothing else of what it
sends along (`tracestate`, `baggage`), for that may hold anything and would go on to others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from hub.telemetry.spans import TRACEPARENT, Begun, Context, Kind, Span, Tracing, Value, spanning

_SPAN: Final = "seintje.span"
_FAULTS: Final = 500

_Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


def traced(tracing: Tracing, method: str, path: str, answer: _Answer) -> _Answer:
    """The same answers, each within a span."""
    if not tracing.is_on:
        return answer
    tells: dict[str, Value] = {"http.request.method": method, "http.route": path}
    begun = Begun(Kind.SERVER, f"{method} {path}", tells)

    async def answered(request: Request) -> Response:
        # Several are no context (W3C, 3.2): nobody knows which of them is meant.
        sent = request.headers.getlist(TRACEPARENT)
        parent = Context.read(sent[0]) if len(sent) == 1 else None
        with spanning(tracing, begun, parent) as span:
            request.scope[_SPAN] = span
            response = await answer(request)
            span.note("http.response.status_code", response.status_code)
            if response.status_code >= _FAULTS:
                span.note("error.type", str(response.status_code))
            return response

    return answered


def note(request: Request, key: str, value: Value) -> None:
    """The span of this call, if there is one, says this too."""
    span: Span | None = request.scope.get(_SPAN)
    if span is not None:
        span.note(key, value)
