"""Asks for every answer that the gateway has: a caller for the test of the OpenAPI document.

What comes back is judged by the contract of the client; nothing is asserted here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.domain.parties import Parties
from hub.errors import Bug, Unavailable
from hub.gateway.app import OPEN
from hub.gateway.identity.caller import Caller
from hub.gateway.identity.identity import FindKey, Identity, Shown
from hub.gateway.limits import Limits, Most
from hub.gateway.open_streams import OpenStreams
from hub.streams.intake import Admission
from tests.gateway.contract import Contract, Operation
from tests.gateway.desk import BATCH, LOOKUP, MAAS, WEERT, Desk, calling
from tests.gateway.event_source import STREAM
from tests.gateway.everything_of_subscriptions import ask_of_subscriptions
from tests.gateway.test_events import REFUSED
from tests.streams.world import DOSSIER, LEASE, SOURCES, event, missed, quiet_household, signed

OF_PARTIES: Final = [it for it in Contract().operations if it.told.get("security") != []]
# What the body of each act says.
ACTS: Final[Mapping[str, Mapping[str, str]]] = {
    "acknowledgement": {},
    "approach": {"action": "repair", "reviewOn": "2024-04-01"},
    "closure": {"outcome": "solved"},
}

_NOBODYS: Final = "al-" + "a" * 26
_JSON: Final = "application/json"
_IN_JSON: Final = {"Content-Type": _JSON}


def path_of(call: Operation) -> str:
    """A path of this call, with nothing of anybody in it."""
    return re.sub(r"\{\w+\}", _NOBODYS, call.path)


async def ask_everything(opened: Desk, contract: Contract) -> None:
    """Ask for every answer; the contract sees them."""
    async with calling(opened.hub.gateway(), contract) as client:
        desk = Desk(opened.hub, opened.clock, client)
        await _in_every_call(desk, contract)
        await _in_every_call_too_much(desk, contract)
        await _too_slowly(desk, contract, "/v1/events")
        await _as_operator(desk, contract)
        await _of_events(desk)
        await _of_alerts(desk)
        await _of_streams(desk, contract)
        await _of_households(desk)
        await _of_schemas(desk)
        await ask_of_subscriptions(contract)
        alert, other, *_ = [it["alertId"] for it in await desk.alerts(WEERT)]
        for act in ACTS:
            await _of_act(desk, act, alert, other)
            await _too_slowly(desk, contract, f"/v1/alerts/{alert}/{act}")
            await _of_former_place(desk, contract, act, alert)
        await _of_the_end(desk, alert)


class _Broken:
    """A read model that does what it is told to: fail."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def ask(self, question: object) -> None:
        raise self.fault


class _Barred(Identity, frozen=True):
    """Knows everybody, and lets nobody do anything."""

    async def recognise(self, shown: Shown, parties: Parties, find_key: FindKey) -> Caller:
        return Caller(parties.by_id[MAAS], "certificate", "any", frozenset())


def _fails() -> list[str]:
    raise Bug("an invariant is broken")


async def _in_every_call(desk: Desk, contract: Contract) -> None:
    for call in OF_PARTIES:
        await desk.call(call.method, path_of(call), None)
        await desk.call(call.method, path_of(call), MAAS, {"nonsense": "1"})
    # Known by a certificate that may do nothing.
    barred = replace(desk.hub.gateway(), identity=_Barred())
    async with calling(barred, contract) as client:
        for call in OF_PARTIES:
            await client.request(call.method, path_of(call))
    for fault in (Bug("an invariant is broken"), Unavailable("disk full", 30.0)):
        gateway = replace(desk.hub.gateway(), reading=_Broken(fault))
        async with calling(gateway, contract) as client:
            for call in OF_PARTIES:
                headers = {"Authorization": "Bearer sk_any"}
                await client.request(call.method, path_of(call), headers=headers)


async def _in_every_call_too_much(desk: Desk, contract: Contract) -> None:
    """One call more than may be, one more at once, and a second guess."""
    for most in (Most(calls_a_minute=1), Most(at_once_of_party=0), Most(attempts_a_minute=1)):
        for call in OF_PARTIES:
            gateway = replace(desk.hub.gateway(), limits=Limits(most, lambda: 0.0))
            async with calling(gateway, contract) as client:
                for key in (desk.keys[MAAS], desk.keys[MAAS], "sk_a", "sk_b"):
                    headers = {"Authorization": f"Bearer {key}"}
                    await client.request(call.method, path_of(call), headers=headers)


async def _too_slowly(desk: Desk, contract: Contract, path: str) -> None:
    limits = Limits(Most(body_seconds=0.001))
    async with calling(replace(desk.hub.gateway(), limits=limits), contract) as client:
        other = Desk(desk.hub, desk.clock, client)
        await other.call("POST", path, WEERT, content=_never(), headers=_IN_JSON)


async def _never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def _as_operator(desk: Desk, contract: Contract) -> None:
    why = ["facts: no progress"]
    for path in OPEN:
        await desk.get(path, None)
    for reasons in (lambda: why, _fails):
        gateway = replace(desk.hub.gateway(), stalls=reasons, obstacles=reasons)
        async with calling(gateway, contract) as client:
            for path in OPEN:
                await client.get(path)


async def _of_events(desk: Desk) -> None:
    sent = event("damage-repaired", "kept", "2024-02-01", cost=1, cause="wear")
    await desk.post(sent, MAAS)
    await desk.post({**sent, "data": sent["data"] | {"cost": 2}}, MAAS)
    await desk.post(sent, MAAS, dryRun="true")
    await desk.post(sent, MAAS, dryRun="perhaps")
    await desk.post([sent, 7], MAAS)
    await desk.post([7], MAAS)
    await desk.post(b"{}", MAAS, "text/plain")
    headers = {"Content-Type": BATCH, "Content-Encoding": "gzip"}
    await desk.call("POST", "/v1/events", MAAS, content=b"[]", headers=headers)
    for refused in REFUSED:
        body, party, *_ = refused.values
        await desk.post(body, str(party))


