"""Subscriptions beside each other, receivers that want to know who calls, a hub that falters."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import pytest
import trustme
from msgspec.structs import replace

from hub.delivery.kept import Access
from hub.delivery.orders import Change, Consented, Order, Pause, Recover, Subscribe
from hub.delivery.outcome import Reason
from hub.delivery.revision import Filter
from hub.delivery.shelf import SECRETS, Changes, encode, order_key
from hub.delivery.slots import Slots
from hub.delivery.subscription import Life
from hub.errors import OutcomeUnknown, ShardLost, Unavailable
from hub.outbound import trusting
from hub.reading import settings
from hub.streams.seam import Emit
from hub.streams.sqlite.editing import transaction_in
from tests.delivery.delivering import PARTY, Making
from tests.delivery.hooks import OK, Got, Hangs, Step, hook, status
from tests.delivery.subscribing import NOW

OTHER: Final = "gemeente-weert"
Commit: TypeAlias = Callable[..., Awaitable[None]]


def subscribe(endpoint: str, access: Access | None = None) -> list[Order]:
    made = Subscribe(party=PARTY, endpoint=endpoint, after=0, numbered_by="", at=NOW, access=access)
    return [made, Consented(endpoint, None)]


# ---- Others --------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_one_that_never_answers_holds_up_no_other(make: Making, ca: trustme.CA) -> None:
    async with (
        make() as hub,
        hook(ca, lambda _got: Hangs()) as silent,
        hook(ca) as same_party,
        hook(ca) as other,
    ):
        hub.way = replace(hub.way, limits=replace(hub.way.limits, whole=30.0))
        await hub.tell(*range(1, 31))
        await hub.tell(*range(1, 31), party=OTHER)
        async with hub.delivering():
            await hub.subscribe("sb-1", silent.url)
            await silent.came(1)
            await hub.subscribe("sb-2", same_party.url)
            await hub.subscribe("sb-3", other.url, party=OTHER)
            await hub.reached("sb-2", 30)
            await hub.reached("sb-3", 30)
            assert len(silent.got) == 1
    assert [it.position for it in same_party.taken] == list(range(1, 31))
    assert [it.position for it in other.taken] == list(range(1, 31))


@pytest.mark.slow
async def test_however_many_fail_those_that_work_keep_their_places(
    make: Making, ca: trustme.CA
) -> None:
    seen: set[str] = set()

    def first_500(got: Got) -> Step:
        answer: Step = Hangs() if got.path in seen else status(500)
        seen.add(got.path)
        return answer

    async with make() as hub, hook(ca, first_500) as silent, hook(ca) as found:
        hub.way = replace(hub.way, limits=replace(hub.way.limits, whole=30.0))
        hub.slots = Slots(working=1, failing=2)
        await hub.tell(1)
        async with hub.delivering():
            for number in range(4):
                await hub.subscribe(f"sb-{number}", f"{silent.url}?{number}")
            await silent.came(6)  # each failed once, and two of them hang
            await hub.subscribe("sb-4", found.url)
            await hub.reached("sb-4", 1)
            assert len(silent.got) == 6
    assert len(found.taken) == 1


async def test_a_fault_of_ours_in_one_subscription_stops_no_other(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await hub.reached("sb-1", 1)
        await hub.shelf.commit({SECRETS + "sb-1": b"what no key opens"})
        async with hub.delivering():
            await hub.tell(2)
            await hub.subscribe("sb-2", found.url)
            await hub.reached("sb-2", 2)
            assert hub.figures.broken == 1
        assert hub.find("sb-1").subscription.cursor == 1


# ---- Who calls -----------------------------------------------------------------------------------


class Authority:
    """An authorisation server and a receiver at once: tokens are numbered, some are no longer
    good."""

    def __init__(self) -> None:
        self.issued = 0
        self.revoked: set[str] = set()
        self.is_up = True
        self.seen: list[str] = []

    def answer(self, got: Got) -> Step:
        if not got.body.startswith(b"grant_type"):
            self.seen.append(got.headers.get("authorization", ""))
            is_good = self.seen[-1].startswith("Bearer ") and self.seen[-1] not in self.revoked
            return OK if is_good else status(401)
        expected = base64.b64encode(b"seintje:geheim").decode()
        if not self.is_up or got.headers["authorization"] != f"Basic {expected}":
            return status(401)
        self.issued += 1
        token = {"access_token": f"t{self.issued}", "token_type": "Bearer", "expires_in": 3600}
        body = json.dumps(token)
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
        return (head + body).encode()


async def test_a_token_is_kept_until_the_receiver_no_longer_takes_it(
    make: Making, ca: trustme.CA
) -> None:
    authority = Authority()
    async with make() as hub, hook(ca, authority.answer) as found:
        access = Access(found.url, "seintje", "hooks")
        await hub.tell(1, 2)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url, None, *subscribe(found.url, access))
            await hub.reached("sb-1", 2)
            authority.revoked.add("Bearer t1")
            await hub.tell(3)
            kept = await hub.reached("sb-1", 3)
            hub.clock.at += 3_600_000
            await hub.tell(4)
            await hub.reached("sb-1", 4)
    assert authority.seen == ["Bearer t1"] * 3 + ["Bearer t2", "Bearer t3"]
    assert [it.reason for it in kept.subscription.attempts] == [Reason.DELIVERED] * 3
    assert kept.subscription.parked == ()


async def test_without_a_token_it_waits_and_nothing_is_put_aside(
    make: Making, ca: trustme.CA
) -> None:
    authority = Authority()
    authority.is_up = False
    async with make() as hub, hook(ca, authority.answer) as found:
        await hub.tell(1)
        async with hub.delivering():
            access = Access(found.url, "seintje")
            await hub.subscribe("sb-1", found.url, None, *subscribe(found.url, access))
            await hub.until(lambda: hub.life("sb-1") is Life.FAILING)
            assert authority.seen == []
            authority.is_up = True
            kept = await hub.reached("sb-1", 1)
    assert kept.subscription.attempts[0].reason is Reason.NO_TOKEN
    assert kept.subscription.parked == ()


async def test_a_receiver_that_wants_a_certificate_gets_ours(
    make: Making, ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "hub.pem"
    ca.issue_cert("hub.example").private_key_and_cert_chain_pem.write_to_path(certificate)
    with ca.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        shown = trusting(certificate)
    async with make() as hub, hook(ca, wants=ca) as found:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await hub.until(lambda: hub.life("sb-1") is Life.FAILING)
        assert found.got == []
        hub.way = replace(hub.way, tls=shown)
        async with hub.delivering():
            await hub.reached("sb-1", 1)
    assert len(found.taken) == 1


# ---- A hub that falters --------------------------------------------------------------------------


class Faltering:
    """A shelf that fails in turn, and then keeps everything."""

    def __init__(self, faults: Sequence[Exception | None]) -> None:
        self.faults = list(faults)

    def over(self, commit: Commit) -> Commit:
        async def faltering(changes: Changes, emits: Sequence[Emit] = ()) -> None:
            fault = self.faults.pop(0) if self.faults else None
            if fault is not None:
                raise fault
            await commit(changes, emits)

        return faltering


async def test_what_was_delivered_while_the_disk_is_full_is_not_sent_again(
    make: Making, ca: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(1, 2)
        full = Unavailable("disk full", 0.0)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await hub.reached("sb-1", 2)
            monkeypatch.setattr(hub.shelf, "commit", Faltering([full] * 5).over(hub.shelf.commit))
            await hub.tell(3)
            await hub.reached("sb-1", 3)
    assert [it.position for it in found.taken] == [1, 2, 3]


async def test_a_commit_of_which_nobody_knows_ends_it_and_from_there_on_it_goes_anew(
    make: Making, ca: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.subscribe("sb-1", found.url)
        commit = hub.shelf.commit
        falters = Faltering([None, OutcomeUnknown("no answer")])
        monkeypatch.setattr(hub.shelf, "commit", falters.over(commit))
        await hub.tell(1)
        with pytest.raises(ShardLost):
            await asyncio.wait_for(hub.deliverer().run(), 20)
        monkeypatch.setattr(hub.shelf, "commit", commit)
        async with hub.delivering():
            await hub.reached("sb-1", 1)
    assert [it.id for it in found.taken] == ["al-1_1", "al-1_1"]


@pytest.mark.slow
async def test_recovering_while_new_ones_come_takes_turns_and_neither_is_lost(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(*range(1, 121))  # more than one page of each
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await hub.reached("sb-1", 120)
            await hub.order("sb-1", Recover(0))
            await hub.tell(*range(121, 241))
            await hub.reached("sb-1", 240)
            await hub.until(lambda: hub.find("sb-1").subscription.recovery is None)
    positions = [it.position for it in found.taken[120:]]
    assert [it for it in positions if it > 120] == list(range(121, 241))
    assert [it for it in positions if it <= 120] == list(range(1, 121))


async def test_stopped_it_lets_an_attempt_end_and_keeps_what_came_of_it(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        hub.way = replace(hub.way, limits=replace(hub.way.limits, whole=30.0))
        found.hold()
        await hub.tell(1, 2)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await found.came(1)
            asyncio.get_running_loop().call_later(0.1, found.release)
        assert hub.find("sb-1").subscription.cursor == 1
    assert [it.position for it in found.taken] == [1]


@pytest.mark.slow
async def test_what_waits_for_a_place_goes_nowhere_that_its_party_no_longer_wants(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as old, hook(ca) as new:
        hub.slots = Slots(working=1)
        hub.way = replace(hub.way, limits=replace(hub.way.limits, whole=30.0))
        old.hold()
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe("sb-1", old.url)
            await old.came(1)  # it has the only place
            await hub.subscribe("sb-2", old.url)
            await hub.subscribe("sb-3", old.url)
            changed = Change(endpoint=new.url, wants=Filter(), contact=None, access=None)
            await hub.order("sb-2", changed)
            await hub.order("sb-2", Consented(new.url, None))
            await hub.order("sb-3", Pause())
            await hub.until(lambda: hub.life("sb-3") is Life.PAUSED)
            old.release()
            await hub.reached("sb-2", 1)
    assert len(old.got) == 1
    assert len(new.taken) == 1


@pytest.mark.slow
async def test_what_another_process_orders_is_carried_out_though_no_bell_rings(
    make: Making, ca: trustme.CA, tmp_path: Path
) -> None:
    async with make() as hub, hook(ca) as found:
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await hub.reached("sb-1", 1)
            with transaction_in(tmp_path) as connection:
                settings.change(connection, order_key("sb-1"), encode(Pause()))
            await hub.until(lambda: hub.life("sb-1") is Life.PAUSED)
