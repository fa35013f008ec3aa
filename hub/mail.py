"""The one way out by mail: plain text, with HTML beside it if need be, through the SMTP server that
operators name.

It waits no longer than it said, and sends in a thread of its own. Whom to tell what is decided
elsewhere.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from hub.errors import Misconfigured, Unavailable
from hub.settings import Settings
from hub.unwaited import Unwaited

_WAIT_S: Final = 20.0
_AGAIN_S: Final = 600.0
_PORTS: Final = {"smtp": 25, "smtps": 465}
# Folding would write a long Message-ID or List-Id as an encoded word, which nobody takes for one.
_UNFOLDED: Final = SMTP.clone(max_line_length=998)
_TAKEN: Final = range(200, 300)
_ENHANCED: Final = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}")

T = TypeVar("T")


class Mail(Struct, frozen=True):
    """A mail to one address.

    `html` says the same as `text`, for who reads it so. `headers` come beside those that every mail
    has. `return_path`: where a mail server reports that it could not be delivered; None: the
    sender. `envelope_id` comes back in that report, where servers know RFC 3461 (ENVID).
    """

    to: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = {}
    return_path: str | None = None
    envelope_id: str | None = None

    def __repr__(self) -> str:
        return f"Mail({self.subject!r})"  # whom it is for is personal data


class NotTaken(Unavailable):
    """The mail server answered about this mail: later (4xx), or no (5xx). Others may be fine.

    `reply` is its code, with the enhanced status (RFC 3463) where it gave one: `550 5.1.1`.
    """

    def __init__(self, where: str, code: int, answer: bytes) -> None:
        found = _ENHANCED.match(answer)
        self.reply = f"{code} {found[0].decode()}" if found else str(code)
        self.is_final = code >= 500
        super().__init__(f"{where}: the mail server answers {self.reply} to a mail", _AGAIN_S)


class Unsure(Unavailable):
    """The connection broke after the mail was handed over: it may have been taken."""


class Mailer:
    """Sends mail; close it when done. `where` names the setting in which the server stands,
    `wait_s` is for each answer of it."""

    def __init__(
        self,
        url: str,
        sender: str,
        password: str | None = None,
        where: str = "SEINTJE_SMTP_URL",
        wait_s: float = _WAIT_S,
    ) -> None:
        found = urlsplit(url)
        self._is_tls = found.scheme == "smtps"
        self._host = found.hostname or ""
        self._port = found.port or _PORTS[found.scheme]
        self._user = None if found.username is None else unquote(found.username)
        self._sender = sender
        self._password = password or ""
        self._where = where
        self._wait_s = wait_s
        self._thread = Unwaited(1, "mail")

    async def send(self, mail: Mail) -> None:
        """Unavailable: the server is away, or does not take it; NotTaken and Unsure are two ways
        of that."""
        await self._in_thread(partial(self._send, mail), "no mail could be sent")

    async def refused(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """Ask for each address whether the server would take a mail to it, and send none: what it
        answered where that is a final no. Unavailable: the server is away, or does not take us."""
        return await self._in_thread(
            partial(self._refused, tuple(addresses)), "it takes no mail of ours"
        )

    def close(self) -> None:
        self._thread.shutdown()

    async def _in_thread(self, call: Callable[[], T], told: str) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, call)
        except (smtplib.SMTPException, MessageError, OSError, ValueError) as error:
            code = getattr(error, "smtp_code", "")  # the rest of the answer may quote an address
            why = f"{type(error).__name__} {code}".rstrip()
            raise Unavailable(f"{self._where}: {told} ({why})", _AGAIN_S) from None

    def _send(self, mail: Mail) -> None:
        message, to = self._message(mail), Address(addr_spec=mail.to)
        with self._connected() as server:
            has_dsn = server.has_extn("dsn")
            self._begun(server, mail.return_path, _asked(mail) if has_dsn else ())
            self._taken(*server.rcpt(to.addr_spec, _notified(to) if has_dsn else ()))
            try:
                self._taken(*server.data(message.as_bytes(policy=_UNFOLDED)))
            except smtplib.SMTPDataError as refused:  # before it had a byte of it
                self._taken(refused.smtp_code, b"")
            except (smtplib.SMTPServerDisconnected, OSError):
                told = f"{self._where}: the connection broke while a mail was handed over"
                raise Unsure(told, _AGAIN_S) from None

    def _taken(self, code: int, answer: bytes) -> None:
        if code not in _TAKEN:
            raise NotTaken(self._where, code, answer)

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        to = Address(addr_spec=mail.to)  # one, and nothing but an address
        message["From"], message["To"] = self._sender, to
        message["Subject"] = mail.subject
        message["Auto-Submitted"] = "auto-generated"  # no answer of a machine (RFC 3834)
        # Not every server takes bytes beyond ASCII, and smtplib does not ask.
        message.set_content(mail.text, cte="quoted-printable")
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
            # By chance otherwise: what is sent once more would not be the same.
            message.set_boundary(f"=_{sha256(mail.html.encode()).hexdigest()[:32]}")
        for name, value in mail.headers.items():  # after the content, which takes Content-… away
            message[name] = value
        return message

    def _refused(self, addresses: Sequence[str]) -> Mapping[str, str]:
        with self._connected() as server:
            self._begun(server, None, ())
            told = {to: NotTaken(self._where, *server.rcpt(to)) for to in addresses}
            server.rset()
        return {to: it.reply for to, it in told.items() if it.is_final}

    def _begun(self, server: smtplib.SMTP, return_path: str | None, options: Sequence[str]) -> None:
        sender = return_path or self._sender
        code, _ = server.mail(sender, options)
        if code not in _TAKEN:
            raise smtplib.SMTPSenderRefused(code, b"", "")

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._opened()
        try:
            yield server
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()  # whatever it says: a mail that was taken is taken
            server.close()

    def _opened(self) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        if self._is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._wait_s, context=tls
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._wait_s)
        try:
            self._greeted(server, tls)
        except BaseException:
            server.close()
            raise
        return server

    def _greeted(self, server: smtplib.SMTP, tls: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._is_tls:
            if server.has_extn("starttls"):
                server.starttls(context=tls)
                server.ehlo_or_helo_if_needed()
            elif self._user is not None:
                raise smtplib.SMTPNotSupportedError("a password is not sent without TLS")
        if self._user is not None:
            server.login(self._user, self._password)


def _asked(mail: Mail) -> tuple[str, ...]:
    """What the servers on the way shall do with a mail that they cannot deliver (RFC 3461): send
    its headers back, and our name for it."""
    named = () if mail.envelope_id is None else (f"ENVID={_xtext(mail.envelope_id)}",)
    return ("RET=HDRS", *named)


def _notified(to: Address) -> tuple[str, ...]:
    return ("NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{_xtext(to.addr_spec)}")


def _xtext(text: str) -> str:
    """RFC 3461, 4: what is not a visible character of ASCII, `+` and `=` by their number."""
    return "".join(it if "!" <= it <= "~" and it not in "+=" else f"+{ord(it):02X}" for it in text)


def mailer_of(settings: Settings, wait_s: float = _WAIT_S) -> Mailer | None:
    """The mailer that the settings describe, if they do. Misconfigured: what is missing."""
    if settings.smtp_url is None:
        return None
    if settings.mail_from is None:
        raise Misconfigured("SEINTJE_MAIL_FROM", "write from which address mail comes")
    password = None
    if urlsplit(settings.smtp_url).username is not None:
        password = _password(settings.smtp_password_file)
    return Mailer(settings.smtp_url, settings.mail_from, password, wait_s=wait_s)


def _password(file: Path | None) -> str:
    where = "SEINTJE_SMTP_PASSWORD_FILE"
    if file is None:
        raise Misconfigured(where, "write a file with the password of the user in it")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(where, f"{file} cannot be read; make it readable") from None
