"""What a receiver gets: a revision as a CloudEvent in structured mode, in JSON.

The attributes are those of the record on `seintje.out.<party>` (`hub.wire.alert_views`), and tell
no more than that some alert changed: nobody who logs them learns of which household. The data is
the view as it was emitted, byte for byte, where the topic has it in Avro, so there is no
`dataschema`.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

from hub.delivery.revision import Revision
from hub.domain.time import Instant, format_instant
from hub.wire.alert_views import TYPE, source_of

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
TEST_TYPE: Final = "nl.seintje.webhook-test.v1"

_encode: Final = msgspec.json.Encoder().encode


class _Event(Struct, frozen=True):
    """A CloudEvent of 1.0, its attributes in the order in which they are written."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    subject: str
    datacontenttype: str
    data: Raw


def event_of(revision: Revision, party: str) -> bytes:
    """The event of one revision: the same bytes at each attempt."""
    return _encode(
        _Event(
            specversion="1.0",
            id=f"{revision.alert_id}.{revision.number}",
            source=source_of(party),
            type=TYPE,
            time=format_instant(revision.told_at),
            subject=revision.alert_id,
            datacontenttype="application/json",
            data=Raw(revision.view),
        )
    )


def id_of_test(subscription: str, now: Instant) -> str:
    """The webhook id of a test that is asked for at `now`."""
    return f"test_{subscription}_{now}"


def event_of_test(subscription: str, party: str, now: Instant) -> bytes:
    """An event about nobody, by which a party can see whether its receiver works."""
    return _encode(
        _Event(
            specversion="1.0",
            id=id_of_test(subscription, now),
            source=source_of(party),
            type=TEST_TYPE,
            time=format_instant(now),
            subject=subscription,
            datacontenttype="application/json",
            data=Raw(_encode({"subscription": subscription})),
        )
    )