async def _of_alerts(desk: Desk) -> None:
    """Of a household of which there is much to tell."""
    owed = missed("m", "2024-02-16", "2024-02", shared=False)
    known = [it for it in quiet_household() if it["id"] not in ("begeleiding", "introduction")]
    await desk.send(*known, owed)
    await desk.wait_until("2024-06-01T00:00:00Z")
    for party in (WEERT, MAAS):
        await desk.get("/v1/alerts", party)
        for alert in await desk.alerts(party, limit=1):
            await desk.get(f"/v1/alerts/{alert['alertId']}", party)
    await desk.get("/v1/alerts", WEERT, limit=0)
    await desk.get(f"/v1/alerts/{_NOBODYS}", WEERT)
    await _receipts(desk, "m")
    await desk.get("/v1/receipts/rc-nobodys", MAAS)


async def _of_streams(desk: Desk, contract: Contract) -> None:
    """Of a hub that stops, so that the stream comes to its end; then one too many."""
    stopping = asyncio.Event()
    stopping.set()
    for most in (1, 0):
        streams = OpenStreams(most=most)
        gateway = replace(desk.hub.gateway(), stopping=stopping, open_streams=streams)
        async with calling(gateway, contract) as client:
            other = Desk(desk.hub, desk.clock, client)
            await other.call("GET", "/v1/alerts", WEERT, headers=STREAM)


async def _of_schemas(desk: Desk) -> None:
    for fingerprint in desk.hub.gateway().reception.schemas.by_fingerprint:
        path = f"/v1/schemas/{fingerprint.hex()}"
        tag = (await desk.get(path, MAAS)).headers["etag"]
        await desk.call("GET", path, MAAS, headers={"If-None-Match": tag})
    for fingerprint_of_none in ("00" * 8, "00"):
        await desk.get(f"/v1/schemas/{fingerprint_of_none}", MAAS)


async def _of_households(desk: Desk) -> None:
    for party, reference in ((WEERT, DOSSIER), (MAAS, LEASE)):
        found = await desk.look_up(party, reference)
        await desk.get(f"/v1/households/{found.json()['household']}", party)
    await desk.look_up(WEERT, LEASE)
    await desk.get("/v1/households/hh-nobodys", WEERT)
    for content in (b"[", b"{}", b" " * 5_000):
        headers = {"Content-Type": _JSON}
        await desk.call("POST", LOOKUP, WEERT, content=content, headers=headers)
    await desk.call("POST", LOOKUP, WEERT, content=b"{}", headers={"Content-Type": "text/plain"})


async def _receipts(desk: Desk, id_: str) -> None:
    path = f"/v1/events/{SOURCES[MAAS]}/{id_}/receipt"
    receipt = (await desk.get(path, MAAS)).json()
    await desk.get(f"/v1/receipts/{receipt['receiptId']}", MAAS)
    await desk.get(path, WEERT)


async def _of_act(desk: Desk, act: str, alert: str, other: str) -> None:
    said = ACTS[act]
    await desk.act(alert, act, WEERT, f"key-{act}", **said)
    await desk.act(other, act, WEERT, f"key-{act}", **said)
    await desk.act(alert, act, WEERT, "k" * 256, **said)
    await desk.act(_NOBODYS, act, WEERT, **said)
    await _said(desk, act, alert, b"{}", "text/plain")
    for body in (b"[", b'{"more": 1}', b" " * 20_000):
        await _said(desk, act, alert, body)
    for name in said:
        for value in ("111222333", _deep()):
            await _said(desk, act, alert, msgspec.json.encode({**said, name: value}))


async def _said(desk: Desk, act: str, alert: str, body: bytes, media: str = _JSON) -> None:
    path, headers = f"/v1/alerts/{alert}/{act}", {"Content-Type": media}
    await desk.call("POST", path, WEERT, content=body, headers=headers)


def _deep() -> object:
    """Nested as deep as may be, and with an escape in it, so that it is read with care."""
    inner: object = "\\"
    for _ in range(30):
        inner = [inner]
    return inner


async def _of_former_place(desk: Desk, contract: Contract, act: str, alert: str) -> None:
    """An act where no agreement is in force any more, and one that nobody serves any more."""
    left = [
        replace(it, gemeenten=it.gemeenten - {"0988"}) for it in desk.hub.parties.by_id.values()
    ]
    for admission in (
        Admission(desk.hub.parties, lambda _place, _at: False),
        Admission(Parties(left)),
    ):
        gateway = desk.hub.gateway()
        changed = replace(gateway, reception=replace(gateway.reception, admission=admission))
        async with calling(changed, contract) as client:
            await Desk(desk.hub, desk.clock, client).act(alert, act, WEERT, **ACTS[act])


async def _of_the_end(desk: Desk, alert: str) -> None:
    """There was no lease after all; then there was, and the household was erased."""
    retracts = {"source": SOURCES[MAAS], "id": "lease"}
    await desk.send(
        event("fact-retracted", "r", "2024-03-01", retracts=retracts, reason="test", party=MAAS)
    )
    for act, said in ACTS.items():
        await desk.act(alert, act, WEERT, **said)
    await desk.alerts(WEERT, order="cursor")
    erased = event("household-erased", "x", "2024-05-20", DOSSIER, LEASE, basis="request")
    late = event("damage-repaired", "late", "2024-02-01", cost=1, cause="wear")
    await desk.send(signed(id_="again"), erased, late)
    await _receipts(desk, "late")
