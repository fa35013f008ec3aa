"""Every call, with the credentials of every other party: nobody sees or speaks for another.

It walks the table of calls, so a new call is in it by itself; a call that has no row here fails,
for then nobody said what others must not get of it. A row is a request for something that is its
owner's: what the owner gets, and what everybody else gets instead.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from msgspec.structs import replace
from starlette.requests import Request

from hub.delivery import shelf
from hub.delivery.orders import Consented, Order, Pause, Remove, Subscribe
from hub.delivery.sealing import Secrets, new_key, sealed
from hub.delivery.signatures import Keyring
from hub.delivery.subscription import Life
from hub.gateway.app import Call, calls
from hub.gateway.auth import authorised
from hub.gateway.identity import key_sets
from hub.gateway.identity.caller import EVERYTHING, Need
from hub.gateway.identity.identities import Certified, Identities, Trait
from hub.gateway.identity.identity import Identity
from hub.gateway.identity.issuer_keys import IssuerKeys
from hub.gateway.identity.key_sets import KeySet
from hub.gateway.limits import Limits, Most
from hub.gateway.problems import Declined, Trouble
from tests.gateway.contract import Contract
from tests.gateway.desk import (
    HUURDERS,
    MAAS,
    ONDERDAK,
    PEEL,
    ROERMOND,
    WEERT,
    Desk,
    a_desk,
    calling,
    slug,
)
from tests.house.sources import sources
from tests.house.test_rule_ids import literals
from tests.identity.certifying import Authority, forwarded
from tests.identity.issuing import claims, ec, forged, issuer, key_set, signed
from tests.streams.world import LEASE, SOURCES, StillClock, event
from tests.streams.world import signed as lease_signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTIES: Final = (MAAS, PEEL, WEERT, ROERMOND, ONDERDAK, HUURDERS)
ISSUER_KEY: Final = ec()
OTHER_KEY: Final = ec()
CA: Final = Authority()
CERTIFICATES: Final = {it: CA.certify(names=[f"{it}.example.nl"]) for it in PARTIES}
NOBODYS: Final = CA.certify(common="nobody")
AT: Final = int(time.time())  # the certificates are valid then


class Row(NamedTuple):
    """A request for what is of `owner`; None: of everybody who takes part. Others get `refused`."""

    owner: str | None
    path: str
    granted: int
    refused: int = 404
    body: Mapping[str, Any] | None = None
    media: str = "application/json"
    life: Life | None = None  # of the subscription that the path asks for


class World(NamedTuple):
    """A hub in which every party is known by every kind of credential, and what there is in it.
    `told` are the parties that have the alert."""

    desk: Desk
    client: httpx.AsyncClient
    alert: str
    told: frozenset[str]
    receipt: str
    row_of: Mapping[tuple[str, str], Row]

    async def call(self, call: Call, headers: Mapping[str, str]) -> httpx.Response:
        row = self.row_of[call.method, call.path]
        sent = {"Content-Type": row.media, **headers} if row.body is not None else headers
        async with subscribed(self.desk, row.life) as id_:
            path = row.path.format(subscription=id_)
            return await self.client.request(call.method, path, json=row.body, headers=sent)

    def proof(self, kind: str, party: str) -> Mapping[str, str]:
        """What a party shows."""
        if kind == "key":
            return {"Authorization": f"Bearer {self.desk.keys[party]}"}
        if kind == "certificate":
            return forwarded(CERTIFICATES[party])
        return {"Authorization": f"Bearer {token(party)}"}

    def has(self, party: str, row: Row) -> bool:
        """Whether what the row asks for is this party's as well."""
        is_of_alert = row.path.startswith(f"/v1/alerts/{self.alert}")
        return row.owner in (None, party) or (is_of_alert and party in self.told)


