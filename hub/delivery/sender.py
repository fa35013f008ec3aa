"""One attempt after another to reach the receiver of a subscription: signed, over kept connections,
with a token where it wants one.

Decides nothing of what an answer means for the subscription: it comes back as an `Outcome`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.delivery.kept import Access, Kept
from hub.delivery.outcome import Outcome, Reason, answered
from hub.delivery.request import Request, delivery, with_token
from hub.delivery.sealing import Secrets
from hub.delivery.signatures import Message
from hub.delivery.tokens import Token, fetched
from hub.delivery.way import Way, sent
from hub.errors import AddressRefused
from hub.outbound import Outbound
from hub.streams.seam import Clock

_UNAUTHORIZED: Final = 401


class Sender:
    """Sends for one subscription; close it when there is nothing to send for a while."""

    def __init__(self, id_: str, way: Way, clock: Clock, secrets: Callable[[], Secrets]) -> None:
        """`secrets` are asked for at each attempt: the party may have replaced them."""
        self._where = f"subscription {id_}"
        self._way = way
        self._clock = clock
        self._secrets = secrets
        self._out: Outbound | None = None
        self._endpoint = ""
        self._is_used = False
        self._token: tuple[Access, str, Token] | None = None

    async def send(self, kept: Kept, endpoint: str, webhook_id: str, body: bytes) -> Outcome:
        """How one attempt ended."""
        secrets, now = self._secrets(), self._clock.now()
        message = Message(webhook_id, self._way.outside.now(), body)
        request = delivery(endpoint, message, secrets.keyring.at(now), self._way.origin)
        try:
            if kept.access is None:
                return await self._sent(request)
            secret = secrets.secret_for(kept.access)
            if secret is None:
                return Outcome(Reason.NO_TOKEN)
            return await self._sent_with_token(request, kept.access, secret)
        except AddressRefused:
            return Outcome(Reason.ADDRESS_NOT_ALLOWED)

    async def close(self) -> None:
        out, self._out = self._out, None
        if out is not None:
            await out.close()

    async def _sent_with_token(self, request: Request, access: Access, secret: str) -> Outcome:
        kept = self._token
        is_kept = kept is not None and kept[:2] == (access, secret)
        if kept is not None and is_kept and self._clock.now() < kept[2].until:
            outcome = await self._sent(with_token(request, kept[2].authorization))
            if outcome.status != _UNAUTHORIZED:
                return outcome
        self._token = None
        token = await fetched(self._way, access, secret, self._clock.now())
        if isinstance(token, Outcome):
            return token
        self._token = (access, secret, token)
        outcome = await self._sent(with_token(request, token.authorization))
        if outcome.status == _UNAUTHORIZED:
            self._token = None
        return outcome

    async def _sent(self, request: Request) -> Outcome:
        was_used = self._is_used and self._endpoint == request.url
        answer = await sent(await self._way_to(request.url), request)
        if isinstance(answer, Outcome) and answer.reason is Reason.BROKEN_OFF and was_used:
            # It may be that only the connection was too old: once more over a new one.
            await self.close()
            answer = await sent(await self._way_to(request.url), request)
        if isinstance(answer, Outcome):
            await self.close()
            return answer
        self._is_used = True
        return answered(answer.status, answer.headers.get("retry-after"), self._way.outside.now())

    async def _way_to(self, endpoint: str) -> Outbound:
        if self._out is None or self._endpoint != endpoint:
            await self.close()
            self._out, self._endpoint, self._is_used = (
                self._way.to(endpoint, self._where),
                endpoint,
                False,
            )
        return self._out
