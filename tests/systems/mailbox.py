"""A mail server with mailboxes, as a connector meets one: it keeps what it took, and does what its
test asks for: refuse or defer an address, be full, be down, stand still, break off, ask for TLS or
a password; and it writes the report of a mail that it could not deliver (RFC 3464).

It holds each mail against RFC 5322 where a mistake would be ours: one From, To, Date, Subject and
Message-ID, lines of 998 characters at most, and ASCII alone.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult

ONCE: Final = ("From", "To", "Date", "Subject", "Message-ID")
HOST: Final = "mx.mailbox.example"


@dataclass(frozen=True)
class Got:
    """A mail that was taken: its envelope, and its bytes as they came."""

    return_path: str
    to: str
    raw: bytes
    asked: tuple[str, ...]  # the parameters of MAIL and RCPT

    @property
    def mail(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])

    def body(self, kind: str) -> str:
        """The part `plain` or `html`."""
        part = self.mail.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class Mailbox:
    """What the server does, and what it got. `answers` are given to an address instead of 250, the
    next first, and the last of them from then on unless `in_turn`."""

    mails: list[Got] = field(default_factory=list)
    tries: int = 0  # how often a mail was begun
    wrong: list[str] = field(default_factory=list)
    after_it: str = ""  # said of a mail once it is all there, instead of taking it
    cannot_bear: str = ""  # breaks off at the first word of a mail to this address
    breaks_off: bool = False  # takes the mail, and is gone before it says so
    knows_dsn: bool = True
    users: dict[str, str] = field(default_factory=dict)
    port: int = 0
    _answers: dict[str, list[str]] = field(default_factory=dict)
    _moves: asyncio.Event = field(default_factory=asyncio.Event)
    _speaks: asyncio.Event = field(default_factory=asyncio.Event)
    _took: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _tls: ssl.SSLContext | None = None
    _is_tls_first: bool = False

    def __post_init__(self) -> None:
        self._moves.set()
        self._speaks.set()

    @property
    def address(self) -> str:
        return f"{'smtps' if self._is_tls_first else 'smtp'}://127.0.0.1:{self.port}"

    def refuse(self, to: str, answer: str = "550 5.1.1 No such user here") -> None:
        self._answers[to] = [answer, *[answer] * 99]

    def defer(self, to: str, times: int = 1) -> None:
        """Greylisting: later, so many times."""
        self._answers[to] = ["451 4.7.1 Greylisted, try again later"] * times

    def take_again(self, to: str) -> None:
        self._answers.pop(to, None)

    def stand_still(self) -> None:
        """Answer no mail until `go_on`."""
        self._moves.clear()

    def keep_silent(self) -> None:
        """Take mail, and do not say so until `go_on`."""
        self._speaks.clear()

    def go_on(self) -> None:
        self._moves.set()
        self._speaks.set()

    async def taken(self) -> None:
        """Until a mail was taken."""
        async with asyncio.timeout(20):
            await self._took.wait()

    async def stop(self) -> None:
        """Down: nothing listens there any more."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def start(self) -> None:
        """Up, at the same place as before."""
        loop = asyncio.get_running_loop()
        tls = self._tls if self._is_tls_first else None
        self._server = await loop.create_server(self._session, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    def of(self, to: str) -> list[Got]:
        return [it for it in self.mails if it.to == to]

    def _session(self) -> SMTP:
        more: dict[str, Any] = {}
        if self.users:
            more = {
                "authenticator": self._known,
                "auth_require_tls": not self._is_tls_first,
                "auth_exclude_mechanism": ["LOGIN"],
            }
        return _Session(self, tls_context=None if self._is_tls_first else self._tls, **more)

    def _known(self, _s: Any, _session: Any, _e: Any, _mechanism: str, given: Any) -> AuthResult:
        password = self.users.get(given.login.decode())
        is_right = password is not None and password.encode() == given.password
        return AuthResult(success=is_right, handled=False)

    # ---- What aiosmtpd calls ----

    async def handle_EHLO(
        self, _server: Any, session: Any, _envelope: Any, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*responses[:-1], "250-DSN", responses[-1]] if self.knows_dsn else responses

    async def handle_MAIL(
        self, _server: Any, session: Any, envelope: Any, sender: str, options: list[str]
    ) -> str:
        if self.users and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = sender
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, _session: Any, envelope: Any, to: str, options: list[str]
    ) -> str:
        await self._moves.wait()
        self.tries += 1
        if to == self.cannot_bear:
            server.transport.abort()
        if self._answers.get(to):
            return self._answers[to].pop(0)
        envelope.rcpt_tos.append(to)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        await self._moves.wait()
        if self.after_it:
            return self.after_it
        [to] = envelope.rcpt_tos
        asked = tuple(server.asked)
        got = Got(envelope.mail_from, to, envelope.content, asked)
        self.wrong += wrong_with(got)
        self.mails.append(got)
        self._took.set()
        await self._speaks.wait()
        if self.breaks_off:
            server.transport.abort()
        return "250 OK"


