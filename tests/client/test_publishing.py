"""Publishing: nothing lost, nothing twice, in order, and each refusal told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hub.client import AsyncClient, Conflict, Declined, Misconfigured, Unavailable, spool
from hub.wire.cloudevents import MAX_EVENT_BYTES
from tests.client.site import Connect, Naps, Plan, Site, repaired
from tests.gateway.desk import MAAS
from tests.streams.world import Event

BSN = "111222333"  # passes the elfproef, and is nobody's
FUTURE = "2030-01-01"


def ids(sent: list[list[Event]]) -> list[list[str]]:
    return [[event["id"] for event in call] for call in sent]


def kept(folder: Path) -> bytes:
    """Every byte of the state of the corporatie, journals included."""
    return b"".join(it.read_bytes() for it in folder.glob(f"{MAAS}.db*"))


def in_the_future(id_: str) -> Event:
    event: dict[str, Any] = dict(repaired(id_))
    return event | {"data": event["data"] | {"occurredAt": FUTURE}}


async def test_what_is_published_is_accepted_and_has_a_receipt(client: AsyncClient) -> None:
    event = repaired("a")
    [outcome] = await client.publish(event)
    assert (outcome.source, outcome.id, outcome.status) == (event["source"], "a", "accepted")
    assert outcome.receipt_id is not None
    assert (await client.receipt(outcome.receipt_id)).id == "a"
    assert client.pending == 0


async def test_what_is_published_again_is_not_sent_again(client: AsyncClient, site: Site) -> None:
    first = await client.publish(repaired("a"))
    again = await client.publish(dict(reversed(list(repaired("a").items()))))
    assert again == first
    assert ids(site.sent) == [["a"]]


async def test_also_after_a_restart_it_is_not_sent_again(connect: Connect, site: Site) -> None:
    client = connect()
    first = await client.publish(repaired("a"))
    await client.close()
    assert await connect().publish(repaired("a")) == first
    assert ids(site.sent) == [["a"]]


async def test_made_again_in_another_trace_an_event_is_the_same(
    client: AsyncClient, site: Site
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    first = await client.publish({**repaired("a"), "traceparent": trace})
    assert await client.publish({**repaired("a"), "traceparent": trace[::-1]}) == first
    assert await client.publish(repaired("a")) == first
    assert [event["traceparent"] for call in site.sent for event in call] == [trace]


async def test_other_content_under_the_same_id_is_a_conflict_and_nothing_is_kept(
    client: AsyncClient, site: Site
) -> None:
    await client.publish(repaired("a", cost=1))
    with pytest.raises(Conflict) as caught:
        await client.publish(repaired("b"), repaired("a", cost=2))
    assert (caught.value.position, caught.value.id) == (1, "a")
    assert client.pending == 0
    assert ids(site.sent) == [["a"]]


async def test_what_waits_cannot_be_changed_either(client: AsyncClient) -> None:
    await client.hand_over(repaired("a", cost=1))
    with pytest.raises(Conflict):
        await client.hand_over(repaired("a", cost=2))


async def test_a_refusal_is_told_and_kept_and_the_others_go_on(client: AsyncClient) -> None:
    good, bad, also_good = await client.publish(repaired("a"), in_the_future("b"), repaired("c"))
    assert [good.status, bad.status, also_good.status] == ["accepted", "refused", "accepted"]
    assert bad.problem is not None
    assert (bad.problem.slug, bad.problem.status) == ("in-the-future", 400)
    [refusal] = await client.refusals()
    assert (refusal.id, refusal.problem, refusal.event) == ("b", bad.problem, in_the_future("b"))
    await client.dismiss(refusal)
    assert await client.refusals() == ()


async def test_of_a_refusal_the_violations_are_told(client: AsyncClient) -> None:
    [outcome] = await client.publish(repaired("a", cause="bad luck"))
    assert outcome.problem is not None
    assert outcome.problem.slug == "schema-violation"
    assert [it.path for it in outcome.problem.violations] == ["data.cause"]


async def test_a_refusal_is_never_tried_again(client: AsyncClient, site: Site, naps: Naps) -> None:
    await client.publish(in_the_future("a"))
    assert await client.flush() == ()
    assert ids(site.sent) == [["a"]]
    assert naps.taken == []


async def test_what_was_refused_may_be_said_better(client: AsyncClient) -> None:
    await client.publish(in_the_future("a"))
    [outcome] = await client.publish(repaired("a"))
    assert outcome.status == "accepted"
    assert await client.refusals() == ()


async def test_a_burgerservicenummer_does_not_stay_in_the_state_file(
    client: AsyncClient, tmp_path: Path
) -> None:
    [outcome] = await client.publish(repaired("a", remark=BSN))
    assert outcome.problem is not None
    assert outcome.problem.slug == "bsn-found"
    [refusal] = await client.refusals()
    assert refusal.event is None
    assert BSN.encode() not in kept(tmp_path)


async def test_of_what_the_hub_has_nothing_but_a_digest_stays(
    client: AsyncClient, tmp_path: Path
) -> None:
    await client.hand_over(repaired("a"))
    assert b"damage-repaired" in kept(tmp_path)
    await client.flush()
    assert b"damage-repaired" not in kept(tmp_path)


async def test_what_is_handed_over_is_sent_by_flush_in_order(
    client: AsyncClient, site: Site
) -> None:
    await client.hand_over(repaired("c"), repaired("a"))
    await client.hand_over(repaired("b"))
    assert (client.pending, site.sent) == (3, [])
    assert [it.id for it in await client.flush()] == ["c", "a", "b"]
    assert ids(site.sent) == [["c", "a", "b"]]
    assert await client.flush() == ()


async def test_more_than_goes_in_one_call_goes_in_several(client: AsyncClient, site: Site) -> None:
    letters = [f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstu"]
    await client.hand_over(*[repaired(it) for it in letters])
    outcomes = await client.flush()
    assert [it.id for it in outcomes] == letters
    assert [len(call) for call in site.sent] == [500, len(letters) - 500]


async def test_while_the_hub_is_away_events_wait_and_then_go_in_order(
    connect: Connect, site: Site, naps: Naps
) -> None:
    client = connect()
    await site.go()
    [first] = await client.publish(repaired("a"))
    assert first.status == "pending"
    with pytest.raises(Unavailable):
        await client.flush()
    await client.close()
    await site.come()
    client = connect()
    assert client.pending == 1
    await client.publish(repaired("b"))
    assert ids(site.sent) == [["a", "b"]]
    assert naps.taken == [1.0, 2.0, 4.0] * 2


async def test_a_hub_that_comes_back_in_time_gets_them_at_once(
    client: AsyncClient, site: Site, naps: Naps
) -> None:
    await site.go()
    naps.meanwhile[2] = site.come
    [outcome] = await client.publish(repaired("a"))
    assert outcome.status == "accepted"
    assert naps.taken == [1.0, 2.0]


async def test_it_waits_for_as_long_as_the_hub_asks(
    connect: Connect, site: Site, naps: Naps
) -> None:
    client = connect()
    site.plans += [Plan(503, {"Retry-After": "7"}), Plan(429, {"Retry-After": "3"})]
    [outcome] = await client.publish(repaired("a"))
    assert outcome.status == "accepted"
    assert naps.taken == [8.0, 4.0]  # and the jitter of this policy


async def test_when_it_asks_for_very_long_that_is_told_at_once(
    client: AsyncClient, site: Site, naps: Naps
) -> None:
    site.plans.append(Plan(503, {"Retry-After": "900"}))
    await client.hand_over(repaired("a"))
    with pytest.raises(Unavailable) as caught:
        await client.flush()
    assert (caught.value.retry_after, naps.taken, client.pending) == (900.0, [], 1)


@pytest.mark.parametrize("status", [502, 504])
async def test_what_is_in_between_and_fails_is_tried_again(
    status: int, client: AsyncClient, site: Site, naps: Naps
) -> None:
    site.plans += [Plan(status), Plan(status)]
    [outcome] = await client.publish(repaired("a"))
    assert (outcome.status, naps.taken) == ("accepted", [1.0, 2.0])


async def test_an_event_whose_answer_was_lost_is_sent_again_as_it_was(
    client: AsyncClient, site: Site
) -> None:
    site.plans.append(Plan(502, kept=True))
    [outcome] = await client.publish(repaired("a"))
    assert outcome.status == "duplicate"
    assert site.sent == [[repaired("a")]] * 2


async def test_a_key_that_is_not_in_force_is_told_and_the_events_stay(
    connect: Connect, site: Site, naps: Naps
) -> None:
    client = connect(key="sk_nobody")
    with pytest.raises(Declined) as caught:
        await client.publish(repaired("a"))
    assert (caught.value.status, caught.value.slug) == (401, "unauthenticated")
    assert (client.pending, len(site.sent), naps.taken) == (1, 1, [])


async def test_a_fault_of_the_hub_is_told_and_the_events_stay(
    client: AsyncClient, site: Site, naps: Naps
) -> None:
    site.plans.append(Plan(500))
    with pytest.raises(Declined, match="http-500"):
        await client.publish(repaired("a"))
    assert (client.pending, naps.taken) == (1, [])


async def test_a_batch_that_is_too_large_for_what_is_in_between_is_sent_in_parts(
    client: AsyncClient, site: Site
) -> None:
    site.plans += [Plan(413), Plan(413)]
    outcomes = await client.publish(repaired("a"), repaired("b"), repaired("c"))
    assert {it.status for it in outcomes} == {"accepted", "refused"}
    assert ids(site.sent) == [["a", "b", "c"], ["a"], ["b", "c"]]


async def test_what_answers_there_and_is_no_hub_takes_nothing(
    client: AsyncClient, site: Site
) -> None:
    site.plans += [
        Plan(202, {"Content-Type": "application/json"}, b'{"receipts": []}'),
        Plan(200, {"Content-Type": "text/html"}, b"<h1>Log in</h1>"),
        Plan(
            202,
            {"Content-Type": "application/json"},
            b'{"receipts": [{"position": 0, "status": "refused"}]}',
        ),
    ]
    with pytest.raises(Misconfigured):
        await client.publish(repaired("a"))
    with pytest.raises(Declined, match="http-200"):
        await client.flush()
    with pytest.raises(Misconfigured):
        await client.flush()
    assert client.pending == 1
    [outcome] = await client.flush()
    assert outcome.status == "accepted"


async def test_a_flush_that_ends_halfway_has_noted_what_was_answered(
    client: AsyncClient, site: Site
) -> None:
    site.plans += [Plan(413), None, Plan(503, {"Retry-After": "900"})]
    await client.hand_over(repaired("a"), repaired("b"))
    with pytest.raises(Unavailable):
        await client.flush()
    assert client.pending == 1
    await client.flush()
    assert ids(site.sent) == [["a", "b"], ["a"], ["b"], ["b"]]


async def test_of_two_that_send_at_once_one_waits_for_the_other(
    client: AsyncClient, site: Site, naps: Naps
) -> None:
    others: list[asyncio.Task[Any]] = []

    async def another() -> None:
        others.append(asyncio.create_task(client.publish(repaired("b"))))

    site.plans.append(Plan(503))
    naps.meanwhile[1] = another
    [first] = await client.publish(repaired("a"))
    [[second]] = await asyncio.gather(*others)
    assert (first.status, second.status) == ("accepted", "accepted")
    sent = [id_ for call in ids(site.sent)[1:] for id_ in call]
    assert sent == ["a", "b"]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"id": "a"}, id="no source"),
        pytest.param({"id": 1, "source": "urn:x"}, id="an id that is no text"),
        pytest.param({"id": "a", "source": ""}, id="an empty source"),
        pytest.param(repaired("a", remark="x" * MAX_EVENT_BYTES), id="too large"),
    ],
)
async def test_no_event_is(event: Event, client: AsyncClient) -> None:
    with pytest.raises(ValueError, match="event 1"):
        await client.hand_over(repaired("b"), event)
    assert client.pending == 0


def test_an_event_may_be_as_large_as_the_hub_takes() -> None:
    assert spool.MAX_EVENT_BYTES == MAX_EVENT_BYTES
