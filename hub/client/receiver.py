"""A receiver of webhooks that deals with each message once, whatever framework brings it.

It remembers in a file what was dealt with, so a repeat is still known after a restart. At least
once: a crash while a message is dealt with brings it again. Of an alert the highest revision
counts: an older one is not dealt with any more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, NamedTuple, Self

from hub.client.http import Answer
from hub.client.signatures import TOLERANCE_SECONDS, Headers
from hub.client.state import RECEIVED, State
from hub.client.webhooks import ALLOW, Message, Webhooks, answer_of, refusal
from hub.errors import Unavailable

# Of alerts and of tests; what was dealt with longest ago is forgotten first.
MOST_REMEMBERED: Final = 100_000

_SINCE: Final = "DELETE FROM dealt_with WHERE at >= ?"
_KNOWN: Final = "SELECT revision FROM dealt_with WHERE source = ? AND name = ?"
_NOTE: Final = "REPLACE INTO dealt_with (source, name, revision, at) VALUES (?, ?, ?, ?)"
_FORGET: Final = "DELETE FROM dealt_with WHERE seq <= (SELECT max(seq) FROM dealt_with) - ?"


class Receiver:
    """Answers what a hub sends; close it when done. May be used from several threads, and deals
    with one message at a time."""

    def __init__(
        self, webhooks: Webhooks, state: Path, now: Callable[[], float] = time.time
    ) -> None:
        """`state` is a file of this process alone. Misconfigured: it cannot be. Unavailable: the
        disk is full."""
        self._webhooks = webhooks
        self._memory = _Memory(State(state, "", RECEIVED))
        self._now = now
        self._alone = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._memory.close()

    def answer(
        self, method: str, headers: Headers, body: bytes, deal_with: Callable[[Message], None]
    ) -> Answer:
        """The answer to a request, to be sent as it is; `body` are the bytes as they came.

        `deal_with` gets each message that is new, and keeps it. What it raises comes out of here,
        and then nothing was dealt with: let it become a status of 500, and the hub tries again.
        Unavailable makes it a 503 that says when.
        """
        if method == "OPTIONS":
            return self._webhooks.consent(headers)
        if method != "POST":
            return answer_of(405, ALLOW)
        now = self._now()
        message = self._webhooks.read(headers, body, now)
        if not isinstance(message, Message):
            return refusal(message)
        try:
            with self._alone:  # the hub may try again while the first attempt is still dealt with
                if self._memory.is_new(message):
                    deal_with(message)
                    self._memory.done(message, now)
        except Unavailable as away:
            return answer_of(503, {"retry-after": str(math.ceil(away.retry_after))})
        return answer_of(200)

    def forget(self, since: float) -> None:
        """Before you have everything sent again since an instant (seconds since 1970): what was
        received from then on counts as new."""
        # The clock of the hub may be behind by as much.
        self._memory.forget(since - TOLERANCE_SECONDS)


class _Memory:
    """What was dealt with, in a state file."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.close = state.close

    def is_new(self, message: Message) -> bool:
        """Whether neither it nor a later revision of its alert was dealt with."""
        it = _named(message)
        with self._state.transaction() as connection:
            known = connection.execute(_KNOWN, (it.source, it.name)).fetchone()
        return known is None or it.revision > known[0]

    def done(self, message: Message, now: float) -> None:
        with self._state.transaction() as connection:
            connection.execute(_NOTE, (*_named(message), now))
            connection.execute(_FORGET, (MOST_REMEMBERED,))

    def forget(self, since: float) -> None:
        with self._state.transaction() as connection:
            connection.execute(_SINCE, (since,))


class _Named(NamedTuple):
    source: str
    name: str
    revision: int


def _named(message: Message) -> _Named:
    """What a message is about, and which of all about that. Its source is part of it: each party
    has revisions of its own of one alert, and a receiver may be that of several."""
    if message.alert is None:
        return _Named(message.source, message.id, 0)
    return _Named(message.source, message.alert.alert_id, message.alert.revision)
