"""`seintje subscriptions`: the webhooks of parties, for who runs the hub. What is ordered here is
what a party could order itself; addresses are shown without what stands behind a question mark."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, TypeAlias

import typer

from hub.cli.options import AsJson, DataAt, instant_of
from hub.cli.screen import Screen, screen_of
from hub.cli.showing import show, show_whole

if TYPE_CHECKING:
    from hub.cli.shelves import OpenShelf
    from hub.delivery.kept import Kept
    from hub.delivery.orders import Order
    from hub.delivery.subscription import Attempt, Parked

SubscriptionId: TypeAlias = Annotated[
    str, typer.Argument(metavar="SUBSCRIPTION", help="Its id, as the list shows it.")
]

_COLUMNS: Final = ("id", "party", "status", "why", "endpoint", "failingSince", "parked")
_OF_ATTEMPTS: Final = ("at", "webhookId", "lane", "reason", "status", "parked")
# By life: why an order makes no sense, in Dutch and in English.
_NOT_NOW: Final = {
    "unverified": (
        "de ontvanger heeft nog niet toegestemd",
        "its receiver has not consented yet",
    ),
    "active": ("het is niet gepauzeerd", "it is not paused"),
    "failing": ("het is niet gepauzeerd", "it is not paused"),
    "paused": ("het is al gepauzeerd", "it is paused already"),
    "disabled": (
        "het is uitgeschakeld: de ontvanger antwoordde met 410",
        "it is disabled: its receiver answered 410",
    ),
}


def list_subscriptions(
    ctx: typer.Context,
    party: Annotated[
        str | None, typer.Option("--party", metavar="ID", help="Only those of this party.")
    ] = None,
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """List the subscriptions of parties, the oldest first."""
    from hub.cli.shelves import shelf_of
    from hub.delivery.shelf import every

    screen = screen_of(ctx, as_json=as_json)
    with shelf_of(screen.environ, data) as shelf:
        found = shelf.ask(every).values()
    rows = [row_of(it) for it in found if party in (None, it.subscription.party)]
    show(screen, rows, _COLUMNS)


def show_subscription(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """Show one subscription whole.

    Exit 1 if there is none of this id.
    """
    from hub.cli.shelves import shelf_of

    screen = screen_of(ctx, as_json=as_json)
    with shelf_of(screen.environ, data) as shelf:
        found = kept_of(screen, shelf, subscription)
    show_whole(screen, row_of(found))


def list_attempts(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """List the last attempts, and what was put aside.

    The newest first. Exit 1 if there is no subscription of this id.
    """
    from hub.cli.shelves import shelf_of

    screen = screen_of(ctx, as_json=as_json)
    with shelf_of(screen.environ, data) as shelf:
        found = kept_of(screen, shelf, subscription).subscription
    aside = {it.webhook_id for it in found.parked}
    rows = [_attempt(it, aside) for it in reversed(found.attempts)]
    known = {it.webhook_id for it in found.attempts}
    rows += [_parked(it) for it in reversed(found.parked) if it.webhook_id not in known]
    show(screen, rows, _OF_ATTEMPTS)


def pause(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """Send nothing for now, and keep everything.

    Exit 1 if it is not being sent to.
    """
    from hub.delivery.orders import Pause

    _order(screen_of(ctx, as_json=as_json), data, subscription, Pause())


def resume(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """Go on where it stopped.

    Exit 1 if it is not paused.
    """
    from hub.delivery.orders import Resume

    _order(screen_of(ctx, as_json=as_json), data, subscription, Resume())


def recover(
    ctx: typer.Context,
    subscription: SubscriptionId,
    since: Annotated[
        str,
        typer.Option(metavar="T", help="From when on: 2026-03-01 or 2026-03-01T12:00:00+01:00."),
    ],
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Send once more what its party was told since an instant.

    As far back as it is kept: thirty days.
    """
    from hub.delivery.orders import Recover

    order = Recover(instant_of(since, "--since"))
    _order(screen_of(ctx, as_json=as_json), data, subscription, order)


