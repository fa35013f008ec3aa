"""A party's way through its subscriptions, from the first to the last call: the same on each
runtime."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

import httpx

from tests.gateway.receiving import PATH, Tree

PARTY = "corporatie-maas"
OTHER = "corporatie-peel"


class Call(Protocol):
    """Makes a call as a party."""

    def __call__(
        self, method: str, path: str, party: str, **request: Any
    ) -> Awaitable[httpx.Response]: ...


async def begin(call: Call, endpoint: str) -> Tree:
    """A subscription that is made once, however often it is asked for."""
    request = {"json": {"endpoint": endpoint}, "headers": {"Idempotency-Key": "walk"}}
    first = await call("POST", PATH, PARTY, **request)
    assert first.status_code == 201, first.text
    made: Tree = first.json()
    assert (made["status"], made["rate"]) == ("active", 120)
    again = (await call("POST", PATH, PARTY, **request)).json()
    assert (again["id"], again["secret"]) == (made["id"], made["secret"])
    return made


async def go_on(call: Call, made: Tree) -> None:
    """Everything that may be done with it; each shows at once."""
    path = f"{PATH}/{made['id']}"

    async def status() -> Any:
        return (await call("GET", path, PARTY)).json()["status"]

    assert (await call("POST", f"{path}/pause", PARTY)).json()["status"] == await status()
    assert await status() == "paused"
    assert (await call("POST", f"{path}/pause", PARTY)).status_code == 409
    assert (await call("POST", f"{path}/resume", PARTY)).json()["status"] == await status()
    assert (await call("POST", f"{path}/test", PARTY)).status_code == 202
    since = {"since": "2024-02-20"}
    assert (await call("POST", f"{path}/recovery", PARTY, json=since)).status_code == 202
    rotated = (await call("POST", f"{path}/secret", PARTY)).json()
    assert rotated["secret"] != made["secret"]
    chosen = {"filter": {"severities": ["high"]}}
    changed = (await call("PATCH", path, PARTY, json=chosen)).json()
    assert changed["filter"]["severities"] == ["high"]
    assert (await call("GET", f"{path}/attempts", PARTY)).json()["attempts"] == []
    assert [it["id"] for it in (await call("GET", PATH, PARTY)).json()["subscriptions"]] == [
        made["id"]
    ]
    assert (await call("GET", path, OTHER)).status_code == 404


async def end(call: Call, made: Tree) -> None:
    """And then it is gone."""
    path = f"{PATH}/{made['id']}"
    assert (await call("DELETE", path, PARTY)).status_code == 204
    assert (await call("GET", path, PARTY)).status_code == 404
    assert (await call("GET", PATH, PARTY)).json() == {"subscriptions": []}
