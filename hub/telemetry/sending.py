"""Ended spans on their way to a collector: OTLP over HTTP, through the one way out.

The hub never waits for it: what does not fit into the queue is dropped and counted, and so is what
the collector does not take. One thread sends; it alone waits for the network.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from hub.clocks import seconds
from hub.errors import SeintjeError
from hub.outbound import Outbound

_KEPT: Final = 4096  # spans; some 1 kB each
_AT_ONCE: Final = 512
_EVERY_SECONDS: Final = 2.0
_CLOSING_SECONDS: Final = 3.0
_TOLD_EVERY_SECONDS: Final = 60.0
_TAKEN: Final = range(200, 300)

_CONTENT: Final = {"content-type": "application/x-protobuf"}

_log = structlog.get_logger("seintje.traces")


class Sending(SpanProcessor):
    """Sends what ends over `out`. `sent` and `dropped` say how many spans so far."""

    def __init__(self, out: Outbound, headers: Mapping[str, str]) -> None:
        self.sent = self.dropped = 0
        self._out = out
        self._headers = {**headers, **_CONTENT}
        self._ended: deque[ReadableSpan] = deque()
        self._wakes = threading.Event()
        self._is_closing = False
        self._told_at = -_TOLD_EVERY_SECONDS
        self._thread = threading.Thread(target=self._run, name="seintje-traces", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if len(self._ended) >= _KEPT or self._is_closing:
            self.dropped += 1
            return
        self._ended.append(span)
        if len(self._ended) >= _AT_ONCE:
            self._wakes.set()

    def shutdown(self) -> None:
        """Send what is left, as far as that goes within three seconds."""
        self._is_closing = True
        self._wakes.set()
        self._thread.join(_CLOSING_SECONDS)
        self.dropped += len(self._ended)
        self._ended.clear()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Does nothing: the thread that sends is the only one that does."""
        return False

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            is_last = False
            while not is_last:
                self._wakes.wait(_EVERY_SECONDS)
                self._wakes.clear()
                is_last = self._is_closing  # asked before: what ended until then is sent yet
                runner.run(self._send_all())
            runner.run(self._out.close())

    async def _send_all(self) -> None:
        while self._ended:
            batch = [self._ended.popleft() for _ in range(min(_AT_ONCE, len(self._ended)))]
            why = await self._why_not_sent(batch)
            if why is None:
                self.sent += len(batch)
                continue
            self.dropped += len(batch)
            self._tell(why)
            if self._is_closing:
                return  # what is left would fail too, and somebody waits

    async def _why_not_sent(self, batch: Sequence[ReadableSpan]) -> str | None:
        try:
            content = encode_spans(batch).SerializeToString()
            answer = await self._out.tell("POST", self._headers, content)
        except SeintjeError as away:
            return str(away)
        except Exception as fault:
            # Whatever it is, the hub goes on; its text may quote what was encoded.
            return type(fault).__name__
        return None if answer.status in _TAKEN else f"it answers {answer.status}"

    def _tell(self, why: str) -> None:
        if seconds() - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = seconds()
            _log.warning("spans were dropped", says=why, dropped=self.dropped)
