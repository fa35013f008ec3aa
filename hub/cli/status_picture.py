"""What `seintje status` shows of a hub at one moment, as rows: subject, name, value, how bad it is.

Owns what is shown and in which words; how it is drawn is the board's. What no process tells is `–`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from hub.cli.finding import Severity
from hub.cli.pages import Pages
from hub.cli.screen import Language
from hub.cli.status_figures import Figures, Rows
from hub.domain.time import Instant

NOTHING: Final = "–"
_MOST: Final = 6  # rows of a subject that is counted by something
_GIB: Final = 1 << 30
_MIB: Final = 1 << 20


class Row(Struct, frozen=True):
    """One row. `value` None: nobody tells it."""

    subject: str
    name: str
    value: float | None
    shown: str
    how: Severity = Severity.GOOD


class Process(Struct, frozen=True):
    """One process of the hub."""

    url: str
    role: str
    state: str
    reasons: Sequence[str]
    version: str
    how: Severity


class Picture(Struct, frozen=True):
    """All of it. `at`: when it was looked at."""

    at: Instant
    processes: Sequence[Process]
    rows: Sequence[Row]

    @property
    def is_well(self) -> bool:
        """Whether every process is ready."""
        return all(it.how is Severity.GOOD for it in self.processes)


def picture_of(now: Sequence[Pages], before: Sequence[Pages], language: Language) -> Picture:
    """What is shown after this look, and the one before it."""
    at = max(it.at for it in now)
    figures = Figures(now, before)
    words = _WORDS[language]
    rows = [row for subject in _SUBJECTS for row in subject(figures, words, at)]
    return Picture(at, [_process(it) for it in now], rows)


def _process(pages: Pages) -> Process:
    role = version = ""
    if pages.figures is not None:
        found = list(pages.figures.by("seintje_build_info", "role", "version"))
        role, version = (found[0][0], found[0][1]) if found else ("", "")
    if pages.away is not None:
        state, reasons, how = "away", [pages.away], Severity.WRONG
    elif pages.health is not None and pages.health.reasons:
        state, reasons, how = "stalled", pages.health.reasons, Severity.WRONG
    elif pages.ready is not None and pages.ready.reasons:
        state, reasons, how = "not-ready", pages.ready.reasons, Severity.LOOK
    else:
        state, reasons, how = "ready", [], Severity.GOOD
    return Process(pages.url, role, state, reasons, version, how)


Words = Mapping[str, str]


def _traffic(figures: Figures, words: Words, _at: Instant) -> Iterator[Row]:
    subject = words["traffic"]
    rates = figures.rate("seintje_facts_total", "outcome")
    whole = sum(rates.values()) if rates else None
    yield Row(subject, words["facts a second"], whole, _a_second(whole))
    for outcome in ("accepted", "duplicate", "refused"):
        value = rates.get((outcome,))
        how = Severity.LOOK if outcome == "refused" and value else Severity.GOOD
        yield Row(subject, f"  {words[outcome]}", value, _a_second(value), how)
    reasons = figures.rate("seintje_refusals_total", "reason")
    for (reason,), value in _largest(reasons):
        yield Row(subject, f"    {reason}", value, _a_second(value), Severity.LOOK)
    total = figures.total("seintje_facts_total")
    yield Row(subject, words["facts in all"], total, _count(total))


def _pipeline(figures: Figures, words: Words, _at: Instant) -> Iterator[Row]:
    subject = words["pipeline"]
    oldest = figures.most("seintje_oldest_unprocessed_seconds")
    yield Row(subject, words["oldest fact"], oldest, _age(oldest), _late(oldest, 10, 300))
    for part, name in ((0.5, "p50"), (0.99, "p99")):
        value = figures.quantile("seintje_fact_to_view_seconds", part)
        how = _late(value, 10, 300)
        yield Row(subject, f"{words['fact to view']} {name}", value, _age(value), how)
    behind = figures.most("seintje_deadlines_behind_seconds")
    yield Row(subject, words["deadlines behind"], behind, _age(behind), _late(behind, 60, 3600))
    reading = figures.most("seintje_reading_behind_seconds")
    if reading is not None:
        yield Row(subject, words["reading behind"], reading, _age(reading), _late(reading, 10, 300))
    for (shard, life), count in sorted(figures.by("seintje_shards", "shard", "life").items()):
        if count:
            how = Severity.GOOD if life == "running" else Severity.LOOK
            yield Row(subject, f"{shard} {life}", count, _count(count), how)


def _alerts(figures: Figures, words: Words, _at: Instant) -> Iterator[Row]:
    subject = words["alerts"]
    found = figures.by("seintje_open_alerts", "severity", "rule")
    total = sum(found.values()) if found else None
    yield Row(subject, words["open"], total, _count(total))
    for (severity, rule), count in _largest(found):
        yield Row(subject, f"  {rule} ({words.get(severity, severity)})", count, _count(count))
    held = figures.by("seintje_held", "reason")
    waiting = sum(held.values()) if held else None
    yield Row(subject, words["held"], waiting, _count(waiting))
    for (reason,), count in _largest(held):
        yield Row(subject, f"  {reason}", count, _count(count))


def _feeds(figures: Figures, words: Words, _at: Instant) -> Iterator[Row]:
    found = figures.highest("seintje_feed_late_seconds", "party", "feed")
    late = {labels: seconds for labels, seconds in found.items() if seconds > 0}
    subject, count = words["feeds"], float(len(late)) if found else None
    how = Severity.LOOK if late else Severity.GOOD
    yield Row(subject, words["late"], count, _count(count), how)
    for (party, feed), seconds in _largest(late):
        yield Row(subject, f"  {party} {feed}", seconds, _age(seconds), Severity.LOOK)


def _delivery(figures: Figures, words: Words, _at: Instant) -> Iterator[Row]:
    subject = words["delivery"]
    oldest = figures.highest("seintje_webhook_oldest_seconds", "party")
    worst = max(oldest.values(), default=None)
    yield Row(subject, words["oldest undelivered"], worst, _age(worst), _late(worst, 300, 3600))
    for (party,), seconds in _largest(oldest):
        yield Row(subject, f"  {party}", seconds, _age(seconds), _late(seconds, 300, 3600))
    attempts = figures.by("seintje_webhook_attempts_total", "reason")
    total = sum(attempts.values()) if attempts else None
    yield Row(subject, words["attempts"], total, _count(total))
    for (reason,), count in _largest(attempts):
        yield Row(subject, f"  {reason}", count, _count(count))
    for (life,), count in _largest(figures.by("seintje_subscriptions", "life")):
        how = Severity.GOOD if life == "active" else Severity.LOOK
        yield Row(subject, f"{words['subscriptions']} {life}", count, _count(count), how)


def _letters(figures: Figures, words: Words, _at: Instant) -> Iterator[Row]:
    subject = words["dead letters"]
    found = figures.by("seintje_dead_letters_open", "reason")
    total = sum(found.values()) if found else None
    yield Row(subject, words["open"], total, _count(total), _any(total))
    for (reason,), count in _largest(found):
        yield Row(subject, f"  {reason}", count, _count(count), Severity.LOOK)
    frozen = figures.total("seintje_households_frozen")
    yield Row(subject, words["frozen"], frozen, _count(frozen), _any(frozen))


def _keeping(figures: Figures, words: Words, at: Instant) -> Iterator[Row]:
    subject = words["keeping"]
    made = figures.most("seintje_backup_last_success_timestamp_seconds")
    age = None if not made else at / 1000 - made
    how = Severity.LOOK if made == 0 else _late(age, 36 * 3600, 7 * 86_400)
    shown = words["never"] if made == 0 else _age(age)
    yield Row(subject, words["last backup"], age, shown, how)
    size = figures.most("seintje_backup_bytes")
    if size:
        yield Row(subject, words["its size"], size, _bytes(size))
    free = figures.least("seintje_data_free_bytes")
    scarce = Severity.LOOK if free is not None and free < _GIB else Severity.GOOD
    yield Row(subject, words["free space"], free, _bytes(free), scarce)
    ends = figures.least("seintje_certificate_expiry_timestamp_seconds")
    left = None if ends is None else (ends - at / 1000) / 86_400
    soon = Severity.LOOK if left is not None and left < 30 else Severity.GOOD
    shown = NOTHING if left is None else f"{left:.0f} {words['days']}"
    yield Row(subject, words["certificate"], left, shown, soon)
    for id_, version in sorted(figures.by("seintje_agreement_info", "id", "version")):
        yield Row(subject, words["agreement"], None, f"{id_} {version}")


_SUBJECTS: Final = (_traffic, _pipeline, _alerts, _feeds, _delivery, _letters, _keeping)


def _largest(found: Rows) -> list[tuple[tuple[str, ...], float]]:
    """Those that are not 0, the largest first."""
    there = [(labels, value) for labels, value in found.items() if value > 0]
    return sorted(there, key=lambda it: (-it[1], it[0]))[:_MOST]


def _late(seconds: float | None, look: float, wrong: float) -> Severity:
    if seconds is None or seconds < look:
        return Severity.GOOD
    return Severity.WRONG if seconds >= wrong else Severity.LOOK


def _any(count: float | None) -> Severity:
    return Severity.LOOK if count else Severity.GOOD


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}".replace(",", " ")


def _a_second(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f}/s".replace(",", " ")


def _age(seconds: float | None) -> str:
    if seconds is None:
        return NOTHING
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size * 2:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"


def _bytes(size: float | None) -> str:
    if size is None:
        return NOTHING
    return f"{size / _GIB:.1f} GiB" if size >= _GIB else f"{size / _MIB:.0f} MiB"


_ENGLISH: Final = {
    it: it
    for it in (
        "traffic", "accepted", "duplicate", "refused", "pipeline", "oldest fact", "fact to view",
        "deadlines behind", "alerts", "open", "held", "feeds", "late", "delivery", "attempts",
        "oldest undelivered", "subscriptions", "dead letters", "never", "last backup", "its size",
        "free space", "days", "agreement", "critical", "high", "medium", "low",
    )
}  # fmt: skip
_WORDS: Final[Mapping[Language, Words]] = {
    "en": {
        **_ENGLISH,
        "facts a second": "facts",
        "facts in all": "in all, since start",
        "reading behind": "read model behind",
        "frozen": "households frozen",
        "keeping": "keeping",
        "certificate": "first certificate ends",
    },
    "nl": {
        "traffic": "verkeer",
        "facts a second": "feiten",
        "accepted": "aangenomen",
        "duplicate": "dubbel",
        "refused": "geweigerd",
        "facts in all": "in totaal, sinds de start",
        "pipeline": "verwerking",
        "oldest fact": "oudste feit",
        "fact to view": "feit tot beeld",
        "deadlines behind": "termijnen achter",
        "reading behind": "leesmodel achter",
        "alerts": "seintjes",
        "open": "open",
        "held": "tegengehouden",
        "critical": "kritiek",
        "high": "hoog",
        "medium": "midden",
        "low": "laag",
        "feeds": "leveringen",
        "late": "te laat",
        "delivery": "bezorging",
        "oldest undelivered": "oudste niet bezorgd",
        "attempts": "pogingen",
        "subscriptions": "abonnementen",
        "dead letters": "onverwerkt",
        "frozen": "huishoudens bevroren",
        "keeping": "bewaren",
        "last backup": "laatste back-up",
        "its size": "grootte daarvan",
        "never": "nooit",
        "free space": "vrije ruimte",
        "certificate": "eerste certificaat eindigt",
        "days": "dagen",
        "agreement": "afspraak",
    },
}
assert _WORDS["en"].keys() == _WORDS["nl"].keys()
