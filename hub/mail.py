"""The one way out by mail: plain text, through the SMTP server that operators name.

It waits no longer than it said, and sends in a thread of its own. Whom to tell what is decided
elsewhere.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from hub.errors import Misconfigured, Unavailable
from hub.settings import Settings
from hub.unwaited import Unwaited

_WAIT_S: Final = 20.0
_AGAIN_S: Final = 600.0
_PORTS: Final = {"smtp": 25, "smtps": 465}


class Mail(Struct, frozen=True):
    """A mail to one address."""

    to: str
    subject: str
    text: str

    def __repr__(self) -> str:
        return f"Mail({self.subject!r})"  # whom it is for is personal data


class Mailer:
    """Sends mail; close it when done."""

    def __init__(self, url: str, sender: str, password: str | None = None) -> None:
        found = urlsplit(url)
        self._is_tls = found.scheme == "smtps"
        self._host = found.hostname or ""
        self._port = found.port or _PORTS[found.scheme]
        self._user = None if found.username is None else unquote(found.username)
        self._sender = sender
        self._password = password or ""
        self._thread = Unwaited(1, "mail")

    async def send(self, mail: Mail) -> None:
        """Unavailable: the server is away, or does not take it."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._send, mail)
        except (smtplib.SMTPException, MessageError, OSError, ValueError) as error:
            told = f"SEINTJE_SMTP_URL: no mail could be sent ({type(error).__name__})"
            raise Unavailable(told, _AGAIN_S) from None  # the answer may quote an address

    def close(self) -> None:
        self._thread.shutdown()

    def _send(self, mail: Mail) -> None:
        message = EmailMessage(policy=SMTP)
        to = Address(addr_spec=mail.to)  # one, and nothing but an address
        message["From"], message["To"] = self._sender, to
        message["Subject"] = mail.subject
        message["Auto-Submitted"] = "auto-generated"  # no answer of a machine (RFC 3834)
        message.set_content(mail.text)
        tls = ssl.create_default_context()
        with self._connected(tls) as server:
            if self._user is not None:
                server.login(self._user, self._password)
            server.send_message(message, to_addrs=[to.addr_spec])

    def _connected(self, tls: ssl.SSLContext) -> smtplib.SMTP:
        if self._is_tls:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_WAIT_S, context=tls)
        server = smtplib.SMTP(self._host, self._port, timeout=_WAIT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=tls)
        elif self._user is not None:
            server.close()
            raise smtplib.SMTPNotSupportedError("a password is not sent without TLS")
        return server


def mailer_of(settings: Settings) -> Mailer | None:
    """The mailer that the settings describe, if they do. Misconfigured: what is missing."""
    if settings.smtp_url is None:
        return None
    if settings.mail_from is None:
        raise Misconfigured("SEINTJE_MAIL_FROM", "write from which address mail comes")
    password = None
    if urlsplit(settings.smtp_url).username is not None:
        password = _password(settings.smtp_password_file)
    return Mailer(settings.smtp_url, settings.mail_from, password)


def _password(file: Path | None) -> str:
    where = "SEINTJE_SMTP_PASSWORD_FILE"
    if file is None:
        raise Misconfigured(where, "write a file with the password of the user in it")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(where, f"{file} cannot be read; make it readable") from None
