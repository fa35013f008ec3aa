"""Mail from the alert to the mailbox, over a real mail server that does not always do its part."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors.mail import build
from connectors.mail_recipient import QuietHours
from connectors.secret import Secret
from hub.domain.time import HOUR_MS, MINUTE_MS
from hub.errors import Misconfigured, Unavailable
from tests.connectors.doubles import Killed
from tests.connectors.mail.noting import TO, recipient
from tests.connectors.mail.place import Place
from tests.connectors.mail.running import AT_ONCE, FROM, OTHER, running, settings
from tests.systems.mailbox import Mailbox, serving

_NEW = re.compile(r"Nieuw: ([0-9]+)")


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with serving() as found:
        yield found


# ---- What is sent, and when ----------------------------------------------------------------------


async def test_several_alerts_are_one_mail_with_their_number_and_a_link(mailbox: Mailbox) -> None:
    async with running(mailbox) as mail:
        await mail.pass_(1)
        await mail.told("a", "b")
        await mail.pass_(3)
        await mail.told("c")
        await mail.pass_(1.9)
        assert mailbox.mails == []
        await mail.pass_(60)
    [got] = mailbox.mails
    assert got.subject == "Seintje: er staan 3 seintjes voor u klaar"
    assert "https://hub.example.nl" in got.body("plain")
    assert "https://hub.example.nl" in got.body("html")
    assert got.mail.get_content_type() == "multipart/alternative"
    assert (got.mail["From"], got.mail["To"]) == (FROM, TO)
    assert got.mail["Content-Language"] == "nl"
    assert got.mail["Auto-Submitted"] == "auto-generated"
    assert got.mail["List-Id"] == "Seintje <digest.gemeente.example>"
    assert got.mail["Date"] == "Mon, 02 Mar 2026 08:06:00 +0000"


async def test_long_names_and_odd_signs_arrive_as_they_are(mailbox: Mailbox) -> None:
    domain = f"{'een-heel-lange-naam.' * 4}example"
    to = f"wijk+team%noord@{domain}"
    async with running(mailbox, recipient(to, send="at-once"), sender=f"a@{domain}") as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(6)
    [got] = mailbox.mails
    assert (got.to, got.mail["To"]) == (to, to)
    assert got.asked[-1] == f"ORCPT=RFC822;WIJK+2BTEAM%NOORD@{domain.upper()}"
    lines = got.raw.decode().splitlines()
    assert f"List-Id: Seintje <digest.{domain}>" in lines
    assert [it for it in lines if it.startswith("Message-ID: <") and it.endswith(f"@{domain}>")]


async def test_a_daily_digest_comes_in_the_morning_and_says_what_still_waits(
    mailbox: Mailbox,
) -> None:
    async with running(mailbox, recipient(at=("08:30",))) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(23 * 60)
        assert mailbox.mails == []
        await mail.pass_(60)
        await mail.told("b")
        await mail.pass_(24 * 60)
        await mail.told("a", "b", revision=2, status="acknowledged", notice="changed")
        await mail.pass_(3 * 24 * 60)
    assert [got.subject for got in mailbox.mails] == [
        "Seintje: er staat 1 seintje voor u klaar",
        "Seintje: er staan 2 seintjes voor u klaar",
    ]
    assert "Nieuw: 1" in mailbox.mails[1].body("plain")


async def test_with_nothing_to_say_there_is_no_mail(mailbox: Mailbox) -> None:
    async with running(mailbox, recipient(), recipient(OTHER, send="at-once")) as mail:
        await mail.pass_(1)
        await mail.told("a", announced=False)
        await mail.told("b")
        await mail.told("b", revision=2, status="resolved", notice="ended")
        await mail.pass_(3 * 24 * 60)
    assert mailbox.tries == 0


async def test_what_came_at_night_comes_once_in_the_morning(mailbox: Mailbox) -> None:
    night = QuietHours(begin="18:00", until="07:30")
    async with running(mailbox, recipient(send="at-once", quiet=night)) as mail:
        await mail.pass_(10 * 60)
        await mail.told("a", severity="critical")
        await mail.pass_(60)
        await mail.told("b")
        await mail.pass_(11 * 60 + 29)
        assert mailbox.mails == []
        await mail.pass_(1)
        assert len(mailbox.mails) == 1
        await mail.pass_(24 * 60)
    [got] = mailbox.mails
    assert "Kritiek: 1" in got.body("plain")
    assert got.subject == "Seintje: er staan 2 seintjes voor u klaar"


async def test_each_gets_what_is_for_them_in_their_language(mailbox: Mailbox) -> None:
    async with running(
        mailbox,
        recipient(send="at-once", gemeenten=("0988",)),
        recipient(OTHER, language="en", critical_at_once=True, days="every"),
        gather_minutes=0,
    ) as mail:
        await mail.pass_(1)
        await mail.told("a", gemeente="0957", severity="critical")
        await mail.pass_(2)
    [got] = mailbox.mails
    assert (got.to, got.subject) == (OTHER, "Seintje: 1 alert is waiting for you")


async def test_after_an_outage_of_ours_there_is_one_digest(mailbox: Mailbox) -> None:
    place = Place()
    async with running(mailbox, recipient(), place=place) as mail:
        await mail.pass_(1)
        await mail.told("a")
    place.now += 5 * 24 * HOUR_MS
    async with running(mailbox, recipient(), place=place) as mail:
        await mail.pass_(60)
    assert len(mailbox.mails) == 1


async def test_a_new_recipient_begins_with_what_stands_there(mailbox: Mailbox) -> None:
    place = Place()
    async with running(mailbox, place=place) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(10)
    async with running(mailbox, recipient(OTHER, send="at-once"), place=place) as mail:
        await mail.pass_(10)
    assert [got.to for got in mailbox.mails] == [TO, OTHER]
    assert TO not in str(place.shelf.kept)  # nothing stays of who left the settings


# ---- Never twice ---------------------------------------------------------------------------------


@pytest.mark.parametrize("written", range(8))
async def test_after_a_crash_there_is_the_same_mail_once_more_at_most(
    mailbox: Mailbox, written: int
) -> None:
    """The process dies at any of the moments at which something is written."""
    place = Place()
    place.shelf.dies_after = written
    async with running(mailbox, place=place) as mail:
        with suppress(Killed):
            await mail.pass_(1)
            await mail.told("a")
            await mail.pass_(10)
    place.shelf.dies_after = None
    place.now += 3 * HOUR_MS
    async with running(mailbox, place=place) as mail:
        await mail.told("a", "b")  # what was told is told again, and something came since
        await mail.pass_(60)
    first, *more = mailbox.mails
    again = [got for got in more if got.message_id == first.message_id]
    assert len(again) <= 1
    assert all(got.raw == first.raw for got in again)
    news = sum(
        int(_NEW.findall(got.body("plain"))[0])
        for got in {it.raw: it for it in mailbox.mails}.values()
    )
    assert news == 2  # nothing lost, nothing new twice
    assert len(mailbox.mails) <= 3


async def test_a_mail_of_which_nobody_knows_is_sent_as_it_was(mailbox: Mailbox) -> None:
    mailbox.breaks_off = True
    async with running(mailbox) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(5.5)
        assert mail.place.events() == ["a mail may not have arrived"]
        mailbox.breaks_off = False
        await mail.told("b")
        await mail.pass_(3)
        first, second = mailbox.mails
        assert first.raw == second.raw
        await mail.pass_(60)
    assert len(mailbox.mails) == 3


async def test_and_stays_so_while_the_server_is_away_or_wants_it_later(mailbox: Mailbox) -> None:
    mailbox.breaks_off = True
    async with running(mailbox) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(5.5)
        mailbox.breaks_off = False
        await mail.told("b")
        mailbox.defer(TO)
        await mail.pass_(1)
        assert mail.place.events()[-1] == "a mail is deferred"
        await mailbox.stop()
        with pytest.raises(Unavailable):
            await mail.pass_(10)
        assert len(mailbox.mails) == 1
        await mailbox.start()
        await mail.pass_(20)
        first, second, other = mailbox.mails
        assert first.raw == second.raw
        assert "Nieuw: 1" in other.body("plain")


async def test_nor_is_it_sent_again_in_quiet_hours(mailbox: Mailbox) -> None:
    mailbox.breaks_off = True
    quiet = QuietHours(begin="09:08", until="12:00")
    async with running(mailbox, recipient(send="at-once", quiet=quiet)) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(7)
        mailbox.breaks_off = False
        before = len(mailbox.mails)
        await mail.pass_(171)
        assert len(mailbox.mails) == before
        await mail.pass_(2)
        assert len(mailbox.mails) == before + 1
        assert len({got.raw for got in mailbox.mails}) == 1


# ---- When the other side does not do its part ----------------------------------------------------


async def test_one_that_is_refused_holds_up_nobody_and_is_tried_again(mailbox: Mailbox) -> None:
    mailbox.refuse(TO)
    both = (AT_ONCE, recipient(OTHER, send="at-once"))
    async with running(mailbox, *both, undeliverable_days=2) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(24 * 60)
        assert (len(mailbox.of(OTHER)), mailbox.tries) == (1, 2)
        assert mail.troubles == {
            f"mail.recipients, {TO}": (
                "mail to this address failed on 2 March 2026 09:06 (550 5.1.1); "
                "check the address; it is tried again from 4 March 2026 09:06"
            )
        }
        assert ("a mail is refused", "550 5.1.1") in [
            (event, told.get("reason")) for event, told in mail.place.said
        ]
        mailbox.take_again(TO)
        await mail.told("b")
        await mail.pass_(25 * 60)
        [got] = mailbox.of(TO)
        assert got.subject == "Seintje: er staan 2 seintjes voor u klaar"  # nothing was lost
        assert mail.troubles == {}


async def test_one_that_is_deferred_is_sent_a_little_later(mailbox: Mailbox) -> None:
    mailbox.defer(TO, times=3)
    async with running(mailbox, AT_ONCE, recipient(OTHER, send="at-once")) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(5)
        assert len(mailbox.of(OTHER)) == 1
        await mail.told("b")
        await mail.pass_(10)
        [got] = mailbox.of(TO)
    assert got.subject == "Seintje: er staan 2 seintjes voor u klaar"  # as it is by then
    assert [it for it in mail.place.events() if "deferred" in it] == ["a mail is deferred"] * 3


async def test_while_the_server_is_away_nothing_is_lost(mailbox: Mailbox) -> None:
    async with running(mailbox) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mailbox.stop()
        mail.place.now += 5 * MINUTE_MS
        with pytest.raises(Unavailable, match=r"mail\.server: no mail could be sent"):
            await mail.pass_(1)
        [finding] = await mail.check()
        assert finding.where == "mail.server"
        await mailbox.start()
        await mail.told("b")
        await mail.pass_(2)
        assert await mail.check() == []
    [got] = mailbox.mails
    assert got.subject == "Seintje: er staan 2 seintjes voor u klaar"


async def test_a_mail_that_a_server_cannot_bear_holds_up_nobody(mailbox: Mailbox) -> None:
    mailbox.cannot_bear = TO
    async with running(mailbox, AT_ONCE, recipient(OTHER, send="at-once")) as mail:
        await mail.pass_(1)
        await mail.told("a")
        with pytest.raises(Unavailable, match="SMTPServerDisconnected"):
            await mail.pass_(10)
        await mail.pass_(1)
        assert [got.to for got in mailbox.mails] == [OTHER]
        mailbox.cannot_bear = ""
        await mail.pass_(2)
        assert [got.to for got in mailbox.mails] == [OTHER, TO]


@pytest.mark.parametrize(
    ("answer", "troubles", "mails"),
    [
        pytest.param("452 4.3.1 Insufficient system storage", 0, 1, id="full for a while"),
        pytest.param("554 5.7.1 Looks like spam", 1, 0, id="not wanted"),
    ],
)
async def test_what_a_server_says_of_a_whole_mail(
    mailbox: Mailbox, answer: str, troubles: int, mails: int
) -> None:
    mailbox.after_it = answer
    async with running(mailbox) as mail:
        await mail.pass_(1)
        await mail.told("a")
        await mail.pass_(5.5)
        assert [told["reason"] for _, told in mail.place.said] == [answer[:9]]
        assert len(mail.troubles) == troubles
        mailbox.after_it = ""
        await mail.pass_(10)
        assert len(mailbox.mails) == mails
        await mail.pass_(24 * 60)
        assert len(mailbox.mails) == 1
        assert mail.troubles == {}


async def test_alerts_are_noted_while_a_server_stands_still(mailbox: Mailbox) -> None:
    mailbox.stand_still()
    async with running(mailbox, gather_minutes=0) as mail:
        await mail.pass_(0)
        await mail.told("a")
        going = asyncio.create_task(mail.pass_(0.1))
        await asyncio.sleep(0)  # it has begun
        await mail.told("b")
        mailbox.go_on()
        await going
        await mail.pass_(1)
    assert ["1 seintje " in got.subject for got in mailbox.mails] == [True, False]


# ---- Settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_tls_first", [False, True])
async def test_a_password_goes_over_tls(
    is_tls_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, tls = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(tls)
    async with serving(tls, is_tls_first=is_tls_first, seintje="geheim") as mailbox:
        with ca.cert_pem.tempfile() as file:
            monkeypatch.setenv("SSL_CERT_FILE", file)
            server = mailbox.address.replace("://", "://seintje@")
            right: dict[str, Any] = {"server": server, "password_file": Secret("geheim")}
            async with running(mailbox, gather_minutes=0, **right) as mail:
                assert await mail.check() == []
                await mail.pass_(1)
                await mail.told("a")
                await mail.pass_(1)
            assert len(mailbox.mails) == 1
            wrong: dict[str, Any] = {"server": server, "password_file": Secret("fout")}
            async with running(mailbox, **wrong) as mail:
                [finding] = await mail.check()
    assert finding.where == "mail.server"
    assert "SMTPAuthenticationError 535" in finding.wrong
    assert "fout" not in str(finding)


async def test_check_asks_about_each_address_and_sends_nothing(
    mailbox: Mailbox, tmp_path: Path
) -> None:
    mailbox.refuse(OTHER, "550 5.7.1 Relaying denied")
    mailbox.defer(TO)
    both = (AT_ONCE, recipient(OTHER))
    async with running(mailbox, *both, bounces=tmp_path / "none") as mail:
        found = await mail.check()
    assert [(it.where, it.wrong) for it in found] == [
        ("mail.recipients, number 2", "the mail server refuses this address (550 5.7.1)"),
        ("mail.bounces", "this folder cannot be read, or not be written"),
    ]
    assert mailbox.mails == []


async def test_settings_that_cannot_be_are_told_at_start(mailbox: Mailbox) -> None:
    with pytest.raises(Misconfigured, match=r"mail\.passwordFile"):
        build(settings(mailbox, server="smtp://me@post.example"), Place().site())
    twice = (AT_ONCE, recipient(OTHER), recipient(TO.upper()))
    with pytest.raises(Misconfigured, match=r"mail\.recipients, number 3: this address"):
        build(settings(mailbox, *twice), Place().site())
