"""Feedback in, by the gemeente: that a signal was picked up, or was not, as an act of the gemeente.

A landlord may hear whether a signal was picked up, and nothing of why not or of any help that came
of it (DDAS, `Niet opgepakt: andere reden`). So two fields are read, `status` of a `vroegsignaal`
and `datum_opgepakt` of a `vroegsignaalzaak`, and the reason in the first goes before anything is
kept. `resultaat`, `contactpogingen` and `client` are not decoded at all, nor kept when something
cannot be read: of that there is the `ID` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from connectors.gemeente.vroegsignalering_system import System
from connectors.seam import Draft, Entry, Page, Record, Shelf, Unmapped
from hub.domain.time import Instant, local_date

PickedUp: TypeAlias = Literal["nothing", "alert-acknowledged", "approach-agreed"]
NotPickedUp: TypeAlias = Literal["nothing", "alert-acknowledged"]

_OURS: Final = re.compile(r"al-[a-z2-7]{26}")
_NOT_YET: Final = "Nog niet opgepakt"
_NOT: Final = frozenset(
    {
        "Niet opgepakt: onterecht signaal",
        "Inwoner is overleden",
        "Persoon is geen inwoner (meer) in de gemeente",
        "Niet opgepakt: herhaalde melding",
        "Niet opgepakt: andere reden",
    }
)
_SEEN: Final = "not-picked-up/"
_SIGNAAL, _ZAAK = "vroegsignaal", "vroegsignaalzaak of"


class Acts(Struct, frozen=True):
    """Which act feedback becomes. `review_after_days`: of an approach, after the day on which it
    was picked up."""

    gemeente: str
    picked_up: PickedUp
    not_picked_up: NotPickedUp
    review_after_days: int


class _Id(Struct, frozen=True):
    id: str = msgspec.field(name="ID")


class _Signaal(Struct, frozen=True):
    id: str = msgspec.field(name="ID")
    status: str = _NOT_YET


class _Zaak(Struct, frozen=True):
    vroegsignalen: tuple[_Id, ...]
    datum_opgepakt: date | None = None


class FeedbackSource(Struct, frozen=True, eq=False):
    """Polls what became of signals. Of those of others, which are no alerts, nothing is kept."""

    system: System
    acts: Acts
    shelf: Shelf

    @property
    def name(self) -> str:
        return "feedback"

    async def read(self, cursor: str | None, now: Instant) -> Page:
        """See `connectors.seam.Source`."""
        page, today = await self.system.feedback(cursor), local_date(now)
        entries: list[Entry] = []
        for raw in page.vroegsignalen:
            entries += self._signaal(raw, today)
        for raw in page.vroegsignaalzaken:
            entries += self._zaak(raw, today)
        return Page(tuple(entries), page.volgende, not page.meer)

    def _signaal(self, raw: msgspec.Raw, today: date) -> Iterator[Entry]:
        try:
            found = msgspec.json.decode(raw, type=_Signaal)
        except ValueError:
            yield from _unmapped(_SIGNAAL, raw, "its ID or status is missing, or is no text")
            return
        if _OURS.fullmatch(found.id):
            if found.status == _NOT_YET or found.status in _NOT:
                since = self._not_since(found, today)
                yield not_picked_up(found.id, since, self.acts)
            else:
                yield _unread(_SIGNAAL, found.id, "its status is none of EnumSignaalstatus")

    def _not_since(self, found: _Signaal, today: date) -> date | None:
        """DDAS has no day for it: the day on which we first read it."""
        name = _SEEN + found.id
        if found.status == _NOT_YET:
            self.shelf.keep(name, None)
            return None
        since = self.shelf.value(name)
        if since is None:
            self.shelf.keep(name, since := today.isoformat())
        return date.fromisoformat(since)

    def _zaak(self, raw: msgspec.Raw, today: date) -> Iterator[Entry]:
        try:
            found = msgspec.json.decode(raw, type=_Zaak)
        except ValueError:
            yield from _unmapped(
                _ZAAK, raw, "its datum_opgepakt is no day, or it names no vroegsignalen"
            )
            return
        for id_ in sorted({it.id for it in found.vroegsignalen if _OURS.fullmatch(it.id)}):
            if found.datum_opgepakt is not None and found.datum_opgepakt > today:
                yield _unread(_ZAAK, id_, "its datum_opgepakt is in the future")
            else:
                yield picked_up(id_, found.datum_opgepakt, self.acts)


def picked_up(alert_id: str, on: date | None, acts: Acts) -> Record:
    """That a signal was picked up; `on` None: not, or not any more."""
    drafts: tuple[Draft, ...] = ()
    if on is not None and acts.picked_up != "nothing":
        data = _act(alert_id, on, acts)
        if acts.picked_up == "approach-agreed":
            review = on + timedelta(days=acts.review_after_days)
            # Which approach is help, and nobody's business: that there is one is all.
            data |= {"action": "unknown", "reviewOn": review.isoformat()}
        drafts = (Draft(acts.picked_up, data),)
    return Record(f"picked-up/{alert_id}", drafts, f"{_ZAAK} {alert_id}")


def not_picked_up(alert_id: str, since: date | None, acts: Acts) -> Record:
    """That a signal was not picked up, and will not be; `since` None: that is not so (yet)."""
    drafts: tuple[Draft, ...] = ()
    if since is not None and acts.not_picked_up != "nothing":
        drafts = (Draft(acts.not_picked_up, _act(alert_id, since, acts)),)
    return Record(f"not-picked-up/{alert_id}", drafts, f"{_SIGNAAL} {alert_id}")


def _act(alert_id: str, on: date, acts: Acts) -> dict[str, Any]:
    return {"occurredAt": on.isoformat(), "gemeente": acts.gemeente, "alertId": alert_id}


def _unmapped(what: str, raw: msgspec.Raw, why: str) -> Iterator[Unmapped]:
    """Of each alert of ours that something unreadable names, its ID."""
    ids = sorted(
        set(re.findall(r'"ID"\s*:\s*"(al-[a-z2-7]{26})"', bytes(raw).decode("utf-8", "replace")))
    )
    for id_ in ids:
        yield _unread(what, id_, why)


def _unread(what: str, id_: str, why: str) -> Unmapped:
    told = f"{why}; have its supplier send it as DDAS vroegsignalering v0.9 has it"
    return Unmapped(f"{what} {id_}", told, msgspec.json.encode({"ID": id_}))
