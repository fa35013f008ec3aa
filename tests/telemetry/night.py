"""A night in the life of a hub, for who looks at what it lets out: a region with every fault that
the simulator knows, parties that write BSNs in odd places, keys that are wrong, a receiver that
fails, a fact that makes correlation raise, somebody at the console, and an operator who looks
around.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from hub.simulation import Fault
from hub.simulation.simulate import Region
from tests.cli.terminal import environment, seintje
from tests.delivery.hooks import Got, Step, in_turn, status
from tests.gateway.receiving import consent
from tests.streams.world import (
    BEGELEIDER,
    CORPORATIE,
    GEMEENTE,
    PARTIES,
    SOURCES,
    Event,
    event,
    missed,
    quiet_household,
    signed,
)

NOW: Final = "2024-03-01T12:00:00Z"
# It passes the eleven-test, and is nobody's: none is given out that begins with three nines.
BSN: Final = "999990019"
POISON: Final = "poisoned-fact"
LEASE_VALUE: Final = "L-90417"
TOKEN: Final = "receiver-" + secrets.token_hex(12)  # a path that only its receiver knows
HUB: Final = ("hub",)
TROUBLED: Final = ("tests.telemetry.troubled",)
BATCH: Final = "application/cloudevents-batch+json"
STRUCTURED: Final = "application/cloudevents+json"


def region() -> list[bytes]:
    """Lines as they arrive, with every fault."""
    arrivals = Region(8, 3, 7, frozenset(Fault)).arrivals()
    return [it.line for it in arrivals][:400]


def bad_events() -> list[Event]:
    """What is refused, with a BSN or another number where nobody expects it."""
    sound = telling(signed(id_="sound"))
    data = sound["data"]
    return [
        {**sound, "id": BSN},
        {**sound, "id": "bad-1", "subject": BSN},
        {**sound, "id": "bad-2", "source": f"{sound['source']}-{BSN}"},
        {**sound, "id": "bad-3", "type": f"nl.seintje.lease-{BSN}.v1"},
        {**sound, "id": "bad-4", "time": BSN},
        {**sound, "id": "bad-5", f"x{BSN}": BSN},
        {**sound, "id": "bad-6", "traceparent": f"00-{BSN.zfill(32)}-{BSN.zfill(16)}-01"},
        {**sound, "id": "bad-7", "data": {**data, "startDate": BSN}},
        {**sound, "id": "bad-8", "data": {**data, BSN: 1}},
        {**sound, "id": "bad-9", "data": {**data, "gemeente": "9999"}},
        {**sound, "id": "bad-10", "datacontenttype": f"text/{BSN}"},
        {**sound, "source": SOURCES[GEMEENTE]},
        event("alert-acknowledged", "bad-11", "2024-02-01", alertId=f"al-{BSN}"),
    ]


def good_events() -> list[Event]:
    poison = missed(POISON, "2024-02-20T10:00:00Z", "2024-02")
    return [telling(it) for it in (*quiet_household()[:5], poison)]


def telling(event: Event) -> Event:
    """The same, with an id and references that are no words that may stand anywhere."""
    text = json.dumps(event).replace('"L-1"', f'"{LEASE_VALUE}"').replace('"D-1"', '"D-90417"')
    found: dict[str, Any] = json.loads(text)
    return {**found, "id": found["id"] if found["id"] == POISON else f"event-{found['id']}"}


def receiver() -> Any:
    """A receiver that consents, and fails in many ways before it takes anything."""
    steps = in_turn([status(500), status(404), status(429, "retry-after: 1"), status(302)])
    return lambda got: consent("*") if got.method == "OPTIONS" else _answer(steps, got)


def _answer(steps: Any, got: Got) -> Step:
    found: Step = steps(got)
    return found


class Night:
    """One hub as a process, what is sent to it, and all that it lets out."""

    def __init__(self, folder: Path, program: Sequence[str], **more: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.program = [sys.executable, "-m", *program]
        self.keys: dict[str, str] = {}
        self.sent: list[object] = []
        self.url = ""
        self.link = ""
        self.emitted: dict[str, str] = {}
        self.secrets: list[str] = [TOKEN]
        self.environ = environment(
            SEINTJE_LOG_LEVEL="debug",
            SEINTJE_CLOCK=f"from:{NOW},x600",
            SEINTJE_DATA=str(self.data),
            POISON=POISON,
            **more,
        )

    def command(self, *words: str) -> str:
        """A command of an operator, in this process: its stdout. What it says beside it is kept."""
        ended = seintje(*words, **self.environ)
        self.emitted[f"stderr of {' '.join(words[:2])}"] = ended.err
        return ended.out.decode()

    def make_keys(self) -> None:
        for party in (CORPORATIE, GEMEENTE, BEGELEIDER):
            made = json.loads(self.command("parties", "key", "create", party))
            self.keys[party] = made["key"]
        self.secrets += self.keys.values()

    @contextmanager
    def running(self) -> Iterator[httpx.Client]:
        """`seintje run`; stopped as an operator does."""
        with (self.folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                [*self.program, "run", "--listen", "127.0.0.1:0"],
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
            )
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first, (self.folder / "stderr").read_text()
            told = json.loads(first)  # it shows the link into the console, and is meant to
            self.url, self.link = told["api"].removesuffix("/v1"), told["console"]
            try:
                with httpx.Client(base_url=self.url, timeout=60) as client:
                    yield client
            finally:
                process.terminate()
                rest, _ = process.communicate(timeout=60)
        self.emitted["stdout of run"] = rest
        self.emitted["stderr of run"] = (self.folder / "stderr").read_text()

    # What parties do

    def call(self, client: httpx.Client, method: str, path: str, party: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.keys.get(party, 'sk-wrong-' + BSN)}"}
        headers |= more.pop("headers", {})
        return client.request(method, path, headers=headers, **more)

    def post(self, client: httpx.Client, events: Iterable[object], party: str) -> Any:
        theirs = list(events)
        self.sent += theirs
        trace = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        headers = {"content-type": BATCH, "traceparent": trace, "baggage": f"lease={BSN}"}
        body = msgspec.json.encode(theirs)
        return self.call(client, "POST", "/v1/events", party, content=body, headers=headers)

    def publish(self, client: httpx.Client) -> None:
        """Everything, each by its party."""
        for party, events in by_party(
            [*good_events(), *bad_events(), *events_in(region())]
        ).items():
            for place in range(0, len(events), 100):
                self.post(client, events[place : place + 100], party)

    def misbehave(self, client: httpx.Client) -> None:
        """Calls that cannot be answered, with what may be nowhere in every place."""
        source = SOURCES[CORPORATIE].replace(":", "%3A")
        for path in (
            f"/v1/events/{source}/lease/receipt",
            f"/v1/events/{source}/{BSN}/receipt",
            f"/v1/receipts/{BSN}",
            f"/v1/households/hh-{BSN}",
            f"/v1/alerts?cursor={BSN}",
            f"/v1/alerts?{BSN}={BSN}",
            f"/v1/{BSN}",
            f"/console/{BSN}",
        ):
            self.call(client, "GET", path, CORPORATIE)
            self.call(client, "GET", path, "nobody")
        whole = b'{"specversion": "1.0", "id": "' + BSN.encode()
        for media, body in ((STRUCTURED, whole), (BATCH, b"[" + whole), (BSN, b"{}")):
            headers = {"content-type": media, "ce-id": BSN, "accept-language": BSN}
            self.call(client, "POST", "/v1/events", CORPORATIE, content=body, headers=headers)
        asked = {"scheme": "lease", "issuer": CORPORATIE, "value": LEASE_VALUE}
        found = self.call(client, "POST", "/v1/households/lookup", CORPORATIE, json=asked).json()
        if "household" in found:
            self.call(client, "GET", f"/v1/households/{found['household']}", CORPORATIE)

    def subscribe(self, client: httpx.Client, endpoint: str) -> None:
        asked = {"endpoint": endpoint}
        made = self.call(client, "POST", "/v1/subscriptions", GEMEENTE, json=asked).json()
        self.secrets.append(made["secret"])
        path = f"/v1/subscriptions/{made['id']}"
        for act in ("test", "pause", "resume"):
            self.call(client, "POST", f"{path}/{act}", GEMEENTE)
        refused = {"endpoint": f"https://10.0.0.1/{TOKEN}?lease={BSN}"}
        self.call(client, "POST", "/v1/subscriptions", GEMEENTE, json=refused)

    def look_at_pages(self) -> list[str]:
        """Sign in, and follow every link once."""
        seen: dict[str, int] = {}
        with httpx.Client(timeout=60, follow_redirects=True) as browser:
            page = browser.get(self.link)
            form = re.search(r'<form[^>]*method="post"[^>]*action="([^"]+)"', page.text)
            if form is not None:
                fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page.text))
                page = browser.post(page.url.join(form[1]), data=fields | {"party": GEMEENTE})
            left = [str(page.url)]
            while left and len(seen) < 25:
                here = left.pop(0)
                found = browser.get(here)
                seen[here] = found.status_code
                for link in re.findall(r'href="(/[^"#]*)"', found.text):
                    there = str(found.url.join(link))
                    if there not in seen and there not in left and "/static" not in there:
                        left.append(there)
        return list(seen)

    def look_around(self) -> None:
        """What operators type; what they ask for stands on stdout, and is for them."""
        for words in (
            ("dead-letters", "list"),
            ("alerts", "list"),
            ("disclosures", "list"),
            ("subscriptions", "list"),
            ("parties", "list"),
            (
                "why-not",
                "--reference",
                f"lease:{CORPORATIE}:{LEASE_VALUE}",
                "--rule",
                "intake-missing",
            ),
            ("doctor",),
        ):
            self.command(*words)
        self.emitted["dead letters"] = self.command("dead-letters", "list")


def events_in(lines: Iterable[bytes]) -> list[object]:
    found: list[object] = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # a batch is one text of JSON
    return found


def by_party(events: Iterable[object]) -> dict[str, list[object]]:
    """Each event by the party whose source it has; the rest come from the corporatie."""
    found: defaultdict[str, list[object]] = defaultdict(list)
    for it in events:
        source = it.get("source", "") if isinstance(it, Mapping) else ""
        party = PARTIES.find_by_source(source) if isinstance(source, str) else None
        found[CORPORATIE if party is None else party.id].append(it)
    return found
