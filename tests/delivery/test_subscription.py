"""A subscription by example: what it sends, what an answer does to it, what a party may ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec
import pytest

import hub.delivery.subscription as module
from hub.delivery.backoff import FIRST_MS, PATIENCE_MS
from hub.delivery.handshake import Consent
from hub.delivery.outcome import Outcome, Reason
from hub.delivery.revision import Ahead, Filter
from hub.delivery.subscription import (
    MOST_ATTEMPTS,
    MOST_PARKED,
    MOST_REFUSED,
    NEXT,
    Lane,
    Lanes,
    Life,
    NotNow,
    Stretch,
    Subscription,
    Waits,
    Wake,
    Why,
    after,
    after_test,
    next_for,
    passed_over,
    pause,
    recover,
    resume,
    to_verify,
    verified,
)
from hub.domain.time import NEVER, Instant
from hub.errors import Bug
from hub.streams.seam import Record
from tests.delivery.subscribing import (
    BROKEN,
    GONE,
    HOUR_MS,
    NOW,
    REDIRECTS,
    REJECTS,
    TAKEN,
    busy,
    decided,
    must,
    sending,
    subscribed,
    told,
)

STREAM: Final = [told(3), told(5), told(8)]


def tried(subscription: Subscription, outcome: Outcome, now: Instant = NOW) -> Subscription:
    """After one attempt at what is next."""
    passed, send = sending(subscription, STREAM, now)
    return after(passed, send, outcome, now, jitter=1)


def failing_since(since: Instant) -> Subscription:
    return tried(subscribed(), BROKEN, since)


def in_life(life: Life) -> Subscription:
    active = subscribed()
    return {
        Life.UNVERIFIED: to_verify(active, active.endpoint),
        Life.ACTIVE: active,
        Life.FAILING: tried(active, BROKEN),
        Life.PAUSED: must(pause(active)),
        Life.DISABLED: tried(active, GONE),
    }[life]


@pytest.mark.parametrize("life", list(Life))
def test_only_active_and_failing_ones_send(life: Life) -> None:
    _, todo = decided(in_life(life), STREAM, NOW + HOUR_MS)
    if life in (Life.ACTIVE, Life.FAILING):
        assert not isinstance(todo, Wake)
    else:
        assert todo == Wake(NEVER, Waits.NOT_SENDING)


def test_revisions_go_one_at_a_time_in_the_order_of_the_stream() -> None:
    subscription, sent = subscribed(), []
    for _ in STREAM:
        subscription, send = sending(subscription, STREAM, NOW)
        sent.append(send.revision.webhook_id)
        subscription = after(subscription, send, TAKEN, NOW, 0)
    assert sent == ["al-3_3", "al-5_5", "al-8_8"]
    assert subscription.cursor == 8
    assert decided(subscription, STREAM, NOW)[1] == Wake(NEVER, Waits.NOTHING_NEW)


def test_what_failed_holds_back_what_comes_after_it_until_it_is_tried_again() -> None:
    subscription = tried(subscribed(), BROKEN)
    assert (subscription.life, subscription.cursor) == (Life.FAILING, 0)
    assert decided(subscription, STREAM, NOW)[1] == Wake(NOW + FIRST_MS, Waits.LATER)
    again, send = sending(subscription, STREAM, NOW + FIRST_MS)
    assert send.revision.webhook_id == "al-3_3"
    taken = after(again, send, TAKEN, NOW + FIRST_MS, 0)
    assert (taken.life, taken.streak, taken.cursor) == (Life.ACTIVE, None, 3)


def test_a_receiver_that_says_when_is_left_alone_until_then() -> None:
    subscription = tried(subscribed(), busy(7200))
    assert decided(subscription, STREAM, NOW)[1] == Wake(NOW + 2 * HOUR_MS, Waits.LATER)


def test_a_receiver_that_fails_for_75_hours_is_paused_and_keeps_its_revisions() -> None:
    subscription = tried(failing_since(NOW), BROKEN, NOW + PATIENCE_MS - 1)
    assert subscription.life is Life.FAILING
    subscription = tried(subscription, BROKEN, NOW + PATIENCE_MS)
    assert (subscription.life, subscription.why) == (Life.PAUSED, Why.FAILED_TOO_LONG)
    assert subscription.cursor == 0
    resumed = must(resume(subscription))
    later = NOW + PATIENCE_MS + 1
    assert sending(resumed, STREAM, later)[1].revision.webhook_id == "al-3_3"
    # With all its patience again.
    assert tried(resumed, BROKEN, later).life is Life.FAILING


def test_a_success_begins_the_75_hours_anew() -> None:
    taken = tried(failing_since(NOW), TAKEN, NOW + PATIENCE_MS - 1)
    assert tried(taken, BROKEN, NOW + PATIENCE_MS).life is Life.FAILING


def test_a_revision_that_is_refused_is_put_aside_and_the_next_one_goes() -> None:
    subscription = tried(subscribed(), REJECTS)
    assert (subscription.life, subscription.cursor) == (Life.ACTIVE, 3)
    [parked] = subscription.parked
    assert (parked.webhook_id, parked.position, parked.status) == ("al-3_3", 3, 404)
    assert sending(subscription, STREAM, NOW)[1].revision.webhook_id == "al-5_5"


def test_what_was_put_aside_can_be_sent_again_and_is_then_no_longer() -> None:
    subscription = tried(tried(subscribed(), REJECTS), TAKEN)
    redriven = recover(subscription, since=2, until=3)
    assert redriven.recovery == Stretch(2, 3)
    passed, send = sending(redriven, STREAM, NOW)
    assert (send.revision.webhook_id, send.lane) == ("al-3_3", Lane.RECOVERY)
    taken = after(passed, send, TAKEN, NOW, 0)
    assert (taken.parked, taken.recovery, taken.cursor) == ((), None, 5)


def test_a_receiver_that_is_gone_gets_nothing_more_until_it_consents_again() -> None:
    subscription = tried(subscribed(), GONE)
    assert (subscription.life, subscription.why) == (Life.DISABLED, Why.GONE)
    assert subscription.cursor == 0
    asked = to_verify(subscription, "https://elsewhere.example/")
    assert decided(asked, STREAM, NOW)[1] == Wake(NEVER, Waits.NOT_SENDING)
    again = must(verified(asked, Consent(None)))
    send = sending(again, STREAM, NOW)[1]
    assert (send.revision.webhook_id, send.endpoint) == ("al-3_3", "https://elsewhere.example/")


def test_what_is_not_wanted_is_passed_over_and_not_sent() -> None:
    stream = [told(1), told(2, gemeente="0957"), told(3), told(4, gemeente="0957")]
    wants = Filter(gemeenten=frozenset({"0957"}))
    subscription = msgspec.structs.replace(subscribed(), wants=wants)
    passed, send = sending(subscription, stream, NOW)
    assert (passed.cursor, send.revision.at) == (1, 2)
    passed, send = sending(after(passed, send, TAKEN, NOW, 0), stream, NOW)
    assert (passed.cursor, send.revision.at) == (3, 4)
    # Nor when all that is read is unwanted, or was compacted away.
    left = [told(1), Record(9, b"", None, {}, NOW)]
    passed, todo = decided(subscription, left, NOW)
    assert (passed.cursor, todo) == (9, Wake(NOW, Waits.READ_ON))
    assert decided(passed, left, NOW)[1] == Wake(NEVER, Waits.NOTHING_NEW)


def test_recovery_and_what_is_new_take_turns() -> None:
    stream = [told(at) for at in range(1, 7)]
    subscription = recover(subscribed(cursor=3), since=0)
    sent = []
    for _ in range(6):
        subscription, send = sending(subscription, stream, NOW)
        sent.append((send.lane.value, send.revision.at))
        subscription = after(subscription, send, TAKEN, NOW, 0)
    assert sent == [
        ("live", 4), ("recovery", 1), ("live", 5), ("recovery", 2), ("live", 6), ("recovery", 3),
    ]  # fmt: skip
    assert (subscription.recovery, subscription.cursor) == (None, 6)


def test_recovering_ends_with_what_follows_where_its_end_was_compacted_away() -> None:
    subscription = recover(subscribed(cursor=9), since=4)
    # Nothing is to be read after 4; the reader may be behind, so it is not given up.
    passed, todo = decided(subscription, [told(1)], NOW)
    assert (passed.recovery, todo) == (Stretch(4, 9), Wake(NEVER, Waits.NOTHING_NEW))
    passed, send = sending(passed, [told(1), told(12)], NOW)
    assert (passed.recovery, send.lane, send.revision.at) == (None, Lane.LIVE, 12)


def test_a_recovery_that_was_asked_for_after_reading_is_read_first() -> None:
    subscription = recover(subscribed(cursor=9), since=4)
    todo = next_for(subscription, Lanes(Ahead(9, (), None)), NOW)
    assert todo == Wake(NOW, Waits.READ_ON)


@pytest.mark.parametrize(
    ("since", "until", "left"),
    [
        pytest.param(4, None, Stretch(4, 9), id="up to the live cursor"),
        pytest.param(4, 6, Stretch(4, 6), id="only some"),
        pytest.param(4, 99, Stretch(4, 9), id="what is to come comes by itself"),
        pytest.param(9, None, None, id="nothing since"),
        pytest.param(6, 6, None, id="nothing between"),
    ],
)
def test_recovering_does_not_move_the_live_cursor(
    since: int, until: int | None, left: Stretch | None
) -> None:
    subscription = recover(subscribed(cursor=9), since, until)
    assert (subscription.recovery, subscription.cursor) == (left, 9)


def test_recovering_twice_covers_both() -> None:
    once = recover(subscribed(cursor=9), 6, 7)
    assert recover(once, 2, 4).recovery == Stretch(2, 7)
    assert recover(once, 8).recovery == Stretch(6, 9)


def test_a_recovery_begun_anew_meanwhile_skips_nothing() -> None:
    stream = [told(at) for at in range(1, 7)]
    subscription, send = sending(recover(subscribed(cursor=6), since=4), stream, NOW)
    assert send.revision.at == 5
    meanwhile = recover(subscription, since=0)
    answered = after(meanwhile, send, TAKEN, NOW, 0)
    assert answered.recovery == Stretch(0, 6)


def test_what_was_read_after_another_cursor_is_a_bug_rather_than_a_gap() -> None:
    late = Lanes(Ahead.of(5, [told(8)]))
    with pytest.raises(Bug):
        passed_over(subscribed(), late)
    with pytest.raises(Bug):
        next_for(subscribed(), late, NOW)


def test_a_rate_spaces_what_is_sent() -> None:
    subscription = tried(subscribed(rate=7), TAKEN)
    assert decided(subscription, STREAM, NOW)[1] == Wake(NOW + 8572, Waits.LATER)


def test_a_rate_holds_for_what_is_tried_again_too() -> None:
    subscription = tried(subscribed(rate=1), BROKEN)
    assert decided(subscription, STREAM, NOW)[1] == Wake(NOW + 60_000, Waits.LATER)


@pytest.mark.parametrize("outcome", [TAKEN, BROKEN, busy(86_400)])
def test_a_clock_that_is_put_back_holds_nothing_up(outcome: Outcome) -> None:
    subscription = tried(subscribed(rate=1), outcome)
    assert isinstance(decided(subscription, STREAM, NOW)[1], Wake)
    assert not isinstance(decided(subscription, STREAM, NOW - 25 * HOUR_MS)[1], Wake)


def test_the_cursor_never_goes_back() -> None:
    passed, send = sending(subscribed(), STREAM, NOW)
    uninterested = msgspec.structs.replace(passed, wants=Filter(rules=frozenset({"nuisance"})))
    further, _ = decided(uninterested, STREAM, NOW)
    assert further.cursor == 8
    assert after(further, send, TAKEN, NOW, 0).cursor == 8


def test_what_was_delivered_counts_though_the_party_paused_meanwhile() -> None:
    passed, send = sending(subscribed(), STREAM, NOW)
    paused = must(pause(passed))
    taken = after(paused, send, TAKEN, NOW, 0)
    assert (taken.life, taken.cursor) == (Life.PAUSED, 3)
    failed = after(paused, send, BROKEN, NOW, 0)
    assert (failed.life, failed.cursor) == (Life.PAUSED, 0)
    assert after(paused, send, GONE, NOW, 0).life is Life.DISABLED


@pytest.mark.parametrize("outcome", [TAKEN, BROKEN, GONE, REJECTS])
def test_an_answer_of_a_former_address_is_only_noted(outcome: Outcome) -> None:
    passed, send = sending(subscribed(), STREAM, NOW)
    moved = to_verify(passed, "https://elsewhere.example/")
    again = must(verified(moved, Consent(None)))
    for now in (moved, again):
        answered = after(now, send, outcome, NOW, 0)
        assert (answered.life, answered.cursor, answered.parked) == (now.life, 0, ())
        assert len(answered.attempts) == 1


def test_a_test_is_noted_and_changes_nothing_else() -> None:
    for life in Life:
        before = in_life(life)
        tested = after_test(before, "test_sub-1_1", GONE, NOW)
        assert tested.attempts[-1].lane is Lane.TEST
        assert msgspec.structs.replace(tested, attempts=before.attempts) == before


@pytest.mark.parametrize("life", list(Life))
def test_what_makes_no_sense_now_is_refused_with_the_life(life: Life) -> None:
    subscription = in_life(life)
    asked = {
        "verify": verified(subscription, Consent(1)),
        "pause": pause(subscription),
        "resume": resume(subscription),
    }
    possible = {name for name, found in asked.items() if not isinstance(found, NotNow)}
    assert (
        possible
        == {
            Life.UNVERIFIED: {"verify"},
            Life.ACTIVE: {"pause"},
            Life.FAILING: {"pause"},
            Life.PAUSED: {"resume"},
            Life.DISABLED: set(),
        }[life]
    )
    assert {found.life for found in asked.values() if isinstance(found, NotNow)} <= {life}


def test_the_newest_attempts_and_parked_revisions_are_kept() -> None:
    stream = [told(at) for at in range(1, MOST_PARKED + 21)]
    subscription = subscribed()
    for _ in stream:
        if subscription.life is Life.PAUSED:
            subscription = must(resume(subscription))
        subscription, send = sending(subscription, stream, NOW)
        subscription = after(subscription, send, REJECTS, NOW, 0)
    assert [it.position for it in subscription.parked] == list(range(21, MOST_PARKED + 21))
    assert len(subscription.attempts) == MOST_ATTEMPTS
    assert subscription.attempts[-1].webhook_id == f"al-{MOST_PARKED + 20}_{MOST_PARKED + 20}"


def after_each(outcomes: Sequence[Outcome]) -> Subscription:
    """The subscription after these answers in turn."""
    stream = [told(at) for at in range(1, len(outcomes) + 1)]
    subscription, now = subscribed(), NOW
    for outcome in outcomes:
        subscription, send = sending(subscription, stream, now)
        subscription = after(subscription, send, outcome, now, 0)
        now = max(now, subscription.not_before)
    return subscription


def test_who_refuses_many_in_a_row_is_paused_before_all_that_comes_is_put_aside() -> None:
    almost = after_each([REJECTS] * (MOST_REFUSED - 1))
    assert almost.life is Life.ACTIVE
    paused = after_each([TAKEN, *[REJECTS] * (MOST_REFUSED - 2), BROKEN, REJECTS, REDIRECTS])
    assert (paused.life, paused.why) == (Life.PAUSED, Why.REFUSED_TOO_OFTEN)
    assert len(paused.parked) == MOST_REFUSED
    # Resumed, one that is refused is enough; one that is delivered ends the row.
    stream = [told(at) for at in range(1, 100)]
    resumed, send = sending(must(resume(paused)), stream, NOW + HOUR_MS)
    assert after(resumed, send, REJECTS, NOW + HOUR_MS, 0).life is Life.PAUSED
    taken, send = sending(after(resumed, send, TAKEN, NOW + HOUR_MS, 0), stream, NOW + HOUR_MS)
    assert after(taken, send, REJECTS, NOW + HOUR_MS, 0).life is Life.ACTIVE


def test_every_move_but_those_of_the_table_is_a_bug() -> None:
    for life in Life:
        for to in set(Life) - NEXT[life]:
            with pytest.raises(Bug):
                module._moved(in_life(life), to)


def test_the_drawing_is_the_table() -> None:
    arrows = re.findall(r"^ {4}([\w, ]*?) *→ (\w+)", module.__doc__ or "", re.MULTILINE)
    drawn: set[tuple[str, str]] = set()
    begins: list[str] = []
    for left, right in arrows:
        begins = left.split(", ") if left else begins
        drawn |= {(it, right) for it in (list(Life) if begins == ["any"] else begins)}
    table = {(it.value, to.value) for it, ends in NEXT.items() for to in ends}
    assert drawn == table


def test_a_life_and_what_goes_with_it_cannot_differ() -> None:
    with pytest.raises(Bug):
        msgspec.structs.replace(subscribed(), life=Life.FAILING)
    with pytest.raises(Bug):
        msgspec.structs.replace(subscribed(), why=Why.ASKED)
    with pytest.raises(Bug):
        msgspec.structs.replace(subscribed(), life=Life.PAUSED, why=Why.GONE)


@pytest.mark.parametrize("life", list(Life))
def test_it_is_stored_and_read_back_as_it_was(life: Life) -> None:
    subscription = recover(
        tried(in_life(life), REJECTS) if life is Life.ACTIVE else in_life(life), -1
    )
    stored = msgspec.json.encode(subscription)
    assert msgspec.json.decode(stored, type=Subscription) == subscription


def test_no_address_stands_in_a_repr() -> None:
    secret = to_verify(subscribed(), "https://receiver.example/?access_token=t0k3n")
    again = must(verified(secret, Consent(None)))
    assert "t0k3n" not in repr(again) + repr(sending(again, STREAM, NOW))


def test_a_reason_of_every_attempt_is_kept() -> None:
    subscription = tried(tried(subscribed(), Outcome(Reason.UNTRUSTED)), TAKEN, NOW + HOUR_MS)
    assert [(it.reason.value, it.status) for it in subscription.attempts] == [
        ("untrusted", None),
        ("delivered", 204),
    ]
