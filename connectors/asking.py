"""Asking the other side over HTTP: what each status means for whoever polls, once for all.

Knows no system; of the hub only that what it declines is about who asks, or its own trouble. How
long to wait until the same is asked again is decided by the loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from hub.outbound import Answer, Outbound

T = TypeVar("T")


async def asked(
    outbound: Outbound,
    method: str,
    path: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer, if it is about what was asked. Raises what `judged` does, and Unavailable if
    there is none."""
    return judged(outbound, await outbound.call(method, path, body=body, headers=headers))


def judged(outbound: Outbound, answer: Answer) -> Answer:
    """An answer that is about what was asked: 2xx, or a 4xx other than those below.

    Unavailable: it is too busy (429) or broken (5xx, 408). Misconfigured: it does not accept who we
    are (401, 403), or answers with a redirect, which is not followed.
    """
    if answer.status in (401, 403):
        raise outbound.wrong(f"it answers {answer.status}; check who we are to it and what we may")
    if 300 <= answer.status < 400:
        raise outbound.wrong(f"it answers {answer.status}; write the address that it leads to")
    if answer.status in (408, 429) or answer.status >= 500:
        raise outbound.away(f"answers {answer.status}", answer.retry_after)
    return answer


def decoded(outbound: Outbound, answer: Answer, kind: type[T] | Any) -> T:
    """The body as what it should be; Misconfigured if it is something else altogether."""
    try:
        found: T = msgspec.json.decode(answer.body, type=kind)
    except (ValueError, RecursionError):  # what msgspec raises at no JSON is a ValueError too
        do = f"what answers there ({answer.status}) is not the system that was expected"
        raise outbound.wrong(do) from None
    return found
