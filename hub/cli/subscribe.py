"""`seintje subscriptions add` and `verify`: what asks the receiver of a party."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import AsJson, DataAt, agreements_at
from hub.cli.screen import Screen, screen_of
from hub.cli.showing import show_whole
from hub.cli.subscriptions import SubscriptionId, give, kept_of, row_of

if TYPE_CHECKING:
    from hub.cli.screen import Language
    from hub.cli.shelves import OpenShelf
    from hub.delivery.choices import Choice
    from hub.delivery.handshake import NoConsent
    from hub.delivery.kept import Kept
    from hub.delivery.sealing import Secrets
    from hub.domain.parties import Party
    from hub.errors import AddressRefused
    from hub.gateway.receivers import Receivers
    from hub.keys import Keys


def subscribe(
    ctx: typer.Context,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Its id.")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What the party would send, as JSON; - is stdin.")
    ],
    data: DataAt = None,
    as_json: AsJson = False,
) -> None:
    """Subscribe for a party, and show the secret this once.

    The file is as the body of POST /v1/subscriptions, without `since`. The receiver is asked at
    once whether it wants webhooks. Exit 1 if it does not.
    """
    from hub.cli.shelves import shelf_of
    from hub.delivery.shelf import find, new_id

    screen, tree, id_ = screen_of(ctx, as_json=as_json), _tree_of(file), new_id()
    with shelf_of(screen.environ, data) as shelf:
        found = _party_of(shelf, party)
        secrets = _written(shelf, id_, found, _chosen(_receivers_of(shelf), found, tree))
    with shelf_of(screen.environ, data) as shelf:
        kept = shelf.ask(partial(find, id_=id_))
    assert kept is not None
    _asked(screen, data, kept, secrets, is_new=True)


def verify(
    ctx: typer.Context, subscription: SubscriptionId, data: DataAt = None, as_json: AsJson = False
) -> None:
    """Ask the receiver again whether it wants webhooks.

    If it does, one that was unverified or disabled goes on where it stopped. Exit 1 if not.
    """
    from hub.cli.shelves import shelf_of

    screen = screen_of(ctx, as_json=as_json)
    with shelf_of(screen.environ, data) as shelf:
        kept = kept_of(screen, shelf, subscription)
        secrets = _secrets_of(shelf, subscription)
    _asked(screen, data, kept, secrets)


def _tree_of(file: Path) -> dict[str, Any]:
    """A JSON object, read as strictly as the gateway reads it."""
    from hub.errors import Misconfigured
    from hub.wire import strict_json

    where = "stdin" if str(file) == "-" else str(file)
    try:
        raw = sys.stdin.buffer.read() if where == "stdin" else file.read_bytes()
        tree = strict_json.read(raw)
    except OSError as error:
        raise Misconfigured(where, f"it cannot be read ({error.strerror})") from error
    except strict_json.BROKEN:
        tree = None
    if not isinstance(tree, dict):
        raise Misconfigured(where, "write a JSON object in UTF-8, each key once")
    return tree


def _asked(
    screen: Screen, data: Path | None, kept: Kept, secrets: Secrets, *, is_new: bool = False
) -> None:
    """Ask the receiver, write down that it consented, and show the subscription as it then is."""
    from hub.cli.shelves import shelf_of
    from hub.delivery.handshake import Consent
    from hub.delivery.orders import Consented

    it = kept.subscription
    with shelf_of(screen.environ, data) as shelf:
        receivers = _receivers_of(shelf)
    said = asyncio.run(receivers.ask(it.endpoint, kept.access, secrets.secret_for(kept.access)))
    with shelf_of(screen.environ, data) as shelf:
        if isinstance(said, Consent):
            give(shelf, it.id, Consented(it.endpoint, said.rate))
    with shelf_of(screen.environ, data) as shelf:
        row = row_of(kept_of(screen, shelf, it.id))
    if is_new:
        row |= _shown_once(secrets)
    show_whole(screen, row)
    if not isinstance(said, Consent):
        screen.say(_why_not(said, screen.language))
        raise typer.Exit(1)


def _why_not(said: NoConsent | AddressRefused, language: Language) -> str:
    from hub.errors import AddressRefused
    from hub.gateway.receivers import ADDRESS_REFUSED, in_words

    reason = ADDRESS_REFUSED if isinstance(said, AddressRefused) else said.value
    return f"{reason}: {in_words(reason, language)}"


def _shown_once(secrets: Secrets) -> dict[str, str]:
    from hub.delivery.signatures import PrivateKey

    current = secrets.keyring.current
    if isinstance(current, PrivateKey):
        return {"publicKey": current.public.text}
    return {"secret": current.text}


def _chosen(receivers: Receivers, party: Party, tree: dict[str, Any]) -> Choice:
    from msgspec.structs import replace

    from hub.delivery import choices
    from hub.errors import Misconfigured

    reader = choices.Reader()
    reader.only(tree, (*choices.CHOSEN, "signature"))
    choice = choices.read(reader, tree, receivers.may(party))
    signature = reader.choice(tree, "signature", choices.SIGNATURES, choice.signature)
    if reader.violations:
        told = "".join(f"\n{it.path}: {it.expected}" for it in reader.violations)
        raise Misconfigured("the subscription", told)
    return replace(choice, signature=signature)


def _written(shelf: OpenShelf, id_: str, party: Party, choice: Choice) -> Secrets:
    """Have a subscription written that begins with what comes from now on."""
    from hub.clocks import SystemClock
    from hub.delivery.orders import Subscribe
    from hub.delivery.sealing import new_key, sealed
    from hub.delivery.shelf import SECRETS
    from hub.delivery.signatures import Keyring
    from hub.reading.alerts import last_position

    secrets = choice.secrets(Keyring(new_key(choice.signature)))
    shelf.give({SECRETS + id_: sealed(secrets, id_, _keys_of(shelf).webhooks)})
    # On Kafka it is numbered by no hub that there is, so who delivers finds it by the instant.
    last = partial(last_position, party=party.id)
    after = 0 if shelf.is_on_kafka else shelf.ask(last)
    order = Subscribe(
        party=party.id,
        endpoint=choice.endpoint,
        after=after,
        numbered_by="",
        at=SystemClock().now(),
        wants=choice.wants,
        contact=choice.contact,
        access=choice.access,
    )
    give(shelf, id_, order)
    return secrets


def _party_of(shelf: OpenShelf, name: str) -> Party:
    from hub.delivery.shelf import every
    from hub.domain.marked import suggestion
    from hub.errors import Misconfigured
    from hub.gateway.subscriptions import MOST

    parties = agreements_at(shelf.settings.agreements, None)[1]
    if name not in parties.by_id:
        told = f"there is no such party{suggestion(name, parties.by_id)}"
        raise typer.BadParameter(told, param_hint="PARTY")
    of_party = [it for it in shelf.ask(every).values() if it.subscription.party == name]
    if len(of_party) >= MOST:
        raise Misconfigured(name, f"it has {MOST} subscriptions; remove one first")
    return parties.by_id[name]


def _receivers_of(shelf: OpenShelf) -> Receivers:
    from hub.clocks import SystemClock
    from hub.compose.receiving import receivers_of

    agreements = agreements_at(shelf.settings.agreements, None)[0]
    return receivers_of(shelf.settings, agreements, SystemClock())


def _secrets_of(shelf: OpenShelf, id_: str) -> Secrets:
    from hub.delivery.sealing import opened
    from hub.delivery.shelf import find_secrets
    from hub.errors import Bug

    sealed = shelf.ask(partial(find_secrets, id_=id_))
    if sealed is None:
        raise Bug("a subscription without secrets")
    return opened(sealed, id_, _keys_of(shelf).webhooks)


def _keys_of(shelf: OpenShelf) -> Keys:
    from hub.compose.key_source import key_of, own_key_of

    find = key_of if shelf.is_on_kafka else own_key_of
    return find(shelf.settings).keys()
