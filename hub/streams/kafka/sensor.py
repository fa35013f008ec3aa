"""What Faust counts of the app that hosts a worker.

Faust serves the pages here and nothing more (ADR 0011): requests are what it counts. All else that
its sensors know is counted too, and stays 0; where it does not, Faust opened a Kafka of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import faust

REQUEST: Final = "web-request"
FAILED: Final = "web-error"  # answered with 5xx, or not at all
_ELSEWHERE: Final = {
    "on_message_in": "message",
    "on_stream_event_in": "event",
    "on_table_set": "table-set",
    "on_send_initiated": "send",
    "on_commit_initiated": "commit",
    "on_rebalance_start": "rebalance",
    "on_assignment_start": "assignment",
}
EVENTS: Final = (REQUEST, FAILED, *_ELSEWHERE.values())


class Sensor(faust.Sensor):
    """Tells `heard` of each event, by its name in `EVENTS`."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__()
        self._heard = heard
        for method, event in _ELSEWHERE.items():
            setattr(self, method, self._counting(event))

    def on_web_request_end(
        self, _app: Any, _request: Any, response: Any, _state: Any, *, view: Any = None
    ) -> None:
        """A request was answered, or was not."""
        self._heard(REQUEST)
        if response is None or response.status >= 500:
            self._heard(FAILED)

    def _counting(self, event: str) -> Callable[..., None]:
        def counting(*_args: Any, **_more: Any) -> None:
            self._heard(event)

        return counting