def rows(alert: str, receipt: str, handle: str, schema: str) -> Mapping[tuple[str, str], Row]:
    """A row for every call."""
    repaired = event("damage-repaired", "matrix", "2024-02-01", cost=1, cause="wear")
    cloud = "application/cloudevents+json"
    of_event = f"/v1/events/{quote(SOURCES[MAAS], safe='')}/lease/receipt"
    one = f"/v1/alerts/{alert}"
    approach, closure = {"action": "repair", "reviewOn": "2024-07-01"}, {"outcome": "solved"}
    return {
        **rows_of_subscription(),
        ("POST", "/v1/events"): Row(MAAS, "/v1/events", 202, 403, repaired, cloud),
        ("GET", "/v1/events/{source}/{id:path}/receipt"): Row(MAAS, of_event, 200),
        ("GET", "/v1/receipts/{receipt_id}"): Row(MAAS, f"/v1/receipts/{receipt}", 200),
        # Of a list each has its own: below it is asked what stands in it.
        ("GET", "/v1/alerts"): Row(None, "/v1/alerts", 200),
        ("GET", "/v1/alerts/{alert_id}"): Row(WEERT, one, 200),
        ("POST", "/v1/alerts/{alert_id}/acknowledgement"): Row(
            WEERT, f"{one}/acknowledgement", 202, body={}
        ),
        ("POST", "/v1/alerts/{alert_id}/approach"): Row(
            WEERT, f"{one}/approach", 202, body=approach
        ),
        ("POST", "/v1/alerts/{alert_id}/closure"): Row(WEERT, f"{one}/closure", 202, body=closure),
        ("POST", "/v1/households/lookup"): Row(MAAS, "/v1/households/lookup", 200, body=LEASE),
        ("GET", "/v1/households/{handle}"): Row(MAAS, f"/v1/households/{handle}", 200),
        # Schemas are nobody's secret.
        ("GET", "/v1/schemas/{fingerprint}"): Row(None, f"/v1/schemas/{schema}", 200),
    }


def rows_of_subscription() -> Mapping[tuple[str, str], Row]:
    every, one = "/v1/subscriptions", "/v1/subscriptions/{subscription}"
    active = Life.ACTIVE
    call = "/v1/subscriptions/{subscription_id}"
    patch = "application/merge-patch+json"
    contact, since = {"contact": "a@example.nl"}, {"since": "2024-05-20"}
    acts = {
        "verification": Row(WEERT, f"{one}/verification", 200, life=Life.UNVERIFIED, body={}),
        "secret": Row(WEERT, f"{one}/secret", 200, body={}, life=active),
        "pause": Row(WEERT, f"{one}/pause", 200, life=active, body={}),
        "resume": Row(WEERT, f"{one}/resume", 200, life=Life.PAUSED, body={}),
        "recovery": Row(WEERT, f"{one}/recovery", 202, body=since, life=active),
        "test": Row(WEERT, f"{one}/test", 202, life=active, body={}),
    }
    return {
        # Everybody may have one of its own; below it is asked what stands in the list.
        ("POST", every): Row(None, every, 201, body={"endpoint": "https://localhost/in"}),
        ("GET", every): Row(None, every, 200),
        ("GET", call): Row(WEERT, one, 200, life=active),
        ("PATCH", call): Row(WEERT, one, 200, body=contact, media=patch, life=active),
        ("GET", f"{call}/attempts"): Row(WEERT, f"{one}/attempts", 200, life=active),
        **{("POST", f"{call}/{act}"): row for act, row in acts.items()},
        ("DELETE", call): Row(WEERT, one, 204, life=active),
    }


@asynccontextmanager
async def subscribed(desk: Desk, life: Life | None) -> AsyncIterator[str | None]:
    """A subscription in this life, to which there is nothing to send; it is taken away again."""
    if life is None:
        yield None
        return
    id_, here = shelf.new_id(), "https://localhost/in"
    wish = Subscribe(party=WEERT, endpoint=here, after=1 << 40, numbered_by="", at=0)
    steps: dict[Life, list[Order]] = {Life.UNVERIFIED: [], Life.ACTIVE: [Consented(here, None)]}
    steps[Life.PAUSED] = [*steps[Life.ACTIVE], Pause()]
    orders: list[Order] = [wish, *steps[life]]
    secrets = sealed(Secrets(Keyring(new_key("v1"))), id_, desk.hub.keys.webhooks)
    there = {shelf.order_key(id_): shelf.encode(it) for it in orders}
    await desk.hub.shelf.commit({shelf.SECRETS + id_: secrets, **there})
    yield id_
    await desk.hub.shelf.commit({shelf.order_key(id_): shelf.encode(Remove())})


