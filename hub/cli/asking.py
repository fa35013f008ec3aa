"""One question over HTTP, for commands that look whether somebody is there."""

from __future__ import annotations

import asyncio

from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer


def ask(setting: str, address: str, path: str, seconds: float) -> Answer:
    """What an address of our own answers, whatever its status, within these seconds.

    Unavailable, Misconfigured: as of `Outbound.call`.
    """

    async def call() -> Answer:
        peer = Peer(setting, address, GivenBy.OPERATOR)
        async with Outbound(peer, Limits(connect=seconds, whole=seconds)) as out:
            return await out.call("GET", path)

    return asyncio.run(call())
