"""What was read, at a real hub: taken, refused at once or later, or waiting for its household."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from connectors.checking import Ear, check
from connectors.kept import Kept
from connectors.metrics import Metrics
from connectors.publishing import Publisher
from connectors.said import Voice
from connectors.seam import Connector, Draft, Finding, Page, Record
from connectors.secret import Secret
from hub.client import AsyncClient, Misconfigured, Unavailable, spool
from hub.domain.time import DAY_MS, HOUR_MS
from hub.outbound import GivenBy, Outbound, Peer
from tests.client.site import FEW, Naps, Plan, Site, a_site
from tests.gateway.desk import MAAS
from tests.streams.world import event, signed

SOURCE: Final = "urn:nld:kvknr:90000001:systeem:meldingen"
SAYS: Final = Voice(SOURCE, "reports")


class Post:
    """What a connector has to say to the hub of a site."""

    def __init__(self, site: Site, kept: Kept, client: AsyncClient) -> None:
        self.site, self.kept, self.client = site, kept, client
        self.publisher = Publisher(kept, client, Metrics(kept))

    @property
    def now(self) -> int:
        return self.site.clock.now()

    def record(self, key: str, **changes: Any) -> Record:
        lease = {"scheme": "lease", "issuer": MAAS, "value": changes.pop("lease", "L-1")}
        usual = {"occurredAt": "2024-02-01", "gemeente": "0988", "references": [lease]}
        data = usual | {"category": "other", "cause": "wear"} | changes
        return Record(key, (Draft("damage-reported", data),), f"/reports/{key}")

    def says(self, key: str, **changes: Any) -> None:
        page = Page((self.record(key, **changes),), "1", is_last=True)
        self.kept.take(SAYS, page, self.now)

    async def publish(self) -> int:
        found = await self.publisher.publish(self.now)
        await self.site.hub.settled()
        return found

    async def look_up_after(self, millis: int) -> int:
        self.site.clock.at += millis
        return await self.publisher.look_up(self.now)

    def letters(self) -> list[tuple[str, str]]:
        return [(it.where, it.why) for it in self.kept.dead_letters()]

    def left(self) -> int:
        return len(self.kept.outbox.due(self.now + 1000 * DAY_MS, 10))


async def checked(post: Post) -> list[Finding]:
    peer = Peer("hub.address", post.site.address, GivenBy.OPERATOR)
    async with Outbound(peer) as hub:
        ear = Ear(hub, Secret(post.site.keys[MAAS]), SOURCE)
        found = await check(Connector(), post.kept, ear, post.now, lambda _looked: None)
    return found.findings


Opens = Callable[[], AsyncClient]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with a_site(tmp_path / "data") as site:
        given = (site.address, site.keys[MAAS], tmp_path / "facts.db", FEW, Naps().nap)
        kept = Kept(tmp_path / "state")
        async with AsyncClient(*given) as client:
            await client.publish(signed())
            await site.hub.settled()
            yield Post(site, kept, client)
        kept.close()


async def test_a_fact_is_followed_until_it_found_its_household(post: Post) -> None:
    post.says("R1")
    assert await post.publish() == 1
    assert post.left() == 1
    assert await post.look_up_after(6000) == 1
    assert post.left() == 0
    assert post.letters() == []


async def test_a_fact_whose_lease_nobody_knows_is_looked_up_less_and_less(post: Post) -> None:
    post.says("R1", lease="L-404")
    await post.publish()
    assert await post.look_up_after(6000) == 0
    assert post.kept.outbox.due(post.now + 59_000, 10) == []
    assert post.kept.outbox.due(post.now + 60_000, 10) != []
    await post.look_up_after(HOUR_MS)
    assert post.kept.outbox.due(post.now + 30 * 60_000, 10) == []
    await post.look_up_after(2 * DAY_MS)
    assert post.kept.outbox.due(post.now + 23 * HOUR_MS, 10) == []
    assert (post.left(), post.letters()) == (1, [])


async def test_a_check_tells_of_facts_that_found_no_household_in_a_day(post: Post) -> None:
    post.says("R1", lease="L-404")
    post.says("R2", gemeente="0957")
    post.says("R3")
    await post.publish()
    post.site.clock.at += 2 * DAY_MS
    assert await checked(post) == []  # nobody has asked yet
    await post.look_up_after(1)
    [found] = await checked(post)
    assert found.where == "/reports/R1, and later"
    assert found.wrong.endswith(": 2")
    assert "gemeente" in found.mend


async def test_what_never_found_its_household_ends_as_a_dead_letter(post: Post) -> None:
    post.says("R1", lease="L-404")
    await post.publish()
    post.site.clock.at += 91 * DAY_MS
    await post.site.hub.settled()
    assert await post.look_up_after(1) == 1
    [(where, why)] = post.letters()
    assert where == "/reports/R1"
    assert "found no household" in why


async def test_what_is_refused_at_once_is_a_dead_letter_with_its_fields(post: Post) -> None:
    post.says("R1", cause=7)
    post.says("R2")
    assert await post.publish() == 2
    [(where, why)] = post.letters()
    assert where == "/reports/R1"
    assert "schema-violation" in why
    assert "data.cause" in why
    assert await post.client.refusals() == ()


async def test_what_is_refused_later_is_a_dead_letter_too(post: Post) -> None:
    post.says("R1")
    [waiting] = post.kept.outbox.waiting(1)
    other = event("damage-reported", "x", "2024-02-09", category="other", cause="wear")
    said_before = dict(waiting.event) | {"data": other["data"]}
    await post.client.publish(said_before)
    await post.site.hub.settled()
    await post.publish()
    await post.look_up_after(6000)
    [(where, why)] = post.letters()
    assert where == "/reports/R1"
    assert "another content" in why or "conflicting-duplicate" in why


async def test_while_the_hub_is_away_everything_waits(post: Post) -> None:
    post.says("R1")
    post.site.plans.extend([Plan(503)] * 8)
    with pytest.raises(Unavailable):
        await post.publisher.publish(post.now)
    assert post.kept.outbox.count_waiting() == 1
    post.site.plans.clear()
    assert await post.publish() == 1


async def test_a_key_that_the_hub_does_not_accept_is_no_reason_to_lose_anything(
    post: Post, tmp_path: Path
) -> None:
    post.says("R1")
    async with AsyncClient(
        post.site.address, "wrong", tmp_path / "wrong.db", FEW, Naps().nap
    ) as client:
        with pytest.raises(Misconfigured, match="check the key"):
            await Publisher(post.kept, client, Metrics(post.kept)).publish(post.now)
    assert post.kept.outbox.count_waiting() == 1


async def test_what_is_too_large_for_any_hub_is_a_dead_letter_and_the_rest_goes(post: Post) -> None:
    post.says("R1")
    post.says("R2", note="x" * 70_000)
    post.says("R3")
    assert await post.publish() == 2
    [(where, why)] = post.letters()
    assert where == "/reports/R2"
    assert "65536 bytes" in why
    assert "x" * 100 not in why
    assert post.kept.outbox.count_waiting() == 0


async def test_a_hub_that_stumbles_is_tried_again_and_no_setting_is_blamed(post: Post) -> None:
    post.says("R1")
    post.site.plans.append(Plan(500))
    with pytest.raises(Unavailable, match="500"):
        await post.publish()
    assert await post.publish() == 1
    post.site.plans.append(Plan(500))
    with pytest.raises(Unavailable, match="500"):
        await post.look_up_after(6000)
    assert await post.look_up_after(0) == 1


async def test_a_clock_that_was_ahead_for_a_while_delays_no_receipt(post: Post) -> None:
    post.says("R1")
    await post.publisher.publish(post.now + 300 * DAY_MS)
    await post.site.hub.settled()
    assert await post.look_up_after(6000) == 1
    assert post.left() == 0


async def test_what_the_client_forgot_meanwhile_is_sent_once_more(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.says("R1")
    await post.publish()
    fresh = Kept(tmp_path / "restored")
    again = Publisher(fresh, post.client, Metrics(fresh))
    for key in ("R1", "R2"):
        fresh.take(SAYS, Page((post.record(key),), "1", is_last=True), post.now)
    monkeypatch.setattr(spool, "_MOST_REMEMBERED", 1)  # as if there had been a hundred thousand
    assert await again.publish(post.now) == 2
    assert fresh.outbox.count_waiting() == 0
    fresh.close()


async def test_an_outage_while_receipts_are_looked_up_keeps_those_that_came(post: Post) -> None:
    for key in ("R1", "R2", "R3"):
        post.says(key)
    await post.publish()
    post.site.plans.extend([None, Plan(500), None])
    with pytest.raises(Unavailable, match="500"):
        await post.look_up_after(6000)
    assert post.left() == 1
    assert await post.look_up_after(0) == 1


@pytest.mark.parametrize("knows_what_it_sent", [True, False])
async def test_a_folder_of_an_old_backup_comes_right_when_all_is_read_again(
    post: Post, tmp_path: Path, knows_what_it_sent: bool
) -> None:
    post.says("R1")
    await post.publish()
    shutil.copytree(tmp_path / "state", tmp_path / "backup")
    for cause in ("resident", "third-party"):
        post.says("R1", cause=cause)
        await post.publish()
    old, sent = Kept(tmp_path / "backup"), tmp_path / "sent.db"
    given = (post.site.address, post.site.keys[MAAS], sent, FEW, Naps().nap)
    async with AsyncClient(*given) as forgetful:
        client = post.client if knows_what_it_sent else forgetful
        publisher = Publisher(old, client, Metrics(old))
        left = []
        for _ in range(3):
            old.begin_again()
            old.take(SAYS, Page((post.record("R1", cause="unknown"),), "1", is_last=True), post.now)
            await publisher.publish(post.now)
            await post.site.hub.settled()
            left.append(len(old.dead_letters()))
    old.close()
    assert left == [1, 1, 0]  # two corrections were not in the backup
    said = {it["id"]: it["data"] for call in post.site.sent for it in call}
    last = list(said.values())[-1]
    assert last["cause"] == "unknown"
    assert said[last["replaces"]["id"]]["cause"] in ("third-party", "unknown")
