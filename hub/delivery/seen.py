"""What is told of a subscription to operators, in traces and logs: its id, its party, and how
things ended. Never an address, and nothing of what is delivered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from hub.delivery.outcome import Outcome, Reason, Ruling
from hub.delivery.subscription import Lane, Send, Subscription
from hub.streams.tracks import sampled
from hub.telemetry.spans import Begun, Kind, Tracing, Value, spanning

_log = structlog.get_logger("seintje.delivery")


async def attempted(
    tracing: Tracing,
    subscription: Subscription,
    todo: Send,
    send: Callable[[], Awaitable[Outcome]],
) -> Outcome:
    """How an attempt ended; as a span below what made the hub tell the revision, if that is kept.

    A trace ends when it was told, so what is recovered later is in none.
    """
    cause = sampled(todo.revision.cause)
    if cause is None or todo.lane is not Lane.LIVE:
        return await send()
    with spanning(tracing, _begun(subscription), cause) as span:
        outcome = await send()
        span.note("seintje.outcome", outcome.reason.value)
        if outcome.status is not None:
            span.note("http.response.status_code", outcome.status)
        if outcome.reason is not Reason.DELIVERED:
            span.note("error.type", outcome.reason.value)
    return outcome


def _begun(subscription: Subscription) -> Begun:
    """An attempt (OpenTelemetry, semantic conventions for HTTP clients). Its name is the method and
    what is called, for the path of a receiver is its secret."""
    tells: dict[str, Value] = {
        "http.request.method": "POST",
        "seintje.party": subscription.party,
        "seintje.subscription": subscription.id,
    }
    if subscription.streak is not None:
        tells["http.request.resend_count"] = subscription.streak.failures
    return Begun(Kind.CLIENT, "POST webhook", tells)


def tell_attempt(before: Subscription, reached: Subscription, todo: Send, outcome: Outcome) -> None:
    """A line of an attempt: of one that went well for who looks closely, of a revision that was put
    aside always, of the rest when it changes what becomes of the subscription."""
    about = {"subscription": reached.id, "party": reached.party, "position": todo.revision.at}
    how = {"reason": outcome.reason.value, "http_status": outcome.status}
    if outcome.ruling is Ruling.PARK:
        _log.warning("revision put aside as a dead letter", **about, **how)
    else:
        is_well = outcome.reason is Reason.DELIVERED
        _log.debug("delivered" if is_well else "not delivered", **about, **how)
    tell_life(before, reached, outcome.reason)


def tell_life(
    before: Subscription | None, reached: Subscription | None, reason: Reason | None = None
) -> None:
    """A line if the life of a subscription changed; None: there was none, or there is none now."""
    was = None if before is None else before.life
    life = None if reached is None else reached.life
    told = reached or before
    if was is life or told is None:
        return
    tell = _log.info if reason in (None, Reason.DELIVERED) else _log.warning
    tell(
        "subscription changed",
        subscription=told.id,
        party=told.party,
        was="new" if was is None else was.value,
        life="removed" if life is None else life.value,
        why=None if reached is None or reached.why is None else reached.why.value,
        reason=None if reason is None else reason.value,
    )
