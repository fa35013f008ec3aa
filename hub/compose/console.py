"""What the console is made of, for both roles that serve it: its questions become questions to the
read model, and what people do with an alert goes the way of the API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from hub.clocks import SystemClock
from hub.console.console import Console, Deed, Outcome, Shelf
from hub.console.links import Links
from hub.console.openid import Client, OpenId
from hub.console.pages import Pages
from hub.console.place import Place
from hub.console.sessions import Sessions
from hub.domain.acts import LIVING
from hub.domain.parties import Party
from hub.domain.refusals import Refused
from hub.errors import Misconfigured
from hub.gateway import acts
from hub.gateway.alerts import next_told
from hub.gateway.gateway import Gateway
from hub.gateway.problems import Declined, Trouble
from hub.guard import Guard
from hub.keys import Keys
from hub.reading import alerts
from hub.reading.alerts import Wanted
from hub.settings import Settings
from hub.streams.receipts import ReceiptStatus
from hub.streams.revisions import Way

# More open alerts of one severity than these are not ranked; nobody reads them either.
_MOST_LIVING: Final = 2000
_SEVERITIES: Final = ("critical", "high", "medium", "low")
# How long a page waits until what somebody did has been looked at.
_SEEN_SECONDS: Final = 1.0


def console_of(gateway: Gateway, settings: Settings, links: Links | None) -> Console:
    """The console over a gateway. Misconfigured: a setting of its sign-in is wrong."""
    if settings.console_party and settings.console_party not in gateway.parties.by_id:
        known = ", ".join(gateway.parties.by_id)
        raise Misconfigured("SEINTJE_CONSOLE_PARTY", f"there is no such party; write {known}")
    return Console(
        parties=gateway.parties,
        clock=gateway.clock,
        wall=SystemClock(),
        language=settings.lang,
        place=Place(settings.console_url or ""),
        sessions=Sessions(gateway.keys.console, gateway.parties),
        pages=Pages.load(),
        shelf=_shelf(gateway),
        act=_Acting(gateway, acts.Acts()).act,
        links=links,
        openid=_openid(settings, gateway.keys),
        answered=gateway.metrics.answered,
    )


def _openid(settings: Settings, keys: Keys) -> OpenId | None:
    if settings.console_issuer is None:
        return None
    for name in ("console_url", "console_client_id"):
        if getattr(settings, name) is None:
            told = "write it too: without it nobody can come back from the OpenID provider"
            raise Misconfigured(f"SEINTJE_{name.upper()}", told)
    assert settings.console_client_id is not None, "asked just above"
    client = Client(
        settings.console_issuer,
        settings.console_client_id,
        _secret(settings.console_client_secret_file),
        settings.console_party_claim,
    )
    return OpenId(client, keys.console, Guard(settings.allowed_networks))


def _secret(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        told = f"it cannot be read ({type(error).__name__}); write the secret into it"
        raise Misconfigured(f"SEINTJE_CONSOLE_CLIENT_SECRET_FILE {file}", told) from None


def _shelf(gateway: Gateway) -> Shelf:
    def living(party: str) -> Sequence[bytes]:
        found: list[bytes] = []
        for severity in _SEVERITIES:
            wanted = Wanted(
                party=party,
                statuses=frozenset(LIVING),
                severities=frozenset({severity}),
                is_listed=True,
                limit=_MOST_LIVING - len(found),
            )
            found += [it.view for it in gateway.reading.ask(partial(alerts.page, wanted=wanted))]
        return found

    def known(party: str, handle: str) -> bytes | None:
        now = gateway.clock.now()
        find = partial(gateway.households.find, party=party, handle=handle, now=now)
        return gateway.reading.ask(find)

    readings = gateway.readings
    return Shelf(
        living,
        partial(readings.views, way=Way.CONSOLE),
        partial(readings.alert, way=Way.CONSOLE),
        partial(readings.household, way=Way.CONSOLE),
        known,
    )


class _Acting(Struct, frozen=True):
    """Acts of people, on the way that acts of systems go."""

    gateway: Gateway
    acts: acts.Acts

    async def act(self, party: Party, deed: Deed) -> Outcome:
        last = self.gateway.reading.ask(partial(alerts.last_position, party=party.id))
        key = f"console {deed.once}"
        said = acts.Deed(deed.fact_type, deed.alert_id, deed.said, key)
        try:
            kept = await self.acts.perform(self.gateway, party, said)
        except Declined as declined:
            is_gone = declined.trouble is Trouble.ALERT_GONE
            return Outcome.GONE if is_gone else Outcome.UNKNOWN
        if isinstance(kept, Refused):
            return Outcome.REFUSED
        if kept.status != ReceiptStatus.DUPLICATE:
            await next_told(self.gateway, party.id, last, _SEEN_SECONDS)
        return Outcome.KEPT
