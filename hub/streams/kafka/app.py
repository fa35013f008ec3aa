"""`faust -A hub.streams.kafka.app worker`: how people who know Faust start a worker.

Nothing is composed, and no setting read, before `app` is asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import faust


def __getattr__(name: str) -> Any:
    """`app`, made of the settings of this process."""
    if name != "app":
        raise AttributeError(name)
    return _app()


@cache
def _app() -> faust.App:
    from hub.compose.worker import worker_app

    return worker_app()
