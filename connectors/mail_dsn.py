"""Reports of mail that failed (RFC 3464, in the multipart/report of RFC 6522), read. Pure.

What else comes to that mailbox, like the answer of somebody who is away, is no report. The mail
that it is about is known by its mark (mail_post), wherever that stands: in the returned headers, in
Original-Envelope-Id, or in the address that the report was sent to.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from connectors.mail_letter import MARK

_MARKS: Final = re.compile(
    rf"\b{MARK}\.([0-9]{{1,16}}(?:-[0-9]{{1,16}}){{2}}\.[a-z2-7]{{20}})".encode(), re.IGNORECASE
)
_STATUS: Final = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})")
_SMTP: Final = re.compile(r"\s*smtp\s*;\s*([245])[0-9]{2}\b", re.IGNORECASE)


class Outcome(Struct, frozen=True):
    """What became of a mail at one address. `action` (RFC 3464, 2.3.3): failed, delayed, delivered,
    relayed or expanded; `status` as in RFC 3463, like `5.1.1`."""

    address: str
    action: str
    status: str

    @property
    def is_failed(self) -> bool:
        return self.action == "failed"

    @property
    def is_final(self) -> bool:
        """Whether it would fail again. `4.4.7` with `failed` only says that patience ran out."""
        return self.is_failed and self.status.startswith("5")


class Report(Struct, frozen=True):
    """What a report says: the marks found in it, and the outcomes."""

    marks: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def report_of(raw: bytes) -> Report | None:
    """The report that these bytes are; None if they are none."""
    try:
        return _report_of(message_from_bytes(raw), raw)
    except RecursionError:  # anybody may send a mail of parts in parts in parts
        return None


def _report_of(message: Message, raw: bytes) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    if _lower(message.get_param("report-type")) not in ("delivery-status", ""):
        return None  # a receipt of reading, a complaint
    outcomes = [
        _outcome(fields)
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for fields in _groups(part)
        if fields["Final-Recipient"] is not None
    ]
    outcomes = [_where_it_failed(it, message) for it in outcomes]
    marks = dict.fromkeys(found[1].decode().lower() for found in _MARKS.finditer(raw))
    return Report(tuple(marks), tuple(outcomes)) if outcomes else None


def _groups(part: Message) -> list[Message]:
    """The groups of fields: of the message first, then of each address."""
    found = part.get_payload()
    return [it for it in found if isinstance(it, Message)] if isinstance(found, list) else []


def _outcome(fields: Message) -> Outcome:
    _, _, address = str(fields["Final-Recipient"]).partition(";")
    status = _STATUS.match(str(fields["Status"] or ""))
    diagnostic = _SMTP.match(str(fields["Diagnostic-Code"] or ""))
    told = status[1] if status else f"{diagnostic[1]}.0.0" if diagnostic else ""
    return Outcome(address.strip(), _lower(fields["Action"]), told)


def _where_it_failed(outcome: Outcome, message: Message) -> Outcome:
    """Exim names a list as Final-Recipient where one member of it failed, and the member here."""
    failed = [it.strip() for it in str(message["X-Failed-Recipients"] or "").split(",")]
    is_named = outcome.address.lower() in {it.lower() for it in failed}
    if not outcome.is_failed or not any(failed) or is_named:
        return outcome
    return replace(outcome, address=failed[0])


def _lower(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
