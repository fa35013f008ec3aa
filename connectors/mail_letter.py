"""A letter as the mail that goes out. The same letter makes the same mail, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from msgspec import Struct

from connectors.mail_post import Letter
from connectors.mail_recipient import Recipient
from connectors.mail_words import said
from hub.domain.time import Instant
from hub.mail import Mail

MARK: Final = "seintje"


class Envelope(Struct, frozen=True):
    """What is the same for all mail: from whom, where the console is, and where reports of mail
    that failed go; `is_told_apart`: to an address of its own for each mail (VERP)."""

    sender: str
    console: str
    return_path: str
    is_told_apart: bool = False

    @property
    def domain(self) -> str:
        return self.sender.partition("@")[2]


def mail_of(letter: Letter, recipient: Recipient, mark: str, envelope: Envelope) -> Mail:
    """The mail to the recipient, known again by its mark: in its Message-ID, in the ENVID, and in
    the return path if that is told apart."""
    words = said(letter.digest, envelope.console, recipient.language)
    local, _, domain = envelope.return_path.partition("@")
    path = f"{local}+{MARK}.{mark}@{domain}" if envelope.is_told_apart else envelope.return_path
    return Mail(
        to=recipient.to,
        subject=words.subject,
        text=words.text,
        html=words.html,
        headers={
            "Date": _date(letter.made),
            "Message-ID": f"<{MARK}.{mark}@{envelope.domain}>",
            "List-Id": f"Seintje <digest.{envelope.domain}>",  # by which people can sort it
            "Content-Language": recipient.language,
            # Exchange answers for who is away unless it is asked not to. Not `All`: that would
            # keep reports of failure from us as well.
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        },
        return_path=path,
        envelope_id=f"{MARK}.{mark}",
    )


def _date(at: Instant) -> str:
    return format_datetime(datetime.fromtimestamp(at // 1000, UTC))
