"""Moments as people say them, on the wall clock of Europe/Amsterdam."""

from __future__ import annotations

from msgspec import Struct

from hub.console.words import Words
from hub.domain.names import moment_of
from hub.domain.time import Instant, local, local_date, parse_instant, start_of_day


class Moments(Struct, frozen=True):
    """Says moments in a language, as seen from `now`."""

    words: Words
    now: Instant

    def day(self, text: str) -> str:
        """`woensdag 3 januari 2024`, of an instant or a date as a view writes it."""
        at = parse_instant(text)
        midnight = start_of_day(local_date(at))
        weekday = self.words(f"weekday.{local_date(at).isoweekday()}")
        return f"{weekday} {moment_of(midnight, self.words.language)}"

    def moment(self, text: str) -> str:
        """`woensdag 3 januari 2024 om 10:16 uur`; midnight is the day alone."""
        wall = local(parse_instant(text))
        if (wall.hour, wall.minute) == (0, 0):
            return self.day(text)
        return self.words("moment.at", day=self.day(text), time=f"{wall:%H:%M}")

    def month(self, period: str) -> str:
        """`januari 2024`, of a period as facts write it."""
        return self.day(f"{period}-01").split(" ", 2)[2]

    def left(self, text: str) -> str:
        """How long it takes until then: `nog 3 dagen`, `vandaag`, `2 dagen te laat`."""
        at = parse_instant(text)
        days = (local_date(at) - local_date(self.now)).days
        if at <= self.now:
            late = -days
            return self.words("left.late", n=late) if late else self.words("left.late-today")
        if days == 0:
            return self.words("left.today")
        return self.words("left.tomorrow") if days == 1 else self.words("left.days", n=days)

    def is_past(self, text: str) -> bool:
        return parse_instant(text) <= self.now
