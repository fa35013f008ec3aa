"""A gemeente, or any party, whose system speaks CloudEvents in the NL GOV profile, over webhooks
(NL GOV profile for CloudEvents 1.1, with its guideline for the webhook pattern 1.0).

Out: a POST for each revision of an alert, once the receiver has consented. In: a door for events.
Here the parts are put together.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Final

from connectors.bearer import Agreed, Bearer, Granted
from connectors.gemeente.cloudevents_door import ConsentDoor, Door
from connectors.gemeente.cloudevents_mapping import EventMappings
from connectors.gemeente.cloudevents_settings import (
    RECEIVE,
    SEND,
    CloudEventsSettings,
    Receive,
    Send,
    check,
)
from connectors.gemeente.cloudevents_sink import Webhook
from connectors.gemeente.cloudevents_source import Events
from connectors.seam import Connector, Finding, Site
from hub.errors import Misconfigured
from hub.outbound import GivenBy, Outbound, Peer, trusting

__all__ = ["CloudEventsSettings", "build"]

_MAPPING: Final = f"{RECEIVE}.mapping"


def build(settings: CloudEventsSettings, site: Site) -> Connector:
    """The connector. Misconfigured: settings that do not go together, or a mapping file with a
    mistake."""
    check(settings)
    sending = None if settings.send is None else _Sending(settings.send, site)
    receiving = settings.receive
    doors = [] if receiving is None else [Door(receiving, site).route]
    if sending is not None and sending.send.callback is not None:
        doors.append(ConsentDoor(sending.webhook.handshake, site).route)
    return Connector(
        sources=()
        if receiving is None
        else (Events(site.inbox, site.shelf, _mappings(receiving)),),
        sinks=() if sending is None else (sending.webhook,),
        doors=tuple(doors),
        check=None if sending is None else sending.check,
        close=None if sending is None else sending.close,
    )


class _Sending:
    """What sends alerts, and the connections that it holds."""

    def __init__(self, send: Send, site: Site) -> None:
        self.send = send
        self._site = site
        tls = _tls(send)
        self._out = _way_to(f"{SEND}.address", send.address, site, tls)
        self._bearer = _bearer(send, site, tls)
        self.webhook = Webhook(send, site.source, self._out, self._bearer, site.shelf)

    async def check(self) -> Sequence[Finding]:
        """Whether a token is to be had, and the receiver is there and consents; sends nothing."""
        now = self._site.now()
        await self._bearer.authorization(now)
        told = (self.webhook.gone(), await self.webhook.handshake.probe(now))
        return [_finding(it) for it in told if it is not None]

    async def close(self) -> None:
        await self._out.close()
        await self._bearer.close()


def _finding(told: str) -> Finding:
    wrong, _, mend = told.partition("; ")
    return Finding(f"{SEND}.address", wrong, mend)


def _bearer(send: Send, site: Site, tls: ssl.SSLContext) -> Bearer:
    if send.oauth is not None:
        url = send.oauth.token_url
        return Granted(send.oauth, _way_to(f"{SEND}.oauth.tokenUrl", url, site, tls))
    assert send.token_file is not None  # `check` has seen to it
    return Agreed(send.token_file)


def _way_to(where: str, address: str, site: Site, tls: ssl.SSLContext) -> Outbound:
    peer = Peer(where, address, GivenBy.OPERATOR)
    return Outbound(peer, transport=site.transport, tls=tls)


def _tls(send: Send) -> ssl.SSLContext:
    try:
        return trusting(send.certificate, send.certificate_key)
    except Misconfigured as error:  # which names a setting of the hub
        raise Misconfigured(f"{SEND}.certificate", error.do) from None


def _mappings(receive: Receive) -> EventMappings | None:
    if receive.mapping is None:
        return None
    try:
        raw = receive.mapping.read_bytes()
    except OSError:
        raise Misconfigured(_MAPPING, f"{receive.mapping} cannot be read; name the file") from None
    return EventMappings.parse(raw, str(receive.mapping))
