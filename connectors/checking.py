"""`check`: everything that is wrong with a connector, before it says a word.

Reads the sources from their beginning, as far as is bearable, and asks the hub what it would say to
each fact; publishes, moves and keeps nothing. Ends with what could not be read, said or delivered
before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct

from connectors.asking import decoded, judged
from connectors.kept import Kept
from connectors.refusals import reason, unknown_key
from connectors.said import Voice
from connectors.seam import INBOX, Connector, Finding, Page, Record, Source, Unmapped
from connectors.secret import Secret
from connectors.withheld import why_withheld
from hub.domain.refusals import Violation
from hub.domain.time import DAY_MS, Instant
from hub.errors import Misconfigured, Unavailable
from hub.outbound import Answer, Outbound

T = TypeVar("T")
_Said: TypeAlias = tuple[str, Mapping[str, Any]]
"""Where it stands, and an event."""

_MOST_PAGES: Final = 40
_MOST_WAITING: Final = 1000
_BATCH: Final = 200  # events in one call, of at most 64 KiB each
_UNBOUND: Final = (
    "see whether lease and gemeente are right, and whether the lease was published; of regular"
    " tenants nothing should be sent"
)
_UNAUTHORIZED: Final = 401
_TYPE: Final = "application/cloudevents-batch+json"


class _Problem(Struct):
    type: str = ""
    title: str = ""
    detail: str = ""
    violations: tuple[Violation, ...] = ()


class _Receipt(Struct):
    position: int
    problem: _Problem | None = None


class _Receipts(Struct):
    receipts: tuple[_Receipt, ...]


class Checked(Struct):
    """What was looked at, and what is wrong; `is_whole` unless there was too much to look at."""

    records: int = 0
    facts: int = 0
    is_whole: bool = True
    findings: list[Finding] = []

    def add(self, where: str, why: str) -> None:
        """`why` says what is wrong, and after a semicolon how to mend it."""
        wrong, _, mend = why.partition("; ")
        found = Finding(where, wrong, mend)
        if found not in self.findings:
            self.findings.append(found)


class Ear(Struct, frozen=True):
    """The hub, that is asked and not told: calls, with the key of the party, and the URN of what
    is said."""

    hub: Outbound
    key: Secret
    source: str

    async def knows_us(self) -> None:
        """Unavailable or Misconfigured if the hub does not answer us."""
        await self._asked("GET", "/v1/alerts?limit=1")

    async def judge(self, said: Sequence[_Said], checked: Checked) -> None:
        """Add what the hub would refuse of these."""
        checked.facts += len(said)
        for where, event in said:
            if (why := why_withheld(event)) is not None:
                checked.add(where, why)
        said = [it for it in said if why_withheld(it[1]) is None]
        for first in range(0, len(said), _BATCH):
            await self._judge(said[first : first + _BATCH], checked)

    async def _judge(self, said: Sequence[_Said], checked: Checked) -> None:
        body = [event for _, event in said]
        path = "/v1/events?dryRun=true"
        answer = await self._asked("POST", path, body)
        found: _Receipts = decoded(self.hub, answer, _Receipts)
        for receipt in found.receipts:
            if receipt.problem is not None:
                checked.add(said[receipt.position][0], _told(receipt.problem))

    async def _asked(self, method: str, path: str, body: object = None) -> Answer:
        answer = await self.hub.call(method, path, body=body, headers=self._headers())
        if answer.status == _UNAUTHORIZED:
            raise unknown_key()
        return judged(self.hub, answer)

    def _headers(self) -> dict[str, str]:
        return {"content-type": _TYPE, "authorization": f"Bearer {self.key.reveal()}"}


async def check(
    connector: Connector, kept: Kept, ear: Ear, now: Instant, looked: Callable[[int], None]
) -> Checked:
    """Everything. `kept` is a copy; `looked` hears how many records were looked at so far."""
    checked = Checked()
    if connector.check is not None:
        checked.findings += await _tried("the other side", connector.check, checked) or ()
    await _tried("the hub", ear.knows_us, checked)
    # What an earlier run read is no news, and the hub has not judged it yet.
    waiting = [(it.where, it.event) for it in kept.outbox.waiting(_MOST_WAITING)]
    await _tried("the hub", partial(ear.judge, waiting, checked), checked)
    for source in connector.sources:
        if source.name != INBOX:  # of that there is no beginning any more

            async def read(source: Source = source) -> None:
                async for page in _pages(source, now, checked):
                    voice = Voice(ear.source, source.name)
                    await ear.judge(_news(page, voice, kept, now), checked)
                    looked(checked.records)

            await _tried(source.name, read, checked)
    for it in kept.dead_letters():
        checked.add(it.where, it.why)
    _add_unbound(kept, now, checked)
    return checked


def _add_unbound(kept: Kept, now: Instant, checked: Checked) -> None:
    """Facts that wait for a household: one finding, for what is wrong is often wrong in all."""
    found = kept.outbox.unbound(now - DAY_MS)
    if found:
        told = f"facts that the hub has for a day or longer, and has no household for: {len(found)}"
        checked.add(f"{found[0].where}, and later", f"{told}; {_UNBOUND}")


def _news(page: Page, voice: Voice, kept: Kept, now: Instant) -> list[_Said]:
    """What would be published of a page: what was said before is known to the hub, and what
    changed is a correction of that."""
    return [
        (record.where, change.event)
        for record in page.entries
        if isinstance(record, Record)
        for change in voice.changes(record, kept.told(voice, record), now)
    ]


async def _pages(source: Source, now: Instant, checked: Checked) -> AsyncIterator[Page]:
    """Of a source, from its beginning; what cannot be read is added."""
    cursor = None
    for _ in range(_MOST_PAGES):
        page = await source.read(cursor, now)
        for it in page.entries:
            if isinstance(it, Unmapped):
                checked.add(it.where, it.why)
        checked.records += len(page.entries)
        yield page
        if page.is_last:
            return
        cursor = page.cursor
    checked.is_whole = False


async def _tried(part: str, ask: Callable[[], Awaitable[T]], checked: Checked) -> T | None:
    """What it answers; what keeps it from answering is added."""
    try:
        return await ask()
    except Misconfigured as error:
        checked.add(error.where, f"it does not work; {error.do}")
    except Unavailable as error:
        checked.add(part, f"{error}; see whether it is up, and can be reached from here")
    return None


def _told(problem: _Problem) -> str:
    slug = problem.type.rpartition("/")[2]
    return reason("would refuse", slug, problem.detail or problem.title, problem.violations)
