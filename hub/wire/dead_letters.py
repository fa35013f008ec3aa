"""A record that was refused, as it is kept: its bytes and headers as they came, and the reason.

What holds a BSN keeps everything but its digits, in the key and the headers too. Nothing here
decides what is refused (facts document, Intake).
"""

from __future__ import annotations

import base64
import binascii
from typing import Final, NamedTuple

import msgspec

from hub.domain.refusals import Refused, Slug
from hub.wire import strict_json
from hub.wire.avro import CONFLUENT, SINGLE_OBJECT
from hub.wire.bsn import masked, masked_binary
from hub.wire.kafka_records import RecordHeaders, pairs_of

REASON: Final = "reason"
DETAIL: Final = "detail"
VIOLATIONS: Final = "violations"

_encode: Final = msgspec.json.Encoder().encode


class Letter(NamedTuple):
    """What the record of a dead letter holds. The headers that tell why come last: where a name
    stands twice, the last one is the hub's."""

    headers: list[tuple[str, bytes]]
    key: bytes | None
    value: bytes | None


def letter(
    headers: RecordHeaders, key: bytes | None, value: bytes | None, refused: Refused
) -> Letter:
    """The dead letter of a record."""
    kept = [(name, raw or b"") for name, raw in pairs_of(headers)]
    if refused.slug is Slug.BSN_FOUND:
        kept = [(_masked_name(name), masked(raw)) for name, raw in kept]
        key = None if key is None else masked_binary(key)
        value = None if value is None else without_bsn(value)
    told = [(REASON, refused.slug.value.encode()), (DETAIL, refused.detail.encode())]
    if refused.violations:
        told.append((VIOLATIONS, _encode(refused.violations)))
    return Letter([*kept, *told], key, value)


def without_bsn(event: bytes) -> bytes:
    """An event or its data, whatever the form, with `*` for the digits of every BSN in it."""
    if event.startswith((SINGLE_OBJECT, CONFLUENT)):
        return masked_binary(event)
    return masked(_with_plain_data(event))


def _masked_name(name: str) -> str:
    return masked(name.encode()).decode()


def _with_plain_data(event: bytes) -> bytes:
    """A structured event whose data, hidden in base64, holds no BSN any more."""
    try:
        tree = strict_json.read(event)
        hidden = base64.b64decode(tree["data_base64"], validate=True)
    except (*strict_json.BROKEN, binascii.Error, KeyError, TypeError):
        return event
    shown = base64.b64encode(without_bsn(hidden)).decode()
    return _encode(tree | {"data_base64": shown})
