"""Mail to people: how many alerts stand ready for them, and where to look. Nothing of a household.

What is new comes in order from the hub and is kept as notes (`mail_notes`); a round sends what is
due (`mail_round`); reports of mail that failed are read from a folder (`mail_bounces`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit

from msgspec import Meta, field

from connectors.mail_bounces import Bounces
from connectors.mail_check import Checked
from connectors.mail_letter import Envelope
from connectors.mail_notes import Notes
from connectors.mail_post import Posts
from connectors.mail_recipient import Mailbox, Recipient
from connectors.mail_round import Plan, Round
from connectors.seam import Connector, Errand, Site
from connectors.secret import Secret
from connectors.settings import Address, Part
from hub.domain.time import DAY_MS, MINUTE_MS
from hub.errors import Misconfigured
from hub.mail import Mailer

_SERVER: Final = r"^smtps?://([^\s/:@]+@)?[^\s/:@]+(:[0-9]{1,5})?$"


Server: TypeAlias = Annotated[
    str,
    Meta(
        pattern=_SERVER,
        description="smtp://HOST:PORT or smtps://USER@HOST, without a password",
    ),
]


class MailSettings(Part, frozen=True, kw_only=True):
    """How mail goes out, and to whom.

    `server`: smtp://HOST:PORT, TLS where it offers that, or smtps://USER@HOST; `passwordFile` for
    its user. `from`: the address that mail comes from. `console`: what the link leads to.
    `gatherMinutes`: how long what goes at once waits for what comes with it. `bounces`: a Maildir
    or a folder of .eml files with reports of mail that failed; `returnPath`: to which address
    those go (absent: `from`), and with `returnPathPerMail` `+` and a mark of the mail before the @.
    `undeliverableDays`: after how long an address that failed is tried again.
    """

    server: Server
    password_file: Secret | None = None
    sender: Mailbox = field(name="from")
    console: Address
    recipients: Annotated[tuple[Recipient, ...], Meta(min_length=1, max_length=500)]
    gather_minutes: Annotated[int, Meta(ge=0, le=120)] = 5
    bounces: Path | None = None
    return_path: Mailbox | None = None
    return_path_per_mail: bool = False
    undeliverable_days: Annotated[int, Meta(ge=1, le=90)] = 1


def build(settings: MailSettings, site: Site) -> Connector:
    """Misconfigured: a user without a password, or one address for two recipients."""
    mailer = _mailer(settings)
    plan = _plan(settings)
    notes, posts = Notes(site.shelf), Posts(site.shelf, site.graves)
    errands: list[Errand] = [Round(plan, notes, posts, mailer, site.say)]
    if settings.bounces is not None:
        errands.append(Bounces(settings.bounces, plan, posts, site.say))

    async def close() -> None:
        mailer.close()

    check = Checked(plan, mailer, settings.bounces)
    return Connector(sinks=(notes,), errands=tuple(errands), check=check, close=close)


def _mailer(settings: MailSettings) -> Mailer:
    has_user = urlsplit(settings.server).username is not None
    if has_user and settings.password_file is None:
        raise Misconfigured("mail.passwordFile", "name a file with the password of the user in it")
    password = None if settings.password_file is None else settings.password_file.reveal()
    return Mailer(settings.server, settings.sender, password, "mail.server")


def _plan(settings: MailSettings) -> Plan:
    _one_each(settings.recipients)
    envelope = Envelope(
        sender=settings.sender,
        console=settings.console,
        return_path=settings.return_path or settings.sender,
        is_told_apart=settings.return_path_per_mail,
    )
    return Plan(
        recipients=settings.recipients,
        envelope=envelope,
        gather_ms=settings.gather_minutes * MINUTE_MS,
        bad_ms=settings.undeliverable_days * DAY_MS,
    )


def _one_each(recipients: Sequence[Recipient]) -> None:
    [(address, times)] = Counter(it.to.lower() for it in recipients).most_common(1)
    if times > 1:
        number = 1 + max(i for i, it in enumerate(recipients) if it.to.lower() == address)
        raise Misconfigured(
            f"mail.recipients, number {number}",
            "this address stands there before; write one recipient for each address",
        )
