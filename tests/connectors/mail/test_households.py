"""No mail, no log line and nothing that is kept says anything of a household: whole alerts of a
simulated region go in, and everything that comes out is read for what was in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from connectors.mail_recipient import Recipient
from hub.client import Alert
from hub.domain.facts import CATALOGUE
from tests.connectors.mail.noting import recipient
from tests.connectors.mail.place import Place
from tests.connectors.mail.running import running
from tests.systems.mailbox import Mailbox, serving
from tests.wire.views import emitted

# What an alert may share with a mail: what is counted, and until when it is to be answered.
COUNTED = {"severity", "status", "revision", "respondBy", "part", "notice", "listed", "announced"}
RECIPIENTS = (
    recipient("nu@post.example", send="at-once", days="every"),
    recipient("dag@post.example", days="every", critical_at_once=True),
    recipient("day@post.example", language="en", days="every", only_to_act=True),
)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for it in value.values():
            yield from texts(it)
    elif isinstance(value, list):
        for it in value:
            yield from texts(it)


def told_of(party: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(view) for to, view, _ in emitted() if to == party]


def of_households(views: list[dict[str, Any]]) -> set[str]:
    """What no mail may hold: each reference, handle, rule, name, message, id, source, code."""
    found: set[str] = set(CATALOGUE)
    for view in views:
        found |= set(texts({name: it for name, it in view.items() if name not in COUNTED}))
    # Codes of a word or two stand in any text: `other`, `nl`; whole messages do not.
    return {it for it in found if len(it) > 5 or (it.isdecimal() and len(it) > 3)}


async def mailed(views: list[dict[str, Any]], mailbox: Mailbox, *to: Recipient) -> Place:
    place = Place()
    async with running(mailbox, *to, place=place, sender="seintje@post.example") as mail:
        await mail.pass_(1)
        for number, view in enumerate(views):
            await mail.tell(msgspec.convert(view, Alert))
            if number % 10 == 0:
                await mail.skip(8 * 60)
        await mail.skip(24 * 60)
    return place


@pytest.fixture(params=["gemeente-weert", "corporatie-maas", "begeleider-onderdak"])
def views(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """All that a party is told of a region."""
    return told_of(request.param)  # it has a loop of its own, so not inside that of the test


@pytest.mark.slow
async def test_nothing_of_a_household_goes_out_or_stays(views: list[dict[str, Any]]) -> None:
    secret = of_households(views)
    async with serving() as mailbox:
        place = await mailed(views, mailbox, *RECIPIENTS)
    assert len(views) > 30
    assert len(secret) > 100
    assert {got.to for got in mailbox.mails} == {it.to for it in RECIPIENTS}
    for got in mailbox.mails:
        people, html = got.subject + got.body("plain"), got.body("html")
        whole = people + html + str(got.mail) + got.raw.decode()
        # A gemeente is four digits, which a mark may have by chance; what people read has none.
        assert not [it for it in secret if it in people or (len(it) > 5 and it in whole)]
    said = str(place.said)
    assert not [it for it in secret if it in said]
    kept = {name: value for name, value in place.shelf.kept.items() if name.startswith("alert/")}
    may_be_kept = {view["alertId"] for view in views} | {view.get("gemeente") for view in views}
    left = secret - may_be_kept - {"gemeente", "corporatie", "begeleider", "huurders"}
    written = str(kept)
    assert not [it for it in left if it in written]
