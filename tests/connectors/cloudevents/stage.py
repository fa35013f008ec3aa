"""What the tests of the CloudEvents connector stand on: a site with a real kept file, a clock that
is moved by hand, settings, and an alert."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from connectors.gemeente.cloudevents import CloudEventsSettings, build
from connectors.gemeente.cloudevents_settings import Receive, Send
from connectors.kept import Kept
from connectors.seam import Connector, Site
from connectors.secret import Secret
from hub.client import Alert
from hub.domain.time import Instant, parse_instant
from hub.outbound import Transport
from tests.connectors.doubles import no_household
from tests.systems.cloudevents import ORIGIN, PATH, TOKEN
from tests.systems.serving import Place

SOURCE = "urn:nld:oin:00000099000000001000:systeem:sociaal-domein"
DOOR_TOKEN = "een-token-dat-lang-genoeg-is-voor-de-deur"
BEGIN = parse_instant("2026-03-01T10:00:00Z")


class Stage:
    """A site whose clock stands still until it is moved. The same folder again is a restart."""

    def __init__(self, kept: Kept, transport: Transport | None = None) -> None:
        self.kept = kept
        self.now: Instant = BEGIN
        self.said: list[str] = []
        self.site = Site(
            party="gemeente-weert",
            source=SOURCE,
            shelf=kept.shelf,
            inbox=kept.inbox,
            graves=kept,
            household=no_household,
            say=self._say,
            now=lambda: self.now,
            transport=transport,
        )

    def pass_(self, seconds: float) -> None:
        self.now += int(seconds * 1000)

    def built(self, settings: CloudEventsSettings) -> Connector:
        return build(settings, self.site)

    def _say(self, event: str, **told: object) -> None:
        self.said.append(f"{event} {told}")


@contextmanager
def stage(folder: Path, transport: Transport | None = None) -> Iterator[Stage]:
    kept = Kept(folder)
    try:
        yield Stage(kept, transport)
    finally:
        kept.close()


def to_send(place: Place, **changes: Any) -> CloudEventsSettings:
    """Settings that send to a receiver."""
    usual: dict[str, Any] = {
        "address": place.address + PATH,
        "origin": ORIGIN,
        "token_file": Secret(TOKEN),
    }
    return CloudEventsSettings(send=Send(**usual | changes))


def to_receive(**changes: Any) -> CloudEventsSettings:
    """Settings that open a door."""
    usual: dict[str, Any] = {"origins": (ORIGIN,), "token_files": (Secret(DOOR_TOKEN),)}
    return CloudEventsSettings(receive=Receive(**usual | changes))


def alert(letter: str = "a", revision: int = 1, **changes: Any) -> Alert:
    """An alert as the hub gives it to a party."""
    usual = {
        "alertId": "al-" + letter * 26,
        "revision": revision,
        "status": "open",
        "rule": "rent-missed-early",
        "severity": "high",
        "household": "hh-3kq7",
        "title": "Huurachterstand in het eerste jaar",
        "gemeente": "0988",
        "references": [{"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-1042"}],
        "raisedAt": "2026-03-01T09:00:00.000Z",
    }
    return msgspec.convert(usual | changes, Alert)
