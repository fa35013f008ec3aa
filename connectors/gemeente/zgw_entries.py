"""One zaak as entries: what it says now, or why it cannot be read. What is wrong with one zaak
alone stops no other.

Remembers which zaken say something, so that one whose deletion nobody told of is missed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from connectors.gemeente.zgw_api import Broken, NotAllowed
from connectors.gemeente.zgw_facts import mapped
from connectors.gemeente.zgw_reading import Zaken
from connectors.gemeente.zgw_shapes import Zaak
from connectors.seam import Entry, Record, Shelf, Unmapped
from hub.domain.time import Instant

# So often a zaak is asked for on which the API fails, before the others are read without it.
_PATIENCE: Final = 5
_KNOWN: Final = "zaak "
_GONE: Final = "gone"
_THERE: Final = "there"


class _Url(Struct, frozen=True):
    url: str


class Entries:
    """What zaken say. `issuer`: the party whose dossiers they are."""

    def __init__(self, zaken: Zaken, shelf: Shelf, issuer: str) -> None:
        self._zaken = zaken
        self._shelf = shelf
        self._issuer = issuer
        self._seen: set[str] = set()
        self._oldest = ""

    def begin(self, oldest: str) -> None:
        """A sweep begins, over zaken that started on this day or later."""
        self._seen.clear()
        self._oldest = oldest

    def unseen(self) -> tuple[str, ...]:
        """The zaken (paths) that said something before, and that no list of this sweep showed.
        After a restart there are more of them, and no harm in that: each is asked for."""
        known = (name.removeprefix(_KNOWN) for name in self._shelf.names(_KNOWN))
        return tuple(f"zaken/{uuid}" for uuid in known if uuid not in self._seen)

    async def unseen_at(self, path: str, now: Instant) -> Sequence[Entry]:
        """What became of one of them. Of one that is gone that is said in two sweeps: the first may
        have been lost with its page; then it is forgotten."""
        name = _KNOWN + path.removeprefix("zaken/")
        if self._shelf.value(name) == _GONE:
            self._shelf.keep(name, None)
        return await self.at(path, now)

    async def at(self, path: str, now: Instant) -> Sequence[Entry]:
        """What the zaak at a path says: nothing any more, if there is none."""

        async def read() -> Sequence[Entry]:
            zaak = await self._zaken.api.found(path, Zaak)
            return self._gone(path) if zaak is None else await self._says(zaak, now)

        return await self._tried(self._zaken.api.url_of(path), read)

    async def in_list(self, raw: bytes, now: Instant) -> Sequence[Entry]:
        """What a zaak says, as it stands in a list of the API."""

        async def read() -> Sequence[Entry]:
            zaak = msgspec.json.decode(raw, type=Zaak)
            self._require_ours(zaak)
            return await self._says(zaak, now)

        try:
            url = msgspec.json.decode(raw, type=_Url).url
        except ValueError as error:
            return (unmapped("a zaak in the list of the Zaken API", _why(error)),)
        self._seen.add(url.rsplit("/", 1)[-1])
        return await self._tried(url, read)

    async def _says(self, zaak: Zaak, now: Instant) -> Sequence[Entry]:
        """ValueError: it cannot be read."""
        rules = await self._zaken.rules_of(zaak, now)
        if rules is None:
            return ()
        whole = await self._zaken.whole(zaak, rules, now)
        said = mapped(whole, rules, self._issuer, now)
        # Of one that is older than a sweep looks it is no longer missed when it goes.
        is_missed = bool(said.drafts) and zaak.startdatum >= self._oldest
        self._mark(whole.uuid, _THERE if is_missed else None)
        record = Record(_KNOWN + whole.uuid, said.drafts, zaak.url)
        if not said.wrong:
            return (record,)
        why = f"{', and '.join(said.wrong)}; mend it in the zaak, or change the mapping"
        return (record, unmapped(zaak.url, why))

    def _gone(self, path: str) -> Sequence[Entry]:
        uuid = path.removeprefix("zaken/")
        if self._shelf.value(_KNOWN + uuid) is not None:
            self._mark(uuid, _GONE)
        return (Record(_KNOWN + uuid, (), self._zaken.api.url_of(path)),)

    def _mark(self, uuid: str, mark: str | None) -> None:
        if self._shelf.value(_KNOWN + uuid) != mark:
            self._shelf.keep(_KNOWN + uuid, mark)

    async def _tried(
        self, url: str, read: Callable[[], Awaitable[Sequence[Entry]]]
    ) -> Sequence[Entry]:
        try:
            entries = await read()
        except (ValueError, NotAllowed) as error:
            return (unmapped(url, _why(error)),)
        except Broken:
            if not self._is_enough(url):
                raise
            why = "the Zaken API fails on it (500); ask whoever runs it to look at this zaak"
            return (unmapped(url, why),)
        if self._shelf.value(_failed(url)) is not None:
            self._shelf.keep(_failed(url), None)
        return entries

    def _is_enough(self, url: str) -> bool:
        """Whether it failed on this zaak so often that it is not the moment, but the zaak."""
        times = int(self._shelf.value(_failed(url)) or 0) + 1
        self._shelf.keep(_failed(url), str(times))
        return times >= _PATIENCE

    def _require_ours(self, zaak: Zaak) -> None:
        """What the API listed for a zaaktype bears the addresses that we know, or nothing of it
        could ever be read; and that would look as if nothing happened."""
        api, catalogue = self._zaken.api, self._zaken.catalogue.api
        for it, url in ((api, zaak.url), (catalogue, zaak.zaaktype)):
            if it.path_of(url) is None:
                raise it.wrong("its resources bear another address in their URLs; see `knownAs`")


def unmapped(where: str, why: str, url: str | None = None) -> Unmapped:
    """Only an address is kept: in the body of a zaak anything may stand, a BSN too."""
    return Unmapped(where, why, (where if url is None else url).encode())


def _failed(url: str) -> str:
    return f"failed {url.rsplit('/', 1)[-1]}"


def _why(error: ValueError | NotAllowed) -> str:
    if isinstance(error, NotAllowed):
        return f"the Zaken API does not let us read it; {error.do}"
    return f"it cannot be read: {error}; ask whoever runs the Zaken API"
