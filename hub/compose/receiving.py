"""How a gateway asks receivers of webhooks, put together from the settings."""

from __future__ import annotations

from hub.compose.delivering import way_of
from hub.delivery.asking import Shown, asked
from hub.delivery.handshake import Judgement
from hub.delivery.kept import Access
from hub.domain.agreement import Agreements
from hub.errors import AddressRefused
from hub.gateway.receivers import Receivers
from hub.settings import Settings
from hub.streams.seam import Clock


def receivers_of(settings: Settings, agreements: Agreements, clock: Clock) -> Receivers:
    """The receivers that parties of these agreements may have. Misconfigured: the certificate that
    is shown to them cannot be read."""
    way = way_of(settings)

    async def ask(
        endpoint: str, access: Access | None, secret: str | None
    ) -> Judgement | AddressRefused:
        shown = None if access is None or secret is None else Shown(access, secret)
        return await asked(way, endpoint, clock.now(), shown)

    rules = frozenset(rule for it in agreements.all for rule in it.by_id)
    return Receivers(way.guard, ask, rules)
