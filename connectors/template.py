"""A connector to copy from: a small system with a list of reports, and a list of tasks.

In: its reports of damage are asked for, a page at a time, and become facts. Out: each alert becomes
a task there, under a key by which it knows a task that it has. Explained line by line in
docs/connectors/write-your-own.md; the system that it talks to is tests/systems/template.py.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from connectors.asking import asked, decoded
from connectors.seam import (
    Connector,
    Draft,
    Entry,
    Finding,
    Page,
    Record,
    Site,
    Undeliverable,
    Unmapped,
)
from connectors.secret import Token
from connectors.settings import Address, Gemeente, Part
from hub.client import Alert
from hub.domain.time import Instant
from hub.outbound import GivenBy, Outbound, Peer

_PAGE: Final = 100


class TemplateSettings(Part, frozen=True, kw_only=True):
    """Where the system is, the file with its key, and the gemeente that it works for."""

    address: Address
    key_file: Token
    gemeente: Gemeente


class Report(Struct, rename="camel"):
    """A report of that system, as far as it is needed. Fields that it adds are left alone."""

    id: str
    contract: str
    reported_on: str
    cause: str
    category: str
    withdrawn: bool = False


class _Reports(Struct):
    reports: list[msgspec.Raw]
    next: str
    more: bool = False


def build(settings: TemplateSettings, site: Site) -> Connector:
    peer = Peer("template.address", settings.address, GivenBy.OPERATOR)
    system = _System(Outbound(peer, transport=site.transport), settings.key_file)
    return Connector(
        sources=(_ReportsOf(system, settings.gemeente, site.party),),
        sinks=(_Tasks(system),),
        check=system.check,
        close=system.outbound.close,
    )


def drafts_of(report: Report, gemeente: str, party: str) -> tuple[Draft, ...]:
    """Everything that a report says now: nothing, once it was withdrawn."""
    if report.withdrawn:
        return ()
    data = {
        "occurredAt": report.reported_on,
        "gemeente": gemeente,
        "references": [{"scheme": "lease", "issuer": party, "value": report.contract}],
        "category": report.category,
        "cause": report.cause,
    }
    return (Draft("damage-reported", data),)


class _System(Struct, frozen=True):
    """The system, asked in its own words."""

    outbound: Outbound
    key: Token

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"x-api-key": self.key.reveal()}
        return await asked(self.outbound, method, path, body=body, headers=headers)

    async def check(self) -> tuple[Finding, ...]:
        await self.ask("GET", "/reports?limit=1")
        return ()


class _ReportsOf(Struct, frozen=True):
    """Its reports, in the order in which they were last changed."""

    system: _System
    gemeente: str
    party: str
    name: str = "reports"

    async def read(self, cursor: str | None, now: Instant) -> Page:
        path = f"/reports?limit={_PAGE}&after={cursor or ''}"
        answer = await self.system.ask("GET", path)
        page: _Reports = decoded(self.system.outbound, answer, _Reports)
        entries = tuple(self._entry(bytes(raw)) for raw in page.reports)
        return Page(entries, page.next, is_last=not page.more)

    def _entry(self, raw: bytes) -> Entry:
        try:
            report = msgspec.json.decode(raw, type=Report)
        except msgspec.ValidationError as error:
            # What msgspec tells names the field and what was expected there, and no value.
            why = f"the report has another form than expected: {error}; mend it in the system"
            return Unmapped(f"/reports/{_id_in(raw)}", why, raw)
        drafts = drafts_of(report, self.gemeente, self.party)
        return Record(report.id, drafts, f"/reports/{report.id}")


class _Tasks(Struct, frozen=True):
    """Its tasks."""

    system: _System
    name: str = "tasks"

    async def deliver(self, alert: Alert, now: Instant) -> None:
        # The same key once more is the same task there: a repeat after a crash changes nothing.
        task = {"key": f"{alert.alert_id}_{alert.revision}", "status": alert.status}
        answer = await self.system.ask("POST", "/tasks", task | {"title": alert.title})
        if answer.status >= 300:
            raise Undeliverable(f"the system answers {answer.status}; look at its log")


def _id_in(raw: bytes) -> str:
    found = msgspec.json.decode(raw)
    return str(found.get("id", "?"))[:40] if isinstance(found, dict) else "?"
