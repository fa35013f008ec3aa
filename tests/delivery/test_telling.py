"""The contact of a subscription hears of trouble: once a kind for each streak, from a real SMTP
server, also over a restart; and what is counted for operators."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from hub.delivery.orders import Consented, Order, Pause, Resume, Subscribe
from hub.delivery.owner import HOUR_MS, Kind
from hub.delivery.subscription import Life
from hub.domain.time import NEVER
from hub.errors import Misconfigured, Unavailable
from hub.mail import Mail, Mailer, mailer_of
from hub.settings import Settings, load
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics
from tests.delivery.delivering import PARTY, Making
from tests.delivery.hooks import OK, hook, status
from tests.delivery.subscribing import NOW

CONTACT: Final = "beheer@receiver.example"
FROM: Final = "seintje@hub.example"


class Post:
    """What an SMTP server got."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.is_full = False
        self._changed = asyncio.Condition()

    async def got(self, count: int) -> None:
        """Wait for so many mails."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.mails) >= count)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.is_full:
            return "452 Insufficient system storage"
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.recipients += envelope.rcpt_tos
        async with self._changed:
            self.mails.append(found)
            self._changed.notify_all()
        return "250 OK"

    @property
    def subjects(self) -> list[str]:
        return [str(it["Subject"]) for it in self.mails]


@asynccontextmanager
async def posted(**more: Any) -> AsyncIterator[tuple[Post, int]]:
    post = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post, **more), "127.0.0.1", 0)
    try:
        yield post, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def subscribed(endpoint: str, contact: str | None = CONTACT) -> list[Order]:
    made = Subscribe(
        party=PARTY, endpoint=endpoint, after=0, numbered_by="", at=NOW, contact=contact
    )
    return [made, Consented(endpoint, None)]


@pytest.mark.slow
async def test_trouble_is_told_once_a_kind_and_anew_in_a_new_streak(
    make: Making, ca: trustme.CA
) -> None:
    is_down = [True]
    async with (
        make() as hub,
        hook(ca, lambda _got: status(500) if is_down[0] else OK) as found,
        posted() as (post, port),
    ):
        hub.mails = mailer = Mailer(f"smtp://127.0.0.1:{port}", FROM)
        endpoint = found.url + "?token=geheim"
        await hub.tell(1)
        await hub.clock.stop_at(NOW + 10 * HOUR_MS)
        async with hub.delivering():
            await hub.subscribe("sb-1", endpoint, None, *subscribed(endpoint))
            await hub.clock.stopped()
            assert post.subjects == ["Seintje: uw systeem neemt geen berichten aan"]
        async with hub.delivering():  # a restart tells nothing again
            await hub.clock.stop_at(NOW + 60 * HOUR_MS)
            await hub.clock.stopped()
            assert len(post.mails) == 1
            await hub.clock.stop_at(NEVER)
            await hub.until(lambda: Kind.PAUSED in hub.find("sb-1").mailed)
            is_down[0] = False
            await hub.order("sb-1", Resume())
            await hub.reached("sb-1", 1)
            assert hub.find("sb-1").mailed == ()
            is_down[0] = True
            await hub.tell(2)
            await post.got(3)
        mailer.close()
    assert post.subjects[:3] == [
        "Seintje: uw systeem neemt geen berichten aan",
        "Seintje: het sturen naar uw systeem is gestopt",
        "Seintje: uw systeem neemt geen berichten aan",
    ]
    [first, *_] = post.mails
    text = first.get_content()
    assert (first["From"], first["To"], first["Auto-Submitted"]) == (
        FROM,
        CONTACT,
        "auto-generated",
    )
    assert "127.0.0.1" in text
    assert "sb-1" in text
    assert "uw systeem meldt een fout (5xx)" in text
    assert "In English: your receiver" in text
    assert "geheim" not in text
    assert "al-1" not in text


async def test_one_that_is_gone_is_told_and_one_that_was_paused_by_its_party_is_not(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca, lambda _got: status(410)) as found, posted() as (post, port):
        hub.mails = mailer = Mailer(f"smtp://127.0.0.1:{port}", FROM)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url, None, *subscribed(found.url), Pause())
            await hub.subscribe("sb-2", found.url, None, *subscribed(found.url, None))
            await hub.tell(1)
            await hub.until(lambda: hub.life("sb-2") is Life.DISABLED)
            await hub.order("sb-1", Resume())
            await post.got(1)
            hub.find("sb-1")
        mailer.close()
    assert post.subjects == ["Seintje: uw abonnement is uitgezet"]
    assert hub.kept.mailed == (Kind.DISABLED,)


async def test_while_mail_is_away_it_is_owed(make: Making, ca: trustme.CA) -> None:
    async with make() as hub, hook(ca, lambda _got: status(410)) as found, posted() as (post, port):
        hub.mails = mailer = Mailer(f"smtp://127.0.0.1:{port}", FROM)
        post.is_full = True
        await hub.tell(1)
        await hub.clock.stop_at(NOW)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url, None, *subscribed(found.url))
            await hub.clock.stopped()  # it waits to try again
            assert hub.find("sb-1").mailed == ()
            post.is_full = False
            await hub.clock.stop_at(NOW + HOUR_MS)
            await post.got(1)
        mailer.close()


# ---- The way out by mail -------------------------------------------------------------------------

MAIL: Final = Mail(CONTACT, "Één onderwerp", "Regel één\n.\nregel twee")


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with posted() as (post, port):
        mailer = Mailer(f"smtp://127.0.0.1:{port}", FROM)
        await mailer.send(MAIL)
        mailer.close()
    [found] = post.mails
    assert post.recipients == [CONTACT]
    assert found["Subject"] == MAIL.subject
    assert found.get_content().split() == MAIL.text.split()


async def test_a_password_goes_over_tls_only(
    ca: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(tls)
    seen: list[bytes] = []

    def known(*found: Any) -> AuthResult:
        seen.append(found[-1].password)
        return AuthResult(success=found[-1].password == b"geheim")

    async with posted(tls_context=tls, authenticator=known) as (post, port):
        with ca.cert_pem.tempfile() as file:
            monkeypatch.setenv("SSL_CERT_FILE", file)
            mailer = Mailer(f"smtp://seintje@127.0.0.1:{port}", FROM, "geheim")
            await mailer.send(MAIL)
            mailer.close()
    assert (len(post.mails), seen) == (1, [b"geheim"])
    async with posted(authenticator=known, auth_require_tls=False) as (post, port):
        mailer = Mailer(f"smtp://seintje@127.0.0.1:{port}", FROM, "geheim")
        with pytest.raises(Unavailable, match="SEINTJE_SMTP_URL: no mail could be sent"):
            await mailer.send(MAIL)
        mailer.close()
    assert (len(post.mails), len(seen)) == (0, 1)


@pytest.mark.parametrize("to", ["a@b.example\nBcc: c@d.example", "root,a@b.example", "root, a@b.c"])
async def test_an_address_adds_no_header_and_nobody_else(to: str) -> None:
    async with posted() as (post, port):
        mailer = Mailer(f"smtp://127.0.0.1:{port}", FROM)
        with suppress(Unavailable):
            await mailer.send(Mail(to, "s", "t"))
        mailer.close()
    assert set(post.recipients) <= {to}


def test_without_a_server_nobody_is_mailed_and_half_a_setting_is_told(tmp_path: Path) -> None:
    assert mailer_of(Settings()) is None
    with pytest.raises(Misconfigured, match="SEINTJE_MAIL_FROM"):
        mailer_of(load({"SEINTJE_SMTP_URL": "smtp://post.example"}))
    environ = {"SEINTJE_SMTP_URL": "smtps://me@post.example", "SEINTJE_MAIL_FROM": FROM}
    with pytest.raises(Misconfigured, match="SEINTJE_SMTP_PASSWORD_FILE"):
        mailer_of(load(environ))
    (tmp_path / "password").write_text("geheim\n")
    assert mailer_of(load(environ | {"SEINTJE_SMTP_PASSWORD_FILE": str(tmp_path / "password")}))
    for url in ("http://a", "smtp://", "smtp://a:b@c", "smtp://a/b"):
        with pytest.raises(Misconfigured, match="SEINTJE_SMTP_URL: write"):
            load({"SEINTJE_SMTP_URL": url})


# ---- For operators -------------------------------------------------------------------------------


async def test_attempts_lives_and_who_waits_are_counted(make: Making, ca: trustme.CA) -> None:
    async with make() as hub, hook(ca, lambda _got: status(500)) as found, hook(ca) as other:
        metrics = Metrics(Role.DELIVER)
        metrics.add(hub.figures.shown)
        await hub.tell(1)
        await hub.clock.stop_at(NOW)
        async with hub.delivering():
            await hub.subscribe("sb-1", found.url)
            await hub.clock.stopped()
            await hub.subscribe("sb-2", other.url)
            await hub.reached("sb-2", 1)
            hub.clock.at += 5000
            text = metrics.exposition(is_ready=True).decode()
    assert 'seintje_webhook_attempts_total{reason="server-error"} 1.0' in text
    assert 'seintje_webhook_attempts_total{reason="delivered"} 1.0' in text
    assert 'seintje_subscriptions{life="failing"} 1.0' in text
    assert 'seintje_subscriptions{life="active"} 1.0' in text
    assert f'seintje_webhook_oldest_seconds{{party="{PARTY}"}} 5.0' in text
    assert "127.0.0.1" not in text


async def test_what_waits_for_one_that_is_paused_is_counted_after_a_restart_too(
    make: Making, ca: trustme.CA
) -> None:
    async with make() as hub, hook(ca) as found:
        metrics = Metrics(Role.DELIVER)
        metrics.add(hub.figures.shown)
        made = subscribed(found.url)
        await hub.subscribe("sb-1", found.url, None, *made, Pause())
        await hub.tell(1)
        async with hub.delivering():
            await hub.subscribe("sb-2", found.url)  # carried out after what there was
            await hub.reached("sb-2", 1)
            hub.clock.at += 9000
            text = metrics.exposition(is_ready=True).decode()
    assert f'seintje_webhook_oldest_seconds{{party="{PARTY}"}} 9.0' in text
