"""The mail connector at a site with a clock that stands until a test lets time go by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from connectors.mail import MailSettings, build
from connectors.mail_recipient import Recipient
from connectors.seam import Finding
from hub.client import Alert
from tests.connectors.mail.noting import alert, minutes, recipient
from tests.connectors.mail.place import Place
from tests.systems.mailbox import Mailbox

FROM = "seintje@gemeente.example"
OTHER = "balie@gemeente.example"
AT_ONCE = recipient(send="at-once")


def settings(mailbox: Mailbox, *recipients: Recipient, **changes: Any) -> MailSettings:
    usual: dict[str, Any] = {
        "server": mailbox.address,
        "sender": FROM,
        "console": "https://hub.example.nl",
        "recipients": recipients or (AT_ONCE,),
    }
    return MailSettings(**(usual | changes))


class Running:
    """The connector at a place, and its clock."""

    def __init__(self, place: Place, found: MailSettings) -> None:
        self.place = place
        self._connector = build(found, place.site())

    async def told(self, *names: str, **changes: Any) -> None:
        for name in names:
            await self.tell(alert(name, **changes))

    async def tell(self, it: Alert) -> None:
        [notes] = self._connector.sinks
        await notes.deliver(it, self.place.now)

    async def pass_(self, minutes_: float) -> None:
        """Time goes by, and all errands run when they asked to."""
        end = self.place.now + minutes(minutes_)
        while True:
            wakes = [await errand.run(self.place.now) for errand in self._connector.errands]
            wake = min(it for it in wakes if it is not None)
            assert wake > self.place.now
            if wake > end:
                self.place.now = end
                return
            self.place.now = wake

    async def skip(self, minutes_: float) -> None:
        """Time goes by, and all errands run at its end only."""
        self.place.now += minutes(minutes_)
        for errand in self._connector.errands:
            await errand.run(self.place.now)

    @property
    def troubles(self) -> dict[str, str]:
        """What operators know of recipients that are not reached."""
        return self.place.graves.letters

    async def check(self) -> list[Finding]:
        assert self._connector.check is not None
        return list(await self._connector.check())

    async def close(self) -> None:
        assert self._connector.close is not None
        await self._connector.close()


@asynccontextmanager
async def running(
    mailbox: Mailbox, *recipients: Recipient, place: Place | None = None, **changes: Any
) -> AsyncIterator[Running]:
    found = Running(place or Place(), settings(mailbox, *recipients, **changes))
    try:
        yield found
    finally:
        await found.close()