def token(party: str, **own: Any) -> str:
    return signed(ISSUER_KEY, "ES256", claims(client_id=party, exp=AT + 300, iat=AT) | own)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with a_desk(tmp_path_factory.mktemp("hub") / "data") as desk:
        await desk.send(lease_signed())
        await desk.wait_until("2024-06-01T00:00:00Z")
        alert = next(it["alertId"] for it in await desk.alerts(WEERT))
        told = [it for it in PARTIES if alert in str(await desk.alerts(it))]
        path = f"/v1/events/{SOURCES[MAAS]}/lease/receipt"
        receipt = (await desk.get(path, MAAS)).json()["receiptId"]
        found = await desk.call("POST", "/v1/households/lookup", MAAS, json=LEASE)
        handle = found.json()["household"]
        schema = min(desk.hub.reception.schemas.by_fingerprint).hex()
        gateway = replace(desk.hub.gateway(), identity=identity(EVERYTHING), limits=limits())
        async with calling(gateway, Contract()) as client:
            table = rows(alert, receipt, handle, schema)
            yield World(desk, client, alert, frozenset(told), receipt, table)


def identity(may: frozenset[Need]) -> Identity:
    """Everybody by token and by certificate; seen by a proxy, for there is no TLS here."""
    known = issuer(parties={it: it for it in PARTIES}, may=may)
    certified = tuple(
        Certified(it, Trait("fingerprint", made.fingerprint), it, may)
        for it, made in CERTIFICATES.items()
    )

    async def ask() -> KeySet:
        found = key_sets.read(key_set(ISSUER_KEY))
        assert isinstance(found, KeySet)
        return found

    return Identity(
        Identities((known,), certified, (Trait("network", ip_network("127.0.0.0/8")),)),
        {known.issuer: IssuerKeys(ask, lambda: 0.0)},
        StillClock(AT * 1000),
    )


def limits() -> Limits:
    """So wide that nobody here is told to come back later."""
    return Limits(Most(attempts_a_minute=999_999, calls_a_minute=999_999))


KINDS: Final = ("key", "token", "certificate")
CALLS: Final = [pytest.param(it, id=f"{it.method} {it.path}") for it in calls()]


async def test_every_call_has_a_row_and_says_what_it_needs(world: World) -> None:
    assert {(it.method, it.path) for it in calls()} == world.row_of.keys()
    assert all(isinstance(it.needs, Need) for it in calls())


