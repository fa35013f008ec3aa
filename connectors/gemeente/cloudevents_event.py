"""An alert as an event of the NL GOV profile for CloudEvents, and the request that carries it.

Pure. The attributes say that some alert changed and nothing of whom it is about: who passes events
on may log them (profile, Privacy and Security). `time` is when it was first sent from here;
`sequence` counts what one source sent, padded with zeros, so that it sorts as text. The requests
are those of the HTTP binding of CloudEvents 1.0.2, 3.1 (binary) and 3.2 (structured).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from hub.client import Alert
from hub.wire.alert_views import TYPE
from hub.wire.cloudevents import MAX_EVENT_BYTES

Mode: TypeAlias = Literal["structured", "binary"]

STRUCTURED: Final = "application/cloudevents+json; charset=utf-8"
JSON: Final = "application/json"

_DIGITS: Final = 12
# Every printable character but space, quotation mark and percent sign (HTTP binding, 3.1.3.2).
_AS_IT_IS: Final = "".join(chr(it) for it in range(0x21, 0x7F) if chr(it) not in '"%')
_encode: Final = msgspec.json.Encoder().encode


class Place(Struct, frozen=True):
    """The place of an event among those that were sent: the same at each attempt."""

    id: str
    sequence: int
    time: str


class Event(Struct, frozen=True):
    """One event: its attributes by their names, and its data as JSON."""

    attributes: Mapping[str, str]
    data: bytes


class Message(Struct, frozen=True):
    """A request: names of headers in lower case, and the bytes of its body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def size(self) -> int:
        """Bytes on the wire: what is sent of the headers counts as well (profile, Size Limits)."""
        return len(self.body) + sum(len(f"{name}: {it}\r\n") for name, it in self.headers.items())

    @property
    def is_too_large(self) -> bool:
        """Whether somebody on the way may refuse to pass it on."""
        return self.size > MAX_EVENT_BYTES


def id_of(alert: Alert) -> str:
    """What a repeat of the same revision is known by."""
    return f"{alert.alert_id}.{alert.revision}"


def event_of(alert: Alert, source: str, place: Place) -> Event:
    """The event of one revision, in this place."""
    attributes = {
        "specversion": "1.0",
        "id": place.id,
        "source": source,
        "type": TYPE,
        "subject": alert.alert_id,
        "time": place.time,
        "sequence": f"{place.sequence:0{_DIGITS}}",
        "datacontenttype": JSON,
    }
    return Event(attributes, _encode(_said(msgspec.to_builtins(alert))))


def message_of(event: Event, mode: Mode) -> Message:
    """The request that carries an event."""
    if mode == "structured":
        whole: dict[str, Any] = {**event.attributes, "data": Raw(event.data)}
        return Message({"content-type": STRUCTURED}, _encode(whole))
    headers = {
        f"ce-{name}": quote(value, safe=_AS_IT_IS)
        for name, value in event.attributes.items()
        if name != "datacontenttype"  # which is the content type, and must not stand here as well
    }
    return Message({"content-type": event.attributes["datacontenttype"], **headers}, event.data)


def _said(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The view without the fields that are not there."""
    return {name: value for name, value in tree.items() if value is not None}
