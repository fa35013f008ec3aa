"""Whether something that must stand nowhere stands in what a hub let out.

What must stand nowhere is taken from what was sent and made: the values of references and
addresses, ids of events, names, numbers and mail addresses of people, handles of households, keys,
and the paths of receivers. Besides those any burgerservicenummer, whosever it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hub.wire.bsn import find_bsn
from tests.telemetry.collector import spans_in

# Too short to mean anything by themselves: they would be found in a version or a position.
_SHORTEST: Final = 4
_PEOPLE: Final = frozenset({"name", "phone", "email"})
_HANDLE: Final = re.compile(r"hh-[a-z2-7]{26}")
_VALUE: Final = re.compile(r"(?m)^([^#\s{]+(?:\{.*\})?) \S+$")


def said_in(event: Mapping[str, Any]) -> Iterator[str]:
    """What of an event may stand nowhere."""
    yield str(event.get("id", ""))
    data = event.get("data")
    if not isinstance(data, dict):
        return
    for reference in data.get("references", ()):
        if isinstance(reference, dict):
            yield str(reference.get("value", ""))
    for name, value in data.items():
        if name in _PEOPLE and isinstance(value, str):
            yield value


def needles(events: Iterable[object], *others: str) -> frozenset[str]:
    """Everything that may stand nowhere."""
    found = {text for it in events if isinstance(it, dict) for text in said_in(it)} | {*others}
    return frozenset(it for it in found if len(it) >= _SHORTEST)


class Scan:
    """Looks through what was let out; `hits` say what was found where, and never show it whole."""

    def __init__(self, nowhere: frozenset[str]) -> None:
        # Whole words: a lease of four digits is no part of a position of six.
        words = "|".join(map(re.escape, sorted(nowhere, key=len, reverse=True)))
        self._nowhere = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
        self.hits: list[str] = []
        self.looked_at = 0

    def text(self, where: str, text: str) -> None:
        self.looked_at += len(text)
        found = [*self._nowhere.findall(text), *_HANDLE.findall(text)]
        self.hits += [f"{where}: {it[:3]}… ({len(it)})" for it in found]

    def value(self, where: str, value: object) -> None:
        """A tree of JSON: its strings and numbers, and BSNs in them."""
        self.text(where, json.dumps(value, ensure_ascii=False))
        self.hits += [f"{where}: a BSN at {it.path}" for it in find_bsn(value, "line")]

    def lines(self, where: str, text: str) -> None:
        """Logs: lines of JSON, and whatever else somebody wrote between them."""
        for line in text.splitlines():
            try:
                self.value(where, json.loads(line))
            except ValueError:
                self.text(where, line)
                self.hits += [f"{where}: a BSN" for _ in find_bsn(line, "line")]

    def metrics(self, text: str) -> None:
        """Names and labels; a number may be any."""
        for series in _VALUE.findall(text):
            self.value("metrics", series)

    def spans(self, bodies: Iterable[bytes]) -> None:
        for body in bodies:
            self.text("spans", body.decode("latin-1"))
            for it in spans_in(body):
                self.value("spans", {"name": it.name, **it.tells})
