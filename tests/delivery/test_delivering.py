"""Whatever a receiver does: every revision arrives, in order and under one id, or is put aside with
a reason and can be recovered; nothing is skipped; and no receiver is another one's concern."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.delivery.backoff import LONGEST_MS
from hub.delivery.outcome import Ruling
from hub.delivery.revision import Filter
from hub.delivery.subscription import Lane, Life, Subscription, recover
from hub.domain.time import Instant
from hub.streams.seam import Position, Record
from tests.delivery.simulation import Asked, Dies, DownFor, Site, Step, run
from tests.delivery.subscribing import (
    BROKEN,
    DAY_MS,
    GONE,
    HANGS,
    HOUR_MS,
    NOW,
    REDIRECTS,
    REJECTS,
    RESETS,
    TAKEN,
    busy,
    subscribed,
    told,
)

GEMEENTEN: Final = ("0988", "0957")
WEERT_ONLY: Final = Filter(gemeenten=frozenset({"0988"}))

steps: st.SearchStrategy[Step] = st.one_of(
    st.sampled_from([TAKEN, BROKEN, HANGS, RESETS, REJECTS, REDIRECTS, GONE]),
    st.sampled_from([0, 1, 90, 7200, 90_000]).map(busy),
    st.booleans().map(Dies),
    st.sampled_from([1, 24, 80]).map(DownFor),
)
scripts = st.lists(steps, max_size=12)
asks = st.lists(
    st.builds(Asked, st.integers(NOW, NOW + 4 * DAY_MS), st.integers(0, 30)), max_size=2
)


@st.composite
def streams(draw: st.DrawFn) -> list[Record]:
    """Positions with gaps, as on Kafka; of two gemeenten, within a few days."""
    shapes = st.tuples(st.integers(1, 5), st.sampled_from(GEMEENTEN), st.integers(0, 30 * HOUR_MS))
    at, when, stream = 0, NOW, []
    for gap, gemeente, pause_ms in draw(st.lists(shapes, min_size=1, max_size=10)):
        at, when = at + gap, when + pause_ms
        stream.append(told(at, gemeente=gemeente, when=when))
    return stream


def subscription_of(*, rate: int | None = None, wants: Filter | None = None) -> Subscription:
    return msgspec.structs.replace(subscribed(rate=rate), wants=wants or Filter())


def wanted(site: Site, stream: list[Record]) -> list[Position]:
    gemeenten = site.subscription.wants.gemeenten or set(GEMEENTEN)
    return [it.at for it in stream if msgspec.json.decode(it.value or b"")["gemeente"] in gemeenten]


def check_history(site: Site, stream: list[Record]) -> None:
    """What must be true of any run that came to rest."""
    expected = wanted(site, stream)
    received = {it.position for it in site.attempts if it.is_received}
    put_aside = {position for position, reason in site.dead_letters if reason}
    assert received | put_aside == set(expected)
    # In order, and nothing skipped: the next one begins only when the one before it is decided.
    live = [it for it in site.attempts if it.lane is Lane.LIVE]
    assert list(dict.fromkeys(it.position for it in live)) == expected
    for one, next_one in pairwise(live):
        if one.position != next_one.position:
            assert one.position < next_one.position
            assert one.outcome is not None
            assert one.outcome.ruling in (Ruling.DONE, Ruling.PARK)
    # One id a revision, and one revision an id.
    ids = defaultdict(set)
    for attempt in site.attempts:
        ids[attempt.position].add(attempt.webhook_id)
    assert all(len(it) == 1 for it in ids.values())
    assert len({name for it in ids.values() for name in it}) == len(ids)
    assert site.subscription.life is Life.ACTIVE
    assert site.subscription.cursor >= stream[-1].at
    check_patience(site)


def check_patience(site: Site) -> None:
    """Nobody is asked before the instant that they named, unless the party itself resumed."""
    for one, next_one in pairwise(site.attempts):
        if one.outcome is None or one.outcome.ruling is not Ruling.RETRY:
            continue
        if any(one.at < acted <= next_one.at for acted in site.acted_at):
            continue
        # The last of the 75 hours may follow soon after the one before it, but never at once.
        assert next_one.at - one.at >= max(one.outcome.retry_after_ms or 0, 1)


def recovered_whole(site: Site, stream: list[Record]) -> None:
    """The party recovers everything: it all arrives once more, under the ids that it had."""
    ids = {it.position: it.webhook_id for it in site.attempts}
    cursor, end = site.subscription.cursor, stream[-1].appended_at + 100 * DAY_MS
    again = Site(recover(site.subscription, 0), [])
    run([again], stream, end)
    assert [it.position for it in again.attempts] == wanted(site, stream)
    assert all(it.is_received and it.webhook_id == ids[it.position] for it in again.attempts)
    assert {it.lane for it in again.attempts} <= {Lane.RECOVERY}
    assert again.subscription.cursor == cursor
    assert (again.subscription.parked, again.subscription.recovery) == ((), None)


@settings(max_examples=100, deadline=None)
@given(streams(), scripts, st.sampled_from([None, 1, 60]), st.booleans(), st.integers(0, 99))
def test_every_revision_arrives_in_order_or_is_put_aside_and_recovered(
    stream: list[Record], script: list[Step], rate: int | None, is_filtered: bool, seed: int
) -> None:
    wants = WEERT_ONLY if is_filtered else Filter()
    site = Site(subscription_of(rate=rate, wants=wants), script, seed=seed)
    run([site], stream)
    check_history(site, stream)
    recovered_whole(site, stream)


@settings(max_examples=100, deadline=None)
@given(streams(), scripts, asks, st.integers(0, 99))
def test_recovering_at_any_moment_neither_moves_nor_disturbs_what_is_live(
    stream: list[Record], script: list[Step], asked: list[Asked], seed: int
) -> None:
    site = Site(subscription_of(), script, asked, seed)
    run([site], stream)
    check_history(site, stream)
    assert site.subscription.recovery is None


@settings(max_examples=60, deadline=None)
@given(streams(), scripts, scripts, st.integers(0, 99))
def test_one_subscription_never_influences_another(
    stream: list[Record], script: list[Step], neighbours: list[Step], seed: int
) -> None:
    alone = Site(subscription_of(), script, seed=seed)
    run([alone], stream)
    beside = Site(subscription_of(), script, seed=seed)
    run([Site(subscription_of(wants=WEERT_ONLY), neighbours), beside], stream)
    assert beside.attempts == alone.attempts
    assert beside.subscription == alone.subscription


@pytest.mark.parametrize("hours", [24, 74])
def test_a_receiver_that_was_down_has_everything_within_an_hour_of_being_back(hours: int) -> None:
    stream = [told(at, when=NOW + at * HOUR_MS) for at in range(1, 20)]
    site = Site(subscription_of(), [DownFor(hours)])
    run([site], stream)
    check_history(site, stream)
    back = NOW + HOUR_MS + hours * HOUR_MS
    arrived = [it.at for it in site.attempts if it.is_received]
    assert back <= arrived[0]
    assert arrived[-1] <= back + LONGEST_MS
    assert site.acted_at == []


def test_after_75_hours_it_is_paused_keeps_everything_and_goes_on_when_resumed() -> None:
    stream = [told(at, when=NOW + at * HOUR_MS) for at in range(1, 20)]
    site = Site(subscription_of(), [DownFor(76)])
    run([site], stream)
    check_history(site, stream)
    assert len(site.acted_at) == 1
    failed = [it.at for it in site.attempts if not it.is_received]
    assert failed[-1] - failed[0] == 75 * HOUR_MS


def test_a_receiver_with_a_wrong_path_loses_nothing_for_good() -> None:
    stream = [told(at) for at in range(1, 6)]
    site = Site(subscription_of(), [REJECTS] * 5)
    run([site], stream)
    assert site.dead_letters == [(at, "rejected") for at in range(1, 6)]
    recovered_whole(site, stream)


def test_what_was_taken_when_the_hub_died_comes_again_under_its_id() -> None:
    stream: list[Record] = [told(1), told(2)]
    when: Instant = NOW
    site = Site(subscription_of(), [Dies(is_taken=True)])
    run([site], stream, when)
    assert [it.webhook_id for it in site.attempts] == ["al-1_1", "al-1_1", "al-2_2"]
