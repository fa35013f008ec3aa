"""Whatever a party does with its subscription, in whatever order, and whether or not orders were
carried out in between: what is answered is what its orders come to. And secrets are told nobody."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.delivery import shelf
from hub.delivery.kept import Kept
from hub.delivery.orders import (
    MOST_TESTS,
    Change,
    Consented,
    Order,
    Pause,
    Recover,
    Resume,
    Subscribe,
    Try,
    folded,
    why_not_now,
)
from hub.delivery.revision import Filter
from hub.domain.time import parse_instant
from hub.gateway import subscription_views as views
from hub.reading import settings as of_reading
from tests.gateway.desk import MAAS, WEERT, slug
from tests.gateway.receiving import NOT_NOW, PATH, Office, an_office
from tests.gateway.subscription_walk import begin, end, go_on

pytestmark = pytest.mark.asyncio(loop_scope="module")

SINCE: Final = "2024-02-20T00:00:00Z"
ACTS: Final = (
    "pause", "resume", "recovery", "test", "verification", "secret", "narrow", "widen", "away",
    "back", "carried out", "later",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with an_office(tmp_path_factory.mktemp("hub") / "data") as opened:
        yield opened


class Model:
    """A subscription and what was ordered of it: nothing is known of HTTP, or of what is stored."""

    def __init__(self, id_: str, here: str, there: str, at: int) -> None:
        self.id = id_
        self.here, self.there = here, there
        made = Subscribe(party=MAAS, endpoint=here, after=0, numbered_by="", at=at)
        self.orders: list[Order] = [made, Consented(here, 120)]

    @property
    def kept(self) -> Kept:
        found = folded(None, self.id, list(enumerate(self.orders, 1)), lambda _party, _since: 0)
        assert found is not None
        return found

    def take(self, order: Order) -> bool:
        """Whether it makes sense now; it is so if it does."""
        if why_not_now(self.kept, order) is not None:
            return False
        if isinstance(order, Try) and len(self.kept.tests) >= MOST_TESTS:
            return False
        self.orders.append(order)
        return True

    def change(self, **changed: Any) -> None:
        was = self.kept.subscription
        same = Change(endpoint=was.endpoint, wants=was.wants, contact=None, access=None)
        self.take(replace(same, **changed))


async def act(office: Office, model: Model, name: str) -> None:
    """Do it to both."""
    match name:
        case "carried out":
            await office.carry_out()
        case "later":
            office.clock.at += 1000
        case "narrow" | "widen":
            severities = ["high"] if name == "narrow" else []
            model.change(wants=Filter(severities=frozenset(severities)))
            await patch(office, model, {"filter": {"severities": severities}})
        case "away" | "back":
            endpoint = model.there if name == "away" else model.here
            is_moved = endpoint != model.kept.subscription.endpoint
            model.change(endpoint=endpoint)
            if is_moved and name == "back":
                model.take(Consented(endpoint, 120))
            await patch(office, model, {"endpoint": endpoint})
        case "secret":
            assert (await office.do(model.id, name)).status_code == 200
        case _:
            await ordered(office, model, name)


async def ordered(office: Office, model: Model, name: str) -> None:
    here = model.kept.subscription.endpoint
    orders: dict[str, Order] = {
        "pause": Pause(),
        "resume": Resume(),
        "recovery": Recover(parse_instant(SINCE)),
        "test": Try(max([office.clock.now(), *(it + 1 for it in model.kept.tests)])),
        "verification": Consented(here, 120),
    }
    answer = await office.do(model.id, name, **({"since": SINCE} if name == "recovery" else {}))
    if name == "verification" and here == model.there:
        assert not answer.json()["verification"]["consented"]
    else:
        assert answer.is_success == model.take(orders[name])


async def patch(office: Office, model: Model, said: dict[str, Any]) -> None:
    answer = await office.call("PATCH", f"{PATH}/{model.id}", MAAS, json=said)
    assert answer.status_code == 200, answer.text


async def check(office: Office, model: Model) -> None:
    """What the gateway says is what the orders come to."""
    gateway = office.hub.gateway()
    found = views.find(gateway, office.hub.parties.by_id[MAAS], model.id)
    assert found is not None
    assert replace(found.kept, applied=0) == replace(model.kept, applied=0)
    told = views.shown(gateway, views.Found(model.kept, found.secrets))
    assert await office.read(model.id) == msgspec.to_builtins(told)


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(st.sampled_from(ACTS), max_size=12))
async def test_what_is_answered_is_what_the_orders_come_to(
    names: list[str], office: Office
) -> None:
    async with office.receiver() as good, office.receiver(NOT_NOW) as bad:
        here, there = (f"https://127.0.0.1:{it.port}/in" for it in (good, bad))
        at = office.clock.now()
        id_ = (await office.subscribe(good.port)).json()["id"]
        model = Model(id_, here, there, at)
        try:
            await check(office, model)
            for name in names:
                await act(office, model, name)
                await check(office, model)
        finally:
            await office.call("DELETE", f"{PATH}/{id_}", MAAS)
            await office.carry_out()


async def test_secrets_are_in_nothing_that_is_emitted(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)  # as in a process of the hub (hub.telemetry)
    address = "https://127.0.0.1:{}/in?code=geheim-in-het-adres"
    access = {
        "tokenUrl": "https://127.0.0.1/token?key=geheim-van-de-uitgever",
        "clientId": "seintje",
        "clientSecret": "geheim-van-de-ontvanger",
    }
    with structlog.testing.capture_logs() as logged:
        async with office.receiver() as found:
            said = {"endpoint": address.format(found.port)}
            made = (await office.call("POST", PATH, WEERT, json=said)).json()
            id_, shown = made["id"], [made["secret"]]
            shown.append((await office.do(id_, "secret", WEERT)).json()["secret"])
            assert (await office.read(id_, WEERT))["status"] == "active"
        patched = {"access": access}
        changed = await office.call("PATCH", f"{PATH}/{id_}", WEERT, json=patched)
        assert changed.json()["access"]["tokenUrl"] == "https://127.0.0.1/token?…"
        read = [changed.text] + [
            (await office.get(path, party)).text
            for path in (PATH, f"{PATH}/{id_}", f"{PATH}/{id_}/attempts", "/metrics")
            for party in (WEERT, MAAS)
        ]
        for body in (b"[", b'{"endpoint":"geheim"}', msgspec.json.encode({"access": access})):
            for method, path in (("POST", PATH), ("PATCH", f"{PATH}/{id_}")):
                headers = {"Content-Type": "application/json"}
                answer = await office.call(method, path, WEERT, content=body, headers=headers)
                read.append(answer.text)
        read += [(await office.do(id_, it, WEERT)).text for it in ("pause", "verification")]
        await office.carry_out()
    kept = office.hub.reading.ask(_everything)
    emitted = "\n".join([*read, caplog.text, *map(repr, logged)])
    for secret in (*shown, "geheim-van-de-ontvanger"):
        assert secret.encode() not in b"\n".join(kept)
        assert secret not in emitted
    assert "geheim" not in emitted
    assert slug(await office.get(f"{PATH}/{id_}", MAAS)) == "not-found"


def _everything(connection: sqlite3.Connection) -> list[bytes]:
    """All that is set."""
    found = [it for kind in shelf.KINDS for it in of_reading.beginning_with(connection, kind)]
    return [it.value for it in found]


async def test_the_whole_way_of_a_party(office: Office) -> None:
    async with office.receiver() as found:
        made = await begin(office.call, f"https://127.0.0.1:{found.port}/in")
        await go_on(office.call, made)
    await end(office.call, made)
