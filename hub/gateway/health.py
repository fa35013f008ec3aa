"""Health: whether the hub lives, whether it can accept, and its metrics. Nothing about anybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from hub.gateway.problems import ALWAYS, Answer
from hub.telemetry.board import EXPOSITION
from hub.telemetry.metrics import Metrics


class Asked(Protocol):
    """Whose health is asked: `stalls` says why it does not live, `obstacles` why it cannot do its
    work; nothing is good."""

    @property
    def metrics(self) -> Metrics: ...

    @property
    def stalls(self) -> Callable[[], Sequence[str]]: ...

    @property
    def obstacles(self) -> Callable[[], Sequence[str]]: ...


class Health(Struct, frozen=True):
    """Yes, or why not."""

    status: str
    reasons: Sequence[str]


async def get_health(asked: Asked, _request: Request) -> Response:
    """Live: progress is being made. To be restarted when it is not."""
    return _answer(asked.stalls(), "live", "stalled")


async def get_readiness(asked: Asked, _request: Request) -> Response:
    """Ready: facts are accepted. To be left alone for a while when they are not."""
    return _answer(asked.obstacles(), "ready", "not-ready")


async def get_metrics(asked: Asked, _request: Request) -> Response:
    """What Prometheus scrapes."""
    told = asked.metrics.exposition(is_ready=not asked.obstacles())
    return Response(told, headers={**ALWAYS, "Content-Type": EXPOSITION})


def _answer(reasons: Sequence[str], good: str, bad: str) -> Response:
    return Answer(Health(bad if reasons else good, reasons), 503 if reasons else 200)
