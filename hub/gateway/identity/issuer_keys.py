"""The keys of one issuer, kept for a while: when they are asked for, and for how long they count.

A key set is asked for anew when it is ten minutes old, beside whoever asks; when a token is signed
with a key that is not in it (the issuer may have changed keys), but not more than twice a minute,
for anybody can name a key; and when none is known. Many who ask at once share one answer. While an
issuer is away, or gives a set that is refused, what was known before counts, for a day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.gateway.identity.key_sets import KeySet, VerifyingKey
from hub.gateway.identity.tokens import Token

FRESH_SECONDS: Final = 600.0
STALE_SECONDS: Final = 24 * 3600.0
AGAIN_SECONDS: Final = 30.0
AWAY_SECONDS: Final = 5.0  # as long as nothing is known

_log = structlog.get_logger("seintje.identity")


class IssuerKeys:
    """The keys of an issuer. `ask` gives its key set, or raises Unavailable or Misconfigured;
    `seconds` counts on. To be used on one event loop."""

    def __init__(self, ask: Callable[[], Awaitable[KeySet]], seconds: Callable[[], float]) -> None:
        self._ask = ask
        self._seconds = seconds
        self._known: KeySet | None = None
        self._known_at = 0.0
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def find(self, token: Token) -> VerifyingKey | None:
        """The key that a token says it is signed with; None: the issuer has none such.

        Unavailable: nothing is known of its keys, and it does not tell.
        """
        age = self._seconds() - self._known_at
        if self._known is None or age > STALE_SECONDS:
            self._known = None
            await self._asked(AWAY_SECONDS)
            if self._known is None:
                raise Unavailable("the keys of an issuer are not known", AWAY_SECONDS)
        elif age > FRESH_SECONDS:
            self._start(AGAIN_SECONDS)
        found = self._known.find(token)
        if found is None:
            await self._asked(AGAIN_SECONDS)
            found = self._known.find(token)
        return found

    async def close(self) -> None:
        """Let go of what is under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _asked(self, pause: float) -> None:
        """Wait for an answer that is under way, or asked for now."""
        asking = self._start(pause)
        if asking is not None:
            # Who waits may leave; the question goes on, for others.
            await asyncio.wait({asking})
            asking.result()

    def _start(self, pause: float) -> asyncio.Task[None] | None:
        """The question under way; a new one, if the last was at least `pause` seconds ago."""
        if self._asking is not None and not self._asking.done():
            return self._asking
        now = self._seconds()
        if self._asked_at is not None and now - self._asked_at < pause:
            return None
        self._asked_at = now
        self._asking = asyncio.create_task(self._learn())
        return self._asking

    async def _learn(self) -> None:
        try:
            self._known = await self._ask()
        except (Unavailable, Misconfigured) as error:
            self._tell(error)
        else:
            self._known_at = self._seconds()

    def _tell(self, error: SeintjeError) -> None:
        left = STALE_SECONDS - (self._seconds() - self._known_at)
        told = "no token of it counts" if self._known is None else f"{left / 3600:.0f} h left"
        _log.warning("the keys of an issuer were not had", says=str(error), reason=told)
