"""What operators see of a revision that was put aside, among the dead letters.

It says where the revision stands and holds nothing of it: what a party was told of a household
stands in its stream only, and is erased there.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.delivery.subscription import Parked, Subscription
from hub.streams.letters import SUBSCRIPTION, WEBHOOK
from hub.streams.loop import DEAD_LETTERS, POSITION, REASON
from hub.streams.seam import Emit

_encode: Final = msgspec.json.Encoder().encode


def letter(subscription: Subscription, parked: Parked) -> Emit:
    """The dead letter of a revision that the receiver of a subscription refused."""
    told = {
        REASON: WEBHOOK + parked.reason.value,
        SUBSCRIPTION: subscription.id,
        POSITION: str(parked.position),
    }
    headers = {name: text.encode() for name, text in told.items()}
    value = {"subscription": subscription.id, "party": subscription.party, "parked": parked}
    return Emit(DEAD_LETTERS, subscription.party.encode(), _encode(value), headers)
