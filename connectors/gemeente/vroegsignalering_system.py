"""The vroegsignalering system of a gemeente, as far as the connector speaks with it.

DDAS says what a signal is, not how it travels, and we know of no public interface of such a system.
These calls are ours, and the fewest that do: a signal is put under its `ID`, so that a repeat is
seen to be one, and deleted to take it back; what became of signals is read from a cursor on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from connectors.asking import asked, decoded
from connectors.seam import Finding, Undeliverable
from connectors.secret import Token
from hub.errors import Misconfigured, SeintjeError, Unavailable
from hub.outbound import GivenBy, Outbound, Peer, Transport

_SETTING: Final = "vroegsignalering.address"
_NOBODYS: Final = "al-aaaaaaaaaaaaaaaaaaaaaaaaaa"
_DONE: Final = (200, 201, 202, 204)
_GONE: Final = (404, 410)
_IN_HAND: Final = 409


class Feedback(Struct, frozen=True):
    """A page of what became of signals, unread: `vroegsignalen` and `vroegsignaalzaken` as DDAS has
    them, the cursor `volgende`, and whether there is `meer`."""

    volgende: str
    meer: bool
    vroegsignalen: tuple[msgspec.Raw, ...] = ()
    vroegsignaalzaken: tuple[msgspec.Raw, ...] = ()


class System:
    """Calls to one system; close it when done."""

    def __init__(self, address: str, key: Token, transport: Transport | None) -> None:
        """Misconfigured: an address that is none."""
        peer = Peer(_SETTING, address.rstrip("/"), GivenBy.OPERATOR)
        self._outbound = Outbound(peer, transport=transport)
        self._key = key
        self.close = self._outbound.close

    async def give(self, id_: str, signal: Mapping[str, Any]) -> bool:
        """Give or correct a signal; False: the gemeente works on it, and it stays as it is.

        Undeliverable: it will not take this signal. Unavailable, Misconfigured: as `asked`.
        """
        return await self._told("PUT", id_, signal, _DONE)

    async def take_back(self, id_: str) -> bool:
        """Take a signal back; False: the gemeente works on it, and keeps it. Raises as `give`."""
        return await self._told("DELETE", id_, None, (*_DONE, *_GONE))

    async def feedback(self, cursor: str | None) -> Feedback:
        """What was said after the cursor; None is the very beginning."""
        path = "/terugkoppelingen" + (f"?na={quote(cursor, safe='')}" if cursor else "")
        answer = await asked(self._outbound, "GET", path, headers=self._headers())
        if answer.status not in _DONE:
            raise self._outbound.wrong(f"it answers {answer.status} where feedback was asked for")
        found: Feedback = decoded(self._outbound, answer, Feedback)
        return found

    async def check(self) -> Sequence[Finding]:
        """Whether it would let us give a signal; asks for one that does not exist."""
        try:
            await asked(self._outbound, "GET", _path(_NOBODYS), headers=self._headers())
        except SeintjeError as error:
            return [_finding(error)]
        return []

    async def _told(self, method: str, id_: str, body: object, fine: Sequence[int]) -> bool:
        headers = self._headers()
        answer = await asked(self._outbound, method, _path(id_), body=body, headers=headers)
        if answer.status == _IN_HAND:
            return False
        if answer.status not in fine:
            told = f"the vroegsignalering system answers {answer.status} to a signal"
            raise Undeliverable(f"{told}; ask its supplier what it expects")
        return True

    def _headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self._key.reveal()}"}


def _path(id_: str) -> str:
    return f"/vroegsignalen/{quote(id_, safe='')}"


def _finding(error: SeintjeError) -> Finding:
    match error:
        case Misconfigured():
            return Finding(error.where, "it does not work", error.do)
        case Unavailable():
            return Finding(_SETTING, str(error), "see whether it runs; the same is tried again")
        case _:
            return Finding(_SETTING, str(error), "see what it is")
