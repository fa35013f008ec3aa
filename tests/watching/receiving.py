"""The receiver of a party on loopback that a test makes sick and well again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
import trustme

from tests.delivery.hooks import OK, Got, Hook, Step, hook, status

PARTY: Final = "gemeente-weert"
ORIGIN: Final = "hub.example"
SICK: Final = status(500)
REFUSES: Final = status(400)

# What a hub needs that calls receivers on this machine.
ENVIRON: Final[Mapping[str, str]] = {
    "SEINTJE_ALLOWED_NETWORKS": "127.0.0.0/8",
    "SEINTJE_PUBLIC_URL": f"https://{ORIGIN}/",
}


class Receiver:
    """It consents to webhooks; what it answers to one stands in `answers`. `left` None: to all;
    else to so many, and then it takes them."""

    def __init__(self) -> None:
        self.answers: Step = OK
        self.left: int | None = None
        self.hook = Hook(self._answer)

    def _answer(self, got: Got) -> Step:
        if got.method == "OPTIONS":
            return status(204, f"WebHook-Allowed-Origin: {ORIGIN}", "WebHook-Allowed-Rate: *")
        if self.left == 0:
            return OK
        if self.left is not None:
            self.left -= 1
        return self.answers


@asynccontextmanager
async def receiving(ca: trustme.CA) -> AsyncIterator[Receiver]:
    """One that listens as long as the block runs."""
    found = Receiver()
    async with hook(ca, found._answer) as listening:
        found.hook = listening
        yield found


async def subscribed(url: str, key: str, receiver: Receiver) -> str:
    """The id of a subscription of the party to everything that it was ever told."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        answer = await http.post(
            "/v1/subscriptions",
            json={"endpoint": receiver.hook.url, "contact": "team@example.nl"},
            headers={"authorization": f"Bearer {key}"},
        )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert made["status"] == "active", made
    return str(made["id"])
