"""The pages of a worker: whether it lives and is ready, and what it counts.

For those who look after it, inside their network: they say nothing about a household.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp.web import Request, Response
from msgspec import Struct

from hub.streams.kafka.hosting import Page
from hub.streams.kafka.processor import KafkaProcessor
from hub.streams.keeping import Life
from hub.telemetry.board import EXPOSITION
from hub.telemetry.metrics import Metrics


class Pages:
    """Pages about some processors. `waits` says why they have not started yet, as long as that
    lasts."""

    def __init__(
        self, processors: Sequence[KafkaProcessor], metrics: Metrics, waits: Sequence[str] = ()
    ) -> None:
        self._processors = processors
        self._metrics = metrics
        self._waits = waits

    @property
    def by_path(self) -> Mapping[str, Page]:
        return {"/healthz": self._live, "/readyz": self._ready, "/metrics": self._counted}

    async def _live(self, _request: Request) -> Response:
        """To be restarted when it is not. Restoring or a broker that is away are no reasons."""
        return _answer("live", "stalled", self._stalls())

    async def _ready(self, _request: Request) -> Response:
        return _answer("ready", "not-ready", self._obstacles())

    async def _counted(self, _request: Request) -> Response:
        told = self._metrics.exposition(is_ready=not self._obstacles())
        return Response(body=told, headers={"Content-Type": EXPOSITION})

    def _stalls(self) -> list[str]:
        return [
            f"{it.name}-{number}: no progress"
            for it in self._processors
            for number, pulse in it.pulses.items()
            if pulse.is_stalled
        ]

    def _obstacles(self) -> list[str]:
        away = [f"{it.name}: not in its group yet" for it in self._processors if not it.has_joined]
        return [*self._waits, *away] + [
            f"{it.name}-{number}: {pulse.life}"
            for it in self._processors
            for number, pulse in it.pulses.items()
            if pulse.life is not Life.RUNNING
        ]


class _Health(Struct):
    status: str
    reasons: Sequence[str]


def _answer(good: str, bad: str, reasons: Sequence[str]) -> Response:
    told = msgspec.json.encode(_Health(bad if reasons else good, reasons))
    status = 503 if reasons else 200
    return Response(body=told, status=status, content_type="application/json")
