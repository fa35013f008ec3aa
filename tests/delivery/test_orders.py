"""Orders of a party, and what is kept: neither undoes the other, and none counts twice."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.delivery.kept import Access, Kept
from hub.delivery.orders import (
    Change,
    Consented,
    Order,
    Pause,
    Recover,
    Remove,
    Resume,
    Subscribe,
    Try,
    folded,
)
from hub.delivery.revision import Filter
from hub.delivery.subscription import Life, Stretch
from hub.domain.time import Instant
from hub.streams.seam import Cursor
from tests.delivery.subscribing import NOW

HERE, THERE = "https://one.example/in", "https://two.example/in"
SUBSCRIBE = Subscribe(party="gemeente-weert", endpoint=HERE, after=7, numbered_by="n", at=NOW)
CONSENTED = Consented(HERE, 60)
MOVED = Change(endpoint=THERE, wants=Filter(), contact=None, access=None)


def cursor_at(_party: str, since: Instant) -> Cursor:
    return 3 if since < NOW else 99


def after(*orders: Order, kept: Kept | None = None) -> Kept | None:
    return folded(kept, "sb-1", list(enumerate(orders, 1)), cursor_at)


def must(kept: Kept | None) -> Kept:
    assert kept is not None
    return kept


def test_a_subscription_begins_where_its_party_was() -> None:
    kept = must(after(SUBSCRIBE))
    assert kept.subscription.cursor == 7
    assert kept.subscription.life is Life.UNVERIFIED


def test_one_that_asks_for_earlier_begins_there() -> None:
    kept = must(after(replace(SUBSCRIBE, since=NOW - 1)))
    assert kept.subscription.cursor == 3


def test_consent_for_an_address_that_was_left_meanwhile_is_none() -> None:
    assert must(after(SUBSCRIBE, MOVED, CONSENTED)).subscription.life is Life.UNVERIFIED
    assert must(after(SUBSCRIBE, CONSENTED)).subscription.life is Life.ACTIVE


def test_another_address_or_access_is_verified_anew_and_another_filter_is_not() -> None:
    active = must(after(SUBSCRIBE, CONSENTED))
    wants = Filter(rules=frozenset({"rent-arrears"}))
    filtered = Change(endpoint=HERE, wants=wants, contact="a@b.example", access=None)
    kept = must(folded(active, "sb-1", [(9, filtered)], cursor_at))
    assert (kept.subscription.life, kept.subscription.wants) == (Life.ACTIVE, wants)
    assert kept.contact == "a@b.example"
    behind = replace(filtered, access=Access("https://idp.example/token", "seintje"))
    for order in (MOVED, behind):
        kept = must(folded(active, "sb-1", [(9, order)], cursor_at))
        assert kept.subscription.life is Life.UNVERIFIED


def test_pause_resume_recover_and_test() -> None:
    paused = must(after(SUBSCRIBE, CONSENTED, Pause()))
    assert paused.subscription.life is Life.PAUSED
    going = must(folded(paused, "sb-1", [(9, Resume()), (10, Recover(NOW - 1))], cursor_at))
    assert going.subscription.life is Life.ACTIVE
    assert going.subscription.recovery == Stretch(3, 7)
    assert must(folded(going, "sb-1", [(11, Try(NOW))], cursor_at)).tests == (NOW,)


def test_what_makes_no_sense_any_more_changes_nothing() -> None:
    kept = must(after(SUBSCRIBE))
    assert must(folded(kept, "sb-1", [(5, Pause()), (6, Resume())], cursor_at)) == replace(
        kept, applied=6
    )


def test_after_its_end_a_subscription_does_not_come_back() -> None:
    assert after(SUBSCRIBE, Remove(), Pause(), CONSENTED) is None


ORDERS = st.lists(
    st.sampled_from(
        [CONSENTED, MOVED, replace(MOVED, endpoint=HERE), Pause(), Resume(), Recover(NOW - 1)]
    ),
    max_size=8,
)


@given(ORDERS, st.data())
def test_orders_that_are_found_again_are_not_carried_out_again(
    orders: Sequence[Order], data: st.DataObject
) -> None:
    placed = list(enumerate([SUBSCRIBE, *orders], 1))
    whole = folded(None, "sb-1", placed, cursor_at)
    cut = data.draw(st.integers(0, len(placed)))
    found_again = data.draw(st.integers(0, cut))
    kept = folded(None, "sb-1", placed[:cut], cursor_at)
    if kept is None:
        found_again = 0
    assert folded(kept, "sb-1", placed[found_again:], cursor_at) == whole
