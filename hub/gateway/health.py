"""Health: whether the hub lives, whether it can accept, and its metrics. Nothing about anybody."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from hub.gateway.gateway import Gateway
from hub.gateway.problems import ALWAYS, Answer
from hub.telemetry import EXPOSITION


class Health(Struct, frozen=True):
    """Yes, or why not."""

    status: str
    reasons: Sequence[str]


async def get_health(gateway: Gateway, _request: Request) -> Response:
    """Live: progress is being made. To be restarted when it is not."""
    return _answer(gateway.stalls(), "live", "stalled")


async def get_readiness(gateway: Gateway, _request: Request) -> Response:
    """Ready: facts are accepted. To be left alone for a while when they are not."""
    return _answer(gateway.obstacles(), "ready", "not-ready")


async def get_metrics(gateway: Gateway, _request: Request) -> Response:
    """What Prometheus scrapes."""
    told = gateway.metrics.exposition(is_ready=not gateway.obstacles())
    return Response(told, headers={**ALWAYS, "Content-Type": EXPOSITION})


def _answer(reasons: Sequence[str], good: str, bad: str) -> Response:
    return Answer(Health(bad if reasons else good, reasons), 503 if reasons else 200)