def send_test(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """Send a test to its receiver.

    About nobody. `attempts` shows how it ended. Exit 1 if it may not be sent to.
    """
    from hub.clocks import SystemClock
    from hub.delivery.orders import Try

    order = Try(SystemClock().now())
    _order(screen_of(ctx, as_json=as_json), data, subscription, order)


def remove(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """Remove a subscription: nothing more is sent.

    What was not sent is not kept for it. Exit 1 if there is none of this id.
    """
    from hub.cli.shelves import shelf_of
    from hub.delivery.orders import Remove

    screen = screen_of(ctx, as_json=as_json)
    with shelf_of(screen.environ, data) as shelf:
        kept_of(screen, shelf, subscription)
        give(shelf, subscription, Remove())
    if not screen.shows_tables:
        screen.rows([{"id": subscription, "removed": True}])
    screen.remark(nl=f"{subscription} is weg", en=f"{subscription} is gone")


def kept_of(screen: Screen, shelf: OpenShelf, id_: str) -> Kept:
    """The subscription with this id; exit 1 if there is none."""
    from hub.delivery.shelf import find

    found = shelf.ask(partial(find, id_=id_))
    if found is None:
        screen.nothing(
            id_, nl="er is geen abonnement met dit kenmerk", en="there is no such subscription"
        )
    return found


def give(shelf: OpenShelf, id_: str, order: Order) -> None:
    """Have an order written."""
    from hub.delivery.shelf import encode, order_key

    shelf.give({order_key(id_): encode(order)})


def _order(screen: Screen, data: Path | None, id_: str, order: Order) -> None:
    """Write an order, and show the subscription as it then is."""
    from hub.cli.shelves import shelf_of
    from hub.delivery.orders import applied, why_not_now

    with shelf_of(screen.environ, data) as shelf:
        kept = kept_of(screen, shelf, id_)
        why = why_not_now(kept, order)
        if why is not None:
            _not_now(screen, id_, why.life)
        give(shelf, id_, order)
        became = applied(kept, id_, order, lambda _party, _since: 0)
    assert became is not None
    show_whole(screen, row_of(became))


def _not_now(screen: Screen, id_: str, life: str) -> NoReturn:
    dutch, english = _NOT_NOW[life]
    screen.nothing(id_, nl=dutch, en=english)


def row_of(kept: Kept) -> dict[str, Any]:
    """A subscription as it is shown."""
    from hub.delivery.revision import Filter
    from hub.domain.time import format_instant
    from hub.gateway.subscription_views import without_query

    it, access = kept.subscription, kept.access
    is_failing, streak = it.streak is not None, it.streak
    return {
        "id": it.id,
        "party": it.party,
        "status": it.life.value,
        "why": it.why,
        "endpoint": without_query(it.endpoint),
        "filter": {name: sorted(getattr(it.wants, name)) for name in Filter.__struct_fields__},
        "contact": kept.contact,
        "tokenUrl": None if access is None else without_query(access.token_url),
        "rate": it.rate,
        "createdAt": format_instant(kept.made_at),
        "failingSince": None if streak is None else format_instant(streak.since),
        "failures": 0 if streak is None else streak.failures,
        "nextAttemptAt": format_instant(it.not_before) if is_failing else None,
        "recovering": it.recovery is not None,
        "parked": len(it.parked),
        "testsWaiting": len(kept.tests),
    }


def _attempt(it: Attempt, aside: set[str]) -> dict[str, Any]:
    from hub.domain.time import format_instant

    return {
        "at": format_instant(it.at),
        "webhookId": it.webhook_id,
        "lane": it.lane.value,
        "reason": it.reason.value,
        "status": it.status,
        "parked": it.webhook_id in aside,
    }


def _parked(it: Parked) -> dict[str, Any]:
    from hub.domain.time import format_instant

    return {
        "at": format_instant(it.at),
        "webhookId": it.webhook_id,
        "lane": None,
        "reason": it.reason.value,
        "status": it.status,
        "parked": True,
    }
