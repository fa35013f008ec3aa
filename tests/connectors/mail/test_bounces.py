"""Mail that comes back: whose it was, and what is done about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.mail_digest import Digest, Told
from connectors.mail_post import Letter, Post, returned, sent
from hub.errors import Unavailable
from tests.connectors.mail.noting import TO, recipient
from tests.connectors.mail.running import AT_ONCE, OTHER, Running, running
from tests.systems.mailbox import Fate, Got, Mailbox, away, maildir, put, report, serving

BOTH = (recipient(OTHER, send="at-once"), AT_ONCE)
ADDRESS = "mail.recipients, number 2"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with serving() as found:
        yield found


@pytest.fixture(params=["Maildir", "folder of .eml"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return maildir(tmp_path / "m") if request.param == "Maildir" else tmp_path


async def mailed(mail: Running, mailbox: Mailbox) -> Got:
    """A mail to both; the one to TO."""
    await mail.pass_(1)
    await mail.told("a")
    await mail.pass_(6)
    [got] = mailbox.of(TO)
    return got


async def test_an_address_that_fails_is_left_alone_for_a_day_and_tried_again(
    mailbox: Mailbox, folder: Path
) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        file = put(folder, report(got, Fate()))
        await mail.pass_(2)
        assert not file.exists()  # read, and put by
        assert list(folder.rglob("1*")) != []
        [(where, why)] = mail.troubles.items()
        assert where == f"mail.recipients, {TO}"
        assert "(5.1.1); check the address; it is tried again from 3 March" in why
        await mail.told("b")
        await mail.pass_(23 * 60)
        assert (len(mailbox.of(OTHER)), len(mailbox.of(TO))) == (2, 1)
        await mail.pass_(60)
        again = mailbox.of(TO)[1]
        assert again.subject == "Seintje: er staan 2 seintjes voor u klaar"
        assert "Nieuw: 2" in again.body("plain")  # the first was never seen
        assert mail.troubles == {}


async def test_a_mail_that_is_delayed_changes_nothing(mailbox: Mailbox, folder: Path) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        put(folder, report(got, Fate("delayed", "4.4.1")))
        await mail.pass_(24 * 60)
        assert mail.troubles == {}
        assert len(mailbox.of(TO)) == 1
        assert ("a report on a mail", ADDRESS, "delayed 4.4.1") in [
            (event, told.get("where"), told.get("reason")) for event, told in mail.place.said
        ]


async def test_what_a_server_gave_up_on_is_said_again_an_hour_later(
    mailbox: Mailbox, folder: Path
) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        put(folder, report(got, Fate("failed", "4.4.7")))
        await mail.pass_(55)
        assert len(mailbox.of(TO)) == 1
        await mail.pass_(10)
        first, again = mailbox.of(TO)
        assert "Nieuw: 1" in again.body("plain")
        assert first.message_id != again.message_id  # nobody drops it as seen
        assert mail.troubles == {}


async def test_what_came_back_late_is_told_with_what_came_since(
    mailbox: Mailbox, folder: Path
) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        await mail.told("b")
        await mail.pass_(10)
        assert len(mailbox.of(TO)) == 2
        put(folder, report(got, Fate("failed", "4.4.7")))
        await mail.pass_(70)
        assert "Nieuw: 2" in mailbox.of(TO)[2].body("plain")
        await mail.pass_(24 * 60)
        assert len(mailbox.of(TO)) == 3


def test_what_comes_back_while_the_next_is_on_its_way_is_not_forgotten() -> None:
    first = Letter(due=1, made=1, digest=Digest(2), since=0, told=Told(2, slot=5))
    second = Letter(due=9, made=9, digest=Digest(1), since=2, told=Told(3, slot=6))
    post = returned(replace(sent(Post(), first), letter=second), first.name, None, before=20)
    assert sent(post, second) == Post(told=Told(0, slot=6, before=20))


async def test_the_answer_of_who_is_away_changes_nothing(mailbox: Mailbox, folder: Path) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        file = put(folder, away(got))
        await mail.pass_(24 * 60)
        assert not file.exists()
        assert mail.troubles == {}
        assert len(mailbox.of(TO)) == 1


async def test_one_member_of_a_list_keeps_nothing_from_the_others(
    mailbox: Mailbox, folder: Path
) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        put(folder, report(got, Fate(address="vertrokken@gemeente.example")))
        await mail.pass_(2)
        [why] = mail.troubles.values()
        assert "mail was passed on to another address and failed there on 2 March" in why
        assert "vertrokken" not in str(mail.place.said) + why
        await mail.told("b")
        await mail.pass_(10)
        assert len(mailbox.of(TO)) == 2


async def test_a_report_that_somebody_made_up_changes_nothing(
    mailbox: Mailbox, folder: Path
) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        token = got.message_id.split(".")[2].partition("@")[0]
        raw = report(got, Fate()).replace(token.encode(), b"a" * 20)
        raw = raw.replace(token.upper().encode(), b"A" * 20)
        put(folder, raw)
        await mail.pass_(2)
        assert mail.troubles == {}
        assert "a report is about no mail of ours" in mail.place.events()


async def test_without_anything_that_came_back_it_is_known_by_where_it_was_sent(
    mailbox: Mailbox, folder: Path
) -> None:
    mailbox.knows_dsn = False
    path = "terug@gemeente.example"
    more: dict[str, Any] = {"return_path": path, "return_path_per_mail": True}
    async with running(mailbox, *BOTH, bounces=folder, **more) as mail:
        got = await mailed(mail, mailbox)
        assert got.return_path.startswith("terug+seintje.")
        assert got.asked == ()
        put(folder, report(got, Fate(), ("returned", "envelope-id")))
        await mail.pass_(2)
        assert list(mail.troubles) == [f"mail.recipients, {TO}"]


async def test_a_folder_that_is_gone_is_told_and_mail_goes_on(
    mailbox: Mailbox, tmp_path: Path
) -> None:
    async with running(mailbox, bounces=tmp_path / "none") as mail:
        with pytest.raises(Unavailable, match=r"mail\.bounces: .*none cannot be read"):
            await mail.pass_(1)


async def test_many_reports_are_read_in_turns(mailbox: Mailbox, folder: Path) -> None:
    async with running(mailbox, *BOTH, bounces=folder) as mail:
        got = await mailed(mail, mailbox)
        for number in range(150):
            put(folder, away(got), f"{number:03}")
        await mail.pass_(2)
        inbox = folder / "new" if (folder / "new").is_dir() else folder
        assert not [it for it in inbox.iterdir() if it.suffix == ".eml" or inbox is not folder]