async def test_the_alert_is_told_in_its_own_gemeente_only(world: World) -> None:
    assert WEERT in world.told
    assert not world.told & {PEEL, ROERMOND, HUURDERS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
async def test_another_party_gets_nothing_of_it_by(call: Call, kind: str, world: World) -> None:
    row = world.row_of[call.method, call.path]
    others = [it for it in PARTIES if not world.has(it, row)]
    assert others or row.owner is None
    for party in others:
        answer = await world.call(call, world.proof(kind, party))
        assert answer.status_code == row.refused, (party, answer.text)
        assert world.alert not in answer.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
async def test_who_has_it_gets_it_by(call: Call, kind: str, world: World) -> None:
    row = world.row_of[call.method, call.path]
    for party in [row.owner] if row.owner else PARTIES:
        answer = await world.call(call, world.proof(kind, party))
        assert answer.status_code == row.granted, answer.text


@pytest.mark.parametrize("kind", KINDS)
async def test_a_list_has_what_is_of_the_party_and_nothing_else(kind: str, world: World) -> None:
    for party in PARTIES:
        headers = world.proof(kind, party)
        found = (await world.client.get("/v1/alerts?order=cursor", headers=headers)).json()
        assert found["alerts"] == await world.desk.alerts(party, order="cursor")
        ids = {it["alertId"] for it in found["alerts"]}
        assert (world.alert in ids) is (party in world.told)
        for alert in ids:
            one = await world.client.get(f"/v1/alerts/{alert}", headers=headers)
            assert one.status_code == 200


def bearer(text: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {text}"}


BAD: Final[Mapping[str, Callable[[World], Mapping[str, str]]]] = {
    "nothing": lambda _: {},
    "a key that is nobody's": lambda _: bearer("sk_nobodys"),
    "half a key": lambda it: bearer(it.desk.keys[WEERT][:-1]),
    "a key under another scheme": lambda it: {"Authorization": f"Basic {it.desk.keys[WEERT]}"},
    "an expired token": lambda _: bearer(token(WEERT, exp=AT - 100)),
    "a token for somebody else": lambda _: bearer(token(WEERT, aud="https://other.example")),
    "a token of somebody else": lambda _: bearer(token(WEERT, iss="https://other.example")),
    "a token that names nobody": lambda _: bearer(token("gemeente-elders")),
    "a token signed by somebody else": lambda _: bearer(
        signed(OTHER_KEY, "ES256", claims(client_id=WEERT, exp=AT + 300, iat=AT))
    ),
    "a token that is not signed": lambda _: bearer(
        forged({"alg": "none", "kid": "e1"}, claims(client_id=WEERT, exp=AT + 300, iat=AT))
    ),
    "a certificate that nobody knows": lambda _: forwarded(NOBODYS),
    "a certificate that is none": lambda _: {"Client-Cert": ":AAAA:"},
    "a certificate beside another party's key": lambda it: {
        **forwarded(CERTIFICATES[WEERT]),
        **it.proof("key", MAAS),
    },
    "a certificate beside another party's token": lambda it: {
        **forwarded(CERTIFICATES[WEERT]),
        **it.proof("token", MAAS),
    },
    "a certificate beside a wrong key": lambda _: {
        **forwarded(CERTIFICATES[WEERT]),
        **bearer("sk_nobodys"),
    },
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("call", CALLS)
async def test_nobody_is_answered_who_shows(call: Call, bad: str, world: World) -> None:
    answer = await world.call(call, BAD[bad](world))
    assert (answer.status_code, slug(answer)) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="seintje"')


@pytest.mark.parametrize("call", CALLS)
async def test_a_credential_does_what_it_may_and_nothing_else(call: Call, world: World) -> None:
    assert call.needs is not None
    owner = world.row_of[call.method, call.path].owner or WEERT
    for kind in ("token", "certificate"):
        for may, is_allowed in ((EVERYTHING - {call.needs}, False), ({call.needs}, True)):
            known = identity(frozenset(may))
            gateway = replace(world.desk.hub.gateway(), identity=known, limits=limits())
            async with calling(gateway, Contract()) as client:
                answer = await world._replace(client=client).call(call, world.proof(kind, owner))
            if is_allowed:
                assert answer.status_code < 300, answer.text
            else:
                assert (answer.status_code, slug(answer)) == (403, "not-allowed")
                assert f'scope="{call.needs}"' in answer.headers["www-authenticate"]


async def test_a_call_that_does_not_say_what_it_needs_is_nobodys(world: World) -> None:
    request = Request({"type": "http", "headers": [
        (b"authorization", f"Bearer {world.desk.keys[WEERT]}".encode())
    ]})  # fmt: skip
    with pytest.raises(Declined) as caught:
        await authorised(world.desk.hub.gateway(), request, None)
    assert caught.value.trouble == Trouble.NOT_ALLOWED


async def test_credentials_are_looked_at_in_one_place() -> None:
    words = ("authorization", "client-cert", "sk_")
    found = [
        source.path
        for source in sources("hub/gateway")
        for _, text in literals(source.tree)
        if text.lower() in words
    ]
    assert set(found) <= {"hub/gateway/auth.py", "hub/gateway/identity/certificates.py"}
    assert found
