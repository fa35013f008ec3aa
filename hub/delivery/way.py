"""The way to receivers: every call to an address that a party gave, webhooks and tokens alike.

Calls go through `hub.outbound`, guarded, and what becomes of one is a value: an answer, or the
reason why there is none. Here that reason gets its published name, and nowhere else.
"""

from __future__ import annotations

import ssl
from typing import Final

from msgspec import Struct

from hub.clocks import SystemClock
from hub.delivery.outcome import Outcome, Reason
from hub.delivery.request import Request
from hub.errors import AddressRefused, Failure, Misconfigured, NoAnswer, SeintjeError, Untrusted
from hub.guard import Guard
from hub.outbound import Answer, GivenBy, Limits, Outbound, Peer
from hub.streams.seam import Clock

# How an operator finds in the log whose address it was.
SUBSCRIPTION: Final = "a subscription"

_OF_FAILURE: Final = {
    Failure.UNREACHABLE: Reason.UNREACHABLE,
    Failure.TIMED_OUT: Reason.TIMED_OUT,
    Failure.BROKEN_OFF: Reason.BROKEN_OFF,
    Failure.NO_HTTP: Reason.NO_SUCH_ANSWER,
}
assert _OF_FAILURE.keys() == set(Failure)


class Way(Struct, frozen=True):
    """How receivers are called: the name by which they know this hub, where they may be, whom to
    trust with which certificate of ours, and how long to wait. `outside` is the time that receivers
    have: it may be another than that of the hub, if that is made up."""

    origin: str
    guard: Guard
    tls: ssl.SSLContext
    limits: Limits = Limits()
    outside: Clock = SystemClock()

    def to(self, address: str, where: str = SUBSCRIPTION) -> Outbound:
        """Calls to an address that a party gave; AddressRefused if one can see that it is not to
        be called. `where` is how our log calls what it was written in."""
        peer = Peer(where, address, GivenBy.PARTY)
        return Outbound(peer, self.limits, guard=self.guard, tls=self.tls)


async def sent(out: Outbound, request: Request) -> Answer | Outcome:
    """What a receiver answers, without the body; or why it did not. AddressRefused is raised."""
    try:
        return await out.tell(request.method, request.headers, request.body)
    except AddressRefused:
        raise
    except (NoAnswer, Untrusted, Misconfigured) as error:
        return Outcome(reason_of(error))


def reason_of(error: SeintjeError) -> Reason:
    """The published name of what went wrong with a call to a receiver."""
    if isinstance(error, NoAnswer):
        return _OF_FAILURE[error.failure]
    if isinstance(error, AddressRefused):
        return Reason.ADDRESS_NOT_ALLOWED
    return Reason.UNTRUSTED if isinstance(error, Untrusted) else Reason.NO_SUCH_ANSWER