class _Session(SMTP):
    """A session that knows the parameters of RFC 3461 as well."""

    def __init__(self, mailbox: Mailbox, **more: Any) -> None:
        super().__init__(mailbox, hostname=HOST, **more)
        self.asked: list[str] = []
        self._knows_dsn = mailbox.knows_dsn

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        found = super()._getparams(params)
        for name in ("RET", "ENVID", "NOTIFY", "ORCPT"):
            if found is not None and self._knows_dsn and name in found:
                self.asked.append(f"{name}={found.pop(name)}")
        return found


def wrong_with(got: Got) -> list[str]:
    """What of RFC 5322 and 5321 this mail does not keep to."""
    found = [f"{name}, not once" for name in ONCE if len(got.mail.get_all(name, [])) != 1]
    if not got.raw.isascii():
        found.append("bytes beyond ASCII, without asking")
    if any(len(line) > 998 for line in got.raw.split(b"\r\n")):
        found.append("a line of more than 998 characters")
    if b"\n" in got.raw.replace(b"\r\n", b""):
        found.append("a line that does not end in CRLF")
    if not found and parsedate_to_datetime(str(got.mail["Date"])).tzinfo is None:
        found.append("a date without an offset")
    return found


@asynccontextmanager
async def serving(
    tls: ssl.SSLContext | None = None, *, is_tls_first: bool = False, **users: str
) -> AsyncIterator[Mailbox]:
    """A server on a port of loopback. `tls`: offered (STARTTLS), or from the first byte."""
    mailbox = Mailbox(users=users, _tls=tls, _is_tls_first=is_tls_first)
    await mailbox.start()
    try:
        yield mailbox
    finally:
        mailbox.go_on()
        await mailbox.stop()
    assert not mailbox.wrong


# ---- Reports -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fate:
    """What became of a mail at an address (RFC 3464, 2.3)."""

    action: str = "failed"
    status: str = "5.1.1"
    diagnostic: str = "smtp; 550 5.1.1 No such user here"
    address: str | None = None  # another than the mail was sent to


def report(got: Got, fate: Fate, leave_out: Collection[str] = ()) -> bytes:
    """The report on a mail that was taken, as a mail server sends it to the return path.
    `leave_out`: `returned` (what came back of the mail), `envelope-id`."""
    whole = MIMEMultipart("report")
    whole.set_param("report-type", "delivery-status")
    whole["From"] = f"Mail Delivery System <mailer-daemon@{HOST}>"
    whole["To"] = got.return_path
    whole["Subject"] = "Undelivered Mail Returned to Sender"
    whole["Auto-Submitted"] = "auto-replied"
    whole["Message-ID"] = f"<report-{id(got)}@{HOST}>"
    whole.attach(MIMEText("This is the mail system. Your message could not be delivered."))
    whole.attach(_status(got, fate, leave_out))
    if "returned" not in leave_out:
        headers = got.raw.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")
        whole.attach(MIMEText(headers + "\n", "rfc822-headers"))
    return whole.as_bytes(policy=policy.SMTP)


def _status(got: Got, fate: Fate, leave_out: Collection[str]) -> MIMEBase:
    of_message, of_address = Message(), Message()
    envelope_id = next((it for it in got.asked if it.startswith("ENVID=")), None)
    if envelope_id is not None and "envelope-id" not in leave_out:
        of_message["Original-Envelope-Id"] = envelope_id.removeprefix("ENVID=")
    of_message["Reporting-MTA"] = f"dns; {HOST}"
    of_message["Arrival-Date"] = str(got.mail["Date"])
    of_address["Original-Recipient"] = f"rfc822; {got.to}"
    of_address["Final-Recipient"] = f"rfc822; {fate.address or got.to}"
    of_address["Action"] = fate.action
    of_address["Status"] = fate.status
    of_address["Diagnostic-Code"] = fate.diagnostic
    part = MIMEBase("message", "delivery-status")
    part.set_payload([of_message, of_address])
    return part


def away(got: Got) -> bytes:
    """The answer of somebody who is away (RFC 3834)."""
    mail = EmailMessage()
    mail["From"], mail["To"] = got.to, got.return_path
    mail["Subject"] = f"Afwezig: {got.subject}"
    mail["Auto-Submitted"] = "auto-replied (vacation)"
    mail["In-Reply-To"] = got.message_id
    mail["References"] = got.message_id
    mail.set_content("Ik ben er niet. Status: 5.1.1. Action: failed.")
    return mail.as_bytes(policy=policy.SMTP)


def put(folder: Path, raw: bytes, name: str = "1") -> Path:
    """Deliver to a Maildir, or to a folder of .eml files."""
    file = folder / "new" / name if (folder / "new").is_dir() else folder / f"{name}.eml"
    file.write_bytes(raw)
    return file


def maildir(folder: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder
