"""Flows: what the client does, as generators that do no IO themselves.

A flow yields steps and is sent what came of each; what it returns is the result. Two thin shells
take the steps, one for ordinary code and one for asyncio, so that there is one flow for both.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from itertools import count
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct

from hub.client.answers import Alert
from hub.client.http import UNREADABLE, Answer, NoAnswer, Request
from hub.client.policy import Policy
from hub.errors import Misconfigured, Unavailable

T = TypeVar("T")

# 500 is not among them: the hub stumbles over this very call, and was told to its operator.
AGAIN: Final = frozenset({429, 502, 503, 504})


class Call(Struct, frozen=True):
    """Send the request; comes back with an Answer or NoAnswer."""

    request: Request


class Pause(Struct, frozen=True):
    """Wait some seconds."""

    seconds: float


class Work(Struct, frozen=True):
    """Do this, which waits for the disk; comes back with its result."""

    job: Callable[[], object]


class Alone(Struct, frozen=True):
    """Run this flow while no other is run alone; comes back with its result."""

    flow: Generator[Any, Any, object]


class Hand(Struct, frozen=True):
    """Hand this alert to the caller; comes back when the caller asks for the next."""

    alert: Alert


Step: TypeAlias = Call | Pause | Work | Alone | Hand
Flow: TypeAlias = Generator[Step, Any, T]


def asked(request: Request, policy: Policy) -> Flow[Answer]:
    """The answer of the hub, after as many attempts as the policy allows.

    Unavailable: it did not answer, or said each time that it cannot now.
    """
    for attempt in count(1):
        reply: Answer | NoAnswer = yield Call(request)
        told = None
        if isinstance(reply, Answer):
            if reply.status not in AGAIN:
                return reply
            told = reply.retry_after
        pause = policy.pause(attempt, told)
        if pause is None:
            why = reply.why if isinstance(reply, NoAnswer) else f"answers HTTP {reply.status}"
            raise Unavailable(f"the hub {why}", policy.longest_pause if told is None else told)
        yield Pause(pause)
    raise AssertionError("counting never ends")


def decoded(answer: Answer, decode: Callable[[bytes], T]) -> T:
    """What the body says; Misconfigured if no hub said that."""
    if answer.media_type != "application/json":
        raise not_a_hub()
    try:
        return decode(answer.body)
    except UNREADABLE:
        raise not_a_hub() from None


def not_a_hub() -> Misconfigured:
    return Misconfigured("address", "what answers there is no Seintje hub; check host and path")
