"""The board of a demo: facts of both sides, the households they meet in, what parties are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from rich import box
from rich.console import Group, JustifyMethod, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hub.cli.demo_story import Met, NoticeTold, Story
from hub.domain.acts import LIVING
from hub.domain.agreement import Language
from hub.domain.names import moment_of, name_of
from hub.domain.time import Instant, parse_instant

_Shown = TypeVar("_Shown")

_STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "dim"}


_JUSTIFY: Final[tuple[JustifyMethod, ...]] = ("right", "center", "left")


class Board:
    """Draws a story, in a language, for a hub at an address."""

    def __init__(self, story: Story, language: Language, url: str) -> None:
        self._story = story
        self._language = language
        self._url = url

    def draw(self, now: Instant, height: int) -> RenderableType:
        """The board at a moment of the demo, for a terminal of so many lines."""
        upper = max(6, (height - 4) // 2)
        layout = Layout()
        layout.split_column(
            Layout(self._head(now), size=6),
            Layout(name="meeting", size=upper),
            Layout(self._notices(height - upper - 8), name="told"),
        )
        rows = upper - 2
        layout["meeting"].split_row(
            Layout(self._facts("gemeente", rows)),
            Layout(self._households(rows)),
            Layout(self._facts("corporatie", rows)),
        )
        return layout

    def _words(self, nl: str, en: str) -> str:
        return nl if self._language == "nl" else en

    def _head(self, now: Instant) -> RenderableType:
        story = self._story
        counts = self._words(
            f"{story.heard} feiten, {len(story.households)} huishoudens, {story.told} berichten, "
            f"{len(story.held)} tegengehouden",
            f"{story.heard} facts, {len(story.households)} households, {story.told} notices, "
            f"{len(story.held)} held",
        )
        line = f"{moment_of(now, self._language)} · {counts}"
        link = (self._url, f"link {self._url}")  # terminals that can, make it one to click on
        look = Text.assemble((self._words("Kijk zelf: ", "Look yourself: "), "bold"), link)
        return Panel(Group(look, Text(line), self._joint()), title="Seintje", box=box.SIMPLE)

    def _joint(self) -> Text:
        if not self._story.joint:
            told = self._words("Nog geen gezamenlijk seintje.", "No joint alert yet.")
            return Text(told, "dim")
        last = self._story.joint[-1]
        moment = moment_of(parse_instant(last.at), self._language)
        told = self._words("Gezamenlijk seintje", "Joint alert")
        about = last.household or self._words("de regio", "the region")
        return Text(f"{told}: {last.title} ({about}, {moment})", "bold green")

    def _facts(self, side: str, rows: int) -> RenderableType:
        facts = self._story.facts["gemeente" if side == "gemeente" else "corporatie"]
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True, style="dim")
        table.add_column(no_wrap=True, overflow="ellipsis")
        for fact in _last(facts, rows):
            table.add_row(fact.household or "–", name_of(fact.type, self._language))
        title = self._words("van de ", "from the ") + side
        return Panel(table, title=title, box=box.ROUNDED)

    def _households(self, rows: int) -> RenderableType:
        table = Table.grid(padding=(0, 1), expand=True)
        for justify in _JUSTIFY:
            table.add_column(no_wrap=True, justify=justify, min_width=3)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for met in _last(self._story.households.values(), rows):
            table.add_row(str(met.gemeente), met.name, str(met.corporatie), self._alert_of(met))
        title = self._words("huishoudens", "households")
        return Panel(table, title=title, box=box.ROUNDED)

    def _alert_of(self, met: Met) -> Text:
        living = [told for told in met.alerts.values() if told.status in LIVING]
        if not living:
            return Text()
        return Text(living[-1].title, _STYLES[living[-1].severity])

    def _notices(self, rows: int) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for _ in range(5):
            table.add_column(no_wrap=True, overflow="ellipsis")
        for told in _last(self._story.notices, rows):
            table.add_row(
                moment_of(parse_instant(told.at), self._language),
                f"→ {told.party}",
                told.household or "–",
                Text(told.title, _STYLES[told.severity]),
                self._lot(told),
            )
        title = self._words("wie wat te horen krijgt", "who is told what")
        return Panel(table, title=title, box=box.ROUNDED)

    def _lot(self, told: NoticeTold) -> str:
        status = name_of(told.status, self._language)
        if not told.held:
            return status
        held = ", ".join(name_of(role, self._language) for role in told.held)
        return self._words(f"{status}; nog niet naar {held}", f"{status}; not yet to {held}")


def _last(items: Iterable[_Shown], rows: int) -> list[_Shown]:
    return list(items)[-max(rows, 1) :][::-1]
