"""A mail server and one recipient, for the contract. A mail names no alert, so what it was told is
read from the notes that its digests count."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connectors.index import Name
from connectors.kept import Kept
from connectors.mail_notes import Notes
from tests.contract.connectors.world import Can, Said
from tests.systems.mailbox import Mailbox, serving

TO = "wijkteam@gemeente.example"


class MailWorld:
    """Whoever is to hear of each alert at once."""

    name = Name.MAIL
    party = "gemeente-weert"
    source = "urn:nld:oin:00000099000000988000:systeem:mail"
    lacks: Mapping[Can, str] = dict.fromkeys(
        (Can.BE_READ, Can.CHANGE, Can.SHIFT), "nobody answers a digest"
    )
    secrets = (TO,)

    def __init__(self, mailbox: Mailbox, folder: Path) -> None:
        self.mailbox, self._folder = mailbox, folder

    def own(self) -> Mapping[str, Any]:
        return {
            "server": self.mailbox.address,
            "from": "seintje@gemeente.example",
            "console": "https://hub.example.nl",
            "recipients": [{"to": TO, "send": "at-once", "days": "every"}],
            "gatherMinutes": 0,
        }

    async def come(self) -> None:
        await self.mailbox.start()

    async def go(self) -> None:
        await self.mailbox.stop()

    async def add(self, number: int) -> None:
        raise AssertionError(number)

    async def change(self) -> None:
        raise AssertionError

    async def shift(self) -> None:
        raise AssertionError

    async def repeat(self) -> None:
        raise AssertionError

    async def surprise(self) -> str:
        raise AssertionError

    def expected(self) -> Sequence[Said]:
        return ()

    def told(self) -> Sequence[tuple[str, int]]:
        kept = Kept(self._folder / "state")
        try:
            notes = Notes(kept.shelf).all()
        finally:
            kept.close()
        # Everything is new, at once: however often it was sent, each mail says so once.
        mails = {got.message_id: got for got in self.mailbox.mails}.values()
        assert sum(_new(got.body("plain")) for got in mails) == len(notes)
        return [(it.alert_id, it.revision) for it in notes]


def _new(text: str) -> int:
    [found] = [it for it in text.splitlines() if it.startswith("- Nieuw: ")]
    return int(found.removeprefix("- Nieuw: "))


@asynccontextmanager
async def mail_world(folder: Path) -> AsyncIterator[MailWorld]:
    async with serving() as mailbox:
        yield MailWorld(mailbox, folder)
