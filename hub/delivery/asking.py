"""Asking a receiver whether it wants webhooks: the one call of the handshake, and its judgement."""

from __future__ import annotations

from msgspec import Struct

from hub.delivery import request, way
from hub.delivery.handshake import ASKED_RATE, Judgement, NoConsent, judged
from hub.delivery.kept import Access
from hub.delivery.outcome import Outcome
from hub.delivery.tokens import fetched
from hub.delivery.way import Way
from hub.domain.time import Instant
from hub.errors import AddressRefused


class Shown(Struct, frozen=True):
    """How to get the token that the receiver wants to see; the secret is in plain."""

    access: Access
    secret: str

    def __repr__(self) -> str:
        return "Shown(…)"


async def asked(
    through: Way, endpoint: str, now: Instant, shown: Shown | None = None
) -> Judgement | AddressRefused:
    """Whether the receiver at this address wants webhooks; AddressRefused, which says what to do,
    if it is not called at all."""
    question = request.handshake(endpoint, through.origin, ASKED_RATE)
    if shown is not None:
        token = await fetched(through, shown.access, shown.secret, now)
        if isinstance(token, Outcome):
            return NoConsent.NO_TOKEN
        question = request.with_token(question, token.authorization)
    try:
        async with through.to(endpoint) as out:
            answer = await way.sent(out, question)
    except AddressRefused as refused:
        return refused
    if isinstance(answer, Outcome):
        return judged(None, {}, through.origin)
    return judged(answer.status, answer.headers, through.origin)
