"""Following: alerts that changed, each handed out until the caller has dealt with it.

At least once: how far the caller came is stored after it asked for the next alert, so what was
handed out when the process ended is handed out again. Never an older revision after a newer one.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from hub.client.answers import Alert
from hub.client.errors import Declined
from hub.client.flows import Flow, Hand, Work, asked, decoded
from hub.client.http import Request
from hub.client.policy import Policy
from hub.client.problems import problem_of
from hub.client.state import State

# Less than the 30 seconds after which many proxies end a call in which nothing happens.
_WAIT_SECONDS: Final = 25
_PAGE: Final = "100"


class _Page(Struct):
    alerts: list[Alert]
    cursor: str


_page: Final = msgspec.json.Decoder(_Page).decode


class Place:
    """How far a follower came, in a state file."""

    def __init__(self, state: State) -> None:
        self._state = state

    def cursor(self) -> str | None:
        with self._state.transaction() as connection:
            found = connection.execute("SELECT cursor FROM place").fetchone()
        return None if found is None else str(found[0])

    def move(self, cursor: str) -> None:
        """All before this cursor was dealt with."""
        with self._state.transaction() as connection:
            connection.execute("REPLACE INTO place VALUES (1, ?)", (cursor,))

    def is_newer(self, alert: Alert) -> bool:
        """Whether no such revision, or a later one, was dealt with."""
        with self._state.transaction() as connection:
            found = connection.execute(
                "SELECT revision FROM alert WHERE alert_id = ?", (alert.alert_id,)
            ).fetchone()
        return found is None or alert.revision > found[0]

    def done(self, alert: Alert) -> None:
        """The caller has dealt with this revision."""
        with self._state.transaction() as connection:
            connection.execute("REPLACE INTO alert VALUES (?, ?)", (alert.alert_id, alert.revision))


class Following(Struct, frozen=True, eq=False):
    """Flows that hand out alerts."""

    place: Place
    policy: Policy

    def follow(self) -> Flow[None]:
        """For ever, also when the hub is away for a while."""
        policy = self.policy.endless()
        while True:
            yield from self._hand_page(policy, _WAIT_SECONDS)

    def catch_up(self) -> Flow[None]:
        """Until there is nothing more now."""
        while (yield from self._hand_page(self.policy, 0)):
            pass

    def _hand_page(self, policy: Policy, wait: int) -> Flow[bool]:
        """Hand out the next alerts; whether there were any."""
        before: str | None = yield Work(self.place.cursor)
        query = {"order": "cursor", "limit": _PAGE, "wait": str(wait)}
        if before is not None:
            query["cursor"] = before
        answer = yield from asked(Request("GET", "/v1/alerts", query, wait=wait), policy)
        if answer.status != 200:
            raise Declined(problem_of(answer))
        page = decoded(answer, _page)
        for alert in page.alerts:
            is_newer: bool = yield Work(partial(self.place.is_newer, alert))
            if is_newer:
                yield Hand(alert)
                yield Work(partial(self.place.done, alert))
        if page.cursor != before:
            yield Work(partial(self.place.move, page.cursor))
        return bool(page.alerts)
