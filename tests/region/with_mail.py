"""Mail for people of a gemeente: how many alerts stand ready, and nothing else. What it counts is
held against what the hub shows at that moment, and each mail against all that the life knows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from connectors.index import Name
from tests.region.checking import Check, shown
from tests.region.connected import Connected, Desired, connected
from tests.region.life import Said
from tests.region.stage import Stage
from tests.systems.mailbox import Got, Mailbox, serving

PARTY: Final = "gemeente-weert"
_TO: Final = "team@gemeente-weert.example.nl"
_CONSOLE: Final = "https://seintje.example.nl"
_LIVING: Final = frozenset({"open", "acknowledged", "agreed"})
_AGAIN: Final = frozenset({"reminder", "escalation"})
_NUMBER: Final = re.compile(r"er sta(?:at|an) (een|\d+) seintjes? voor u klaar")


class WithMail:
    """The mailbox with the connector that mails to it. `secrets`: what no mail may hold."""

    def __init__(
        self, at_work: Connected, mailbox: Mailbox, stage: Stage, secrets: frozenset[str]
    ) -> None:
        self.connectors = (at_work,)
        self._mailbox = mailbox
        self._stage = stage
        self._secrets = secrets
        self._news: dict[str, int] = {}
        self._told: set[str] = set()
        self._wrong: list[str] = []

    def takes(self, said: Said) -> bool:
        return False

    async def hear(self, said: Said) -> None:
        raise AssertionError("it hears of nothing but alerts")

    async def turn(self) -> None:
        await self._stage.settled()
        ready = self._ready(await self._stage.views(PARTY))
        before = len(self._mailbox.mails)
        for it in self.connectors:
            await it.turn()
        for got in self._mailbox.mails[before:]:
            if _number_in(got) != ready:
                self._wrong.append(f"a mail says {got.subject!r}, the hub shows {ready}")
            self._told |= self._news.keys()

    async def checks(self, stage: Stage) -> list[Check]:
        mails = self._mailbox.mails
        revealing = [
            f"a mail holds {word!r}" for got in mails for word in _words(got) & self._secrets
        ]
        names = Counter(got.message_id for got in mails)
        self._wrong += [f"{name}: sent twice" for name, times in names.items() if times > 1]
        return [
            Check("mail counts what the hub shows", len(mails), shown(self._wrong)),
            Check("mail says nothing of a household", len(mails), shown(revealing)),
        ]

    def _ready(self, views: Iterable[Mapping[str, Any]]) -> int:
        """How many alerts are new since the last mail, or wait for an answer."""
        ready = 0
        for view in views:
            name, revision = view["alertId"], view["revision"]
            lasts = view["status"] in _LIVING and view["listed"] and view["announced"]
            if not lasts:
                self._news.pop(name, None)
                self._told.discard(name)
                continue
            again = view["notice"] in _AGAIN
            if name not in self._news or (again and self._news[name] < revision):
                self._news[name] = revision
                self._told.discard(name)
            waits = view["part"] == "acts" and (view["status"] == "open" or again)
            ready += waits or name not in self._told
        return ready


def _number_in(got: Got) -> int:
    found = _NUMBER.search(got.subject)
    assert found is not None, got.subject
    return 1 if found[1] == "een" else int(found[1])


def _words(got: Got) -> set[str]:
    text = "\n".join([got.subject, got.body("plain"), got.body("html")])
    return set(re.findall(r"[A-Za-z0-9/.@_-]+", text))


def secrets_of(stage: Stage, said: Iterable[Said]) -> frozenset[str]:
    """What names a household or its people, and which rules there are."""
    found = {rule.id for it in stage.hub.agreements.all for rule in it.rules}
    for it in said:
        found |= {reference["value"] for reference in it.fact.references}
        found |= {it.fact.own[name] for name in ("phone", "email") if name in it.fact.own}
    return frozenset(found)


@asynccontextmanager
async def mail(stage: Stage, folder: Path, said: Iterable[Said]) -> AsyncIterator[WithMail]:
    """The mailbox for as long as the block runs."""
    own = {
        "from": "seintje@hub.example.nl",
        "console": _CONSOLE,
        "recipients": [{"to": _TO, "at": ["07:00"]}],
    }
    async with serving() as mailbox:
        settings = own | {"server": mailbox.address}
        desired = Desired(Name.MAIL, PARTY, folder / "mail", lambda _: settings)
        async with connected(stage, desired) as at_work:
            yield WithMail(at_work, mailbox, stage, secrets_of(stage, said))
