"""What came through the door, as records: Seintje facts under the names that their sender gave,
other events by the mapping file.

A Seintje fact is passed on as it is, with its own source and id, so that `replaces` and `retracts`
of the sender lead where it meant. Of two events about one thing the one with the later `time`
counts, for senders that try again do not keep the order. What can be neither is kept for people,
and the rest goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from connectors.gemeente.cloudevents_mapping import EventMappings, NotThere, tree_of
from connectors.gemeente.cloudevents_reading import events_of, wrong_with
from connectors.seam import INBOX, Draft, Entry, Inbox, Page, Record, Shelf, Unmapped
from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Refused
from hub.domain.time import Instant, parse_instant
from hub.wire import strict_json
from hub.wire.cloudevents import Envelope, decode

_PAGE: Final = 50  # requests, of which one may be a batch of a megabyte
_LATEST: Final = "receive.latest."
_NO_MAPPING: Final = EventMappings.parse(b"events: {}", "none")


class Events:
    """The events that were brought."""

    name: Final = INBOX

    def __init__(self, inbox: Inbox, shelf: Shelf, mappings: EventMappings | None) -> None:
        self._inbox = inbox
        self._shelf = shelf
        self._mappings = mappings or _NO_MAPPING

    async def read(self, cursor: str | None, now: Instant) -> Page:
        brought = self._inbox.after(cursor, _PAGE)
        entries: list[Entry] = []
        for _, _, body in brought:
            for raw in events_of(body):
                entries += entries_of(raw, self._mappings, self._is_late)
            await asyncio.sleep(0)  # a batch may take seconds of disk: who is at the door gets in
        last = brought[-1][0] if brought else cursor or ""
        # Read on until nothing is there: with its cursor the last request is let go of.
        return Page(tuple(entries), last, is_last=not brought)

    def _is_late(self, key: str, time: str) -> bool:
        """Whether a later event about the same thing was read. Asked twice about the same event it
        answers the same, so a page may be read again."""
        try:
            at = parse_instant(time)
        except ValueError:
            return False  # it does not say when: it counts as it comes
        name = _LATEST + hashlib.sha256(key.encode()).hexdigest()[:32]
        latest = self._shelf.value(name)
        if latest is not None and at < int(latest):
            return True
        self._shelf.keep(name, str(at))
        return False


IsLate: TypeAlias = Callable[[str, str], bool]
"""Whether an event comes too late: by the key of what it is about, and its `time`."""


def entries_of(raw: bytes, mappings: EventMappings, is_late: IsLate) -> Iterator[Entry]:
    """What one event says: a record, nothing if it is left out, or why it cannot be read."""
    answer = decode(raw)
    where = _where(answer, raw)
    wrong = wrong_with(answer, raw)
    if isinstance(answer, Refused) or wrong is not None:
        yield Unmapped(where, f"{wrong}; have the sender mend it and send it again", raw)
        return
    if answer.type in mappings.ignored:
        return
    try:
        yield from _records(answer, where, mappings, is_late)
    except NotThere as error:
        yield Unmapped(where, str(error), raw)


def _records(
    event: Envelope, where: str, mappings: EventMappings, is_late: IsLate
) -> Iterator[Record]:
    data = _data_of(event)
    if event.type in CATALOGUE:
        draft = Draft(event.type, data, own=(event.source, event.id))
        yield Record(_key(event), (draft,), where)
        return
    if not mappings.knows(event.type):
        raise NotThere(
            "its type is not in the mapping file; add it under `events`, or under `ignored`"
        )
    tree = tree_of(event, data)
    drafts = mappings.drafts_of(event.type, tree)
    about = mappings.key_of(event.type, tree)
    if about is None:
        yield Record(_key(event), drafts, where)
        return
    key = " ".join(map(quote, (event.type, *about)))
    if not is_late(key, event.time):
        yield Record(key, drafts, where)


def _data_of(event: Envelope) -> Mapping[str, Any]:
    try:
        data = strict_json.read(event.raw)
    except strict_json.BROKEN:
        data = None
    if not isinstance(data, dict):
        raise NotThere("its data is no JSON object; have the sender put the fields of it there")
    return data


def _key(event: Envelope) -> str:
    """Source and id, which may not run into each other."""
    return f"{quote(event.source)} {quote(event.id)}"


def _where(answer: Envelope | Refused, raw: bytes) -> str:
    """Where it is to be found at the sender. What may be about somebody is not shown, nor what
    would be no text where it is."""
    is_text = isinstance(answer, Envelope) and (answer.id + answer.source).isprintable()
    if isinstance(answer, Refused) or answer.suspect or not is_text:
        return f"event with SHA-256 {hashlib.sha256(raw).hexdigest()[:32]}"
    return f"event {answer.id} of {answer.source}"
