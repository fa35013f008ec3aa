"""From the first call of a party to what its receiver gets, through a hub that runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import pytest
import trustme
from standardwebhooks import Webhook

from hub.clocks import SystemClock
from hub.delivery.signatures import SIGNATURE
from hub.domain.time import format_instant
from tests.cli.terminal import seintje
from tests.delivery.hooks import OK, PATIENCE_SECONDS, Got, Hook, Step, hook
from tests.delivery.proving import judged
from tests.gateway.desk import NOW, WEERT, Desk, a_desk
from tests.gateway.receiving import ORIGIN, PATH, consent, trusted
from tests.streams.world import quiet_household

OURS: Final[dict[str, Any]] = {
    "allowed_networks": (ip_network("127.0.0.0/8"),),
    "public_url": f"https://{ORIGIN}",
}


def welcomes(got: Got) -> Step:
    """A receiver that consents, and takes everything."""
    return consent("*") if got.method == "OPTIONS" else OK


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def receiver(ca: trustme.CA) -> AsyncIterator[Hook]:
    with trusted(ca):
        async with hook(ca, welcomes) as found:
            yield found


async def subscribe(desk: Desk, receiver: Hook, **more: Any) -> dict[str, Any]:
    answer = await desk.call("POST", PATH, WEERT, json={"endpoint": receiver.url} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert made["status"] == "active", made
    return made


async def sent(receiver: Hook, count: int) -> list[Got]:
    """So many messages, once they came."""
    await receiver.took(lambda: len(posted(receiver)) >= count)
    return posted(receiver)


def posted(receiver: Hook) -> list[Got]:
    return [it for it in receiver.taken if it.method == "POST"]


def last_of(receiver: Hook) -> dict[str, Any]:
    """The last revision of each alert that came."""
    views = (json.loads(got.body)["data"] for got in posted(receiver))
    return {it["alertId"]: it for it in views if "alertId" in it}


async def until_nothing_waits(desk: Desk, path: str) -> None:
    """Until the subscription has been sent all that there is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await desk.get(path, WEERT)).json()["waiting"]:
            await asyncio.sleep(0)


async def test_each_alert_comes_signed_and_as_the_party_may_see_it(
    tmp_path: Path, receiver: Hook
) -> None:
    async with a_desk(tmp_path / "data", **OURS) as desk:
        made = await subscribe(desk, receiver)
        await desk.send(*quiet_household())
        told = {it["alertId"]: it for it in await desk.alerts(WEERT, order="cursor")}
        assert told
        await receiver.took(lambda: last_of(receiver) == told)
        messages = posted(receiver)
        now = SystemClock().now()  # that of the receiver, whatever the hub takes for the time
        assert {judged(it.headers, it.body, made["secret"], now) for it in messages} == {None}

        await until_nothing_waits(desk, f"{PATH}/{made['id']}")
        attempts = (await desk.get(f"{PATH}/{made['id']}/attempts", WEERT)).json()["attempts"]
        assert {it["webhookId"] for it in attempts} == {it.id for it in messages}
        assert {it["reason"] for it in attempts} == {"delivered"}


async def test_paused_nothing_comes_and_resumed_what_was_kept(
    tmp_path: Path, receiver: Hook
) -> None:
    async with a_desk(tmp_path / "data", **OURS) as desk:
        path = f"{PATH}/{(await subscribe(desk, receiver))['id']}"
        await desk.call("POST", f"{path}/pause", WEERT)
        await desk.send(*quiet_household())
        told = await desk.alerts(WEERT, order="cursor")
        await desk.call("POST", f"{path}/test", WEERT)  # a test comes all the same
        [tested] = await sent(receiver, 1)
        assert tested.id.startswith("test_")
        await desk.call("POST", f"{path}/resume", WEERT)
        await until_nothing_waits(desk, path)
        assert last_of(receiver).keys() == {it["alertId"] for it in told}
        ids = {it.id for it in posted(receiver)}
        since = {"since": NOW}
        assert (await desk.call("POST", f"{path}/recovery", WEERT, json=since)).status_code == 202
        again = await sent(receiver, 2 * len(ids) - 1)
        assert {it.id for it in again} == ids  # under the ids that they had
        await desk.call("DELETE", path, WEERT)
        assert (await desk.get(path, WEERT)).status_code == 404


async def test_the_reference_accepts_both_secrets_while_one_replaces_the_other(
    tmp_path: Path, receiver: Hook
) -> None:
    now = format_instant(SystemClock().now())
    async with a_desk(tmp_path / "data", now, **OURS) as desk:
        made = await subscribe(desk, receiver)
        path = f"{PATH}/{made['id']}"
        rotated = (await desk.call("POST", f"{path}/secret", WEERT)).json()
        await desk.call("POST", f"{path}/test", WEERT)
        [got] = await sent(receiver, 1)
        for secret in (made["secret"], rotated["secret"]):
            told = Webhook(secret).verify(got.body, got.headers)
            assert told["data"] == {"subscription": made["id"]}
        assert len(got.headers[SIGNATURE].split(" ")) == 2


@pytest.mark.slow
async def test_what_an_operator_orders_beside_a_hub_that_runs_is_done(
    tmp_path: Path, receiver: Hook
) -> None:
    data = tmp_path / "data"
    async with a_desk(data, **OURS) as desk:
        made = await subscribe(desk, receiver)
        words = ("subscriptions", "test", made["id"], "--data", data)
        assert (await asyncio.to_thread(seintje, *words)).code == 0
        [got] = await sent(receiver, 1)
        assert got.id.startswith(f"test_{made['id']}_")
