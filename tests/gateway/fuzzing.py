"""Schemathesis against a real gateway with something in it: `python -m tests.gateway.fuzzing N`.

It reads the OpenAPI document of the hub that it asks, makes N requests of each call out of it, good
ones and bad ones, follows the links from one call to the next, and holds each answer against the
document. What it is told beside that is in `_CONFIGURATION`, with the reason.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from hub.delivery.handshake import NoConsent
from hub.gateway.gateway import Gateway
from hub.gateway.limits import Limits, Most
from hub.gateway.openapi.examples import DAMAGE_REPORTED, LEASE_SIGNED
from tests.gateway.contract import Contract
from tests.gateway.desk import MAAS, Desk, a_desk, calling
from tests.gateway.raw import listening
from tests.house.sources import ROOT

NOW: Final = "2026-03-10T12:00:00Z"
_CONFIGURATION: Final = """\
# Of a party that is told of an alert: it has one, and a receipt.
[parameters]
"path.alertId" = "{alert}"
"path.receiptId" = "{receipt}"
"path.handle" = "{household}"
"path.fingerprint" = "{fingerprint}"
"path.subscriptionId" = "{subscription}"

# What is well-formed can still be no fact (400, not 422: NL API Design Rules): in the future, with
# a number in it that is a BSN, an order that is not the one of the cursor.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "410", "429", "5xx"]

# 44 types of facts in five media types: all their edges take hours. They are drawn instead.
[[operations]]
include-operation-id = "postEvents"
phases.coverage.enabled = false
"""


_ENVIRONMENT: Final = {"NO_COLOR": "1", "PYTHONPATH": str(ROOT)}  # where the hooks are


class Outcome(NamedTuple):
    """What was found: how many requests were made, what schemathesis says, and whether all is
    well."""

    cases: int
    told: str
    is_good: bool


# Of these requests many are taken in, so that there is something to follow a link to.
TAKEN: Final = ("--mode", "positive", "--phases", "fuzzing,stateful")
_HOOKS: Final = 'hooks = "tests.gateway.fuzzing_hooks"\n'


async def fuzz(desk: Desk, folder: Path, *asked: str, is_taken: bool = False) -> Outcome:
    """Ask a gateway of this hub; `asked` are options of the tool. `is_taken`: facts are those of
    the party that asks (`fuzzing_hooks`)."""
    receipt = (await desk.post(LEASE_SIGNED, MAAS)).json()["receiptId"]
    await desk.send(DAMAGE_REPORTED)
    alert = (await desk.alerts(MAAS))[0]
    gateway = _patient(desk)
    fingerprint = next(iter(gateway.reception.schemas.by_fingerprint)).hex()
    told = _CONFIGURATION.format(
        alert=alert["alertId"],
        household=alert["household"],
        receipt=receipt,
        subscription=await _subscription(desk, gateway),
        fingerprint=fingerprint,
    )
    (folder / "schemathesis.toml").write_text((_HOOKS if is_taken else "") + told, "utf-8")
    async with listening(desk, gateway=gateway) as port:
        command = [*_command(port.number, desk.keys[MAAS]), *asked]
        # In a process of its own: it is no client of asyncio.
        process = await asyncio.create_subprocess_exec(
            *command, stdout=PIPE, stderr=STDOUT, cwd=folder, env=os.environ | _ENVIRONMENT
        )
        out, _ = await process.communicate()
    report = msgspec.json.decode((folder / "report.json").read_bytes())
    return Outcome(report["test_cases"]["generated"], out.decode(), process.returncode == 0)


async def _subscription(desk: Desk, gateway: Gateway) -> str:
    """The id of one."""
    async with calling(gateway, Contract()) as client:
        reached = Desk(desk.hub, desk.clock, client)
        asked = {"endpoint": "https://receiver.example.nl/seintje"}
        answer = await reached.call("POST", "/v1/subscriptions", MAAS, json=asked)
    return str(answer.json()["id"])


async def _nobody_answers(*_asked: object) -> NoConsent:
    """Of the receivers that are made up here none is called."""
    return NoConsent.NO_ANSWER


def _patient(desk: Desk) -> Gateway:
    """A gateway that lets go at once of who waits for an alert, bears as many calls as come, and
    calls nobody."""
    stopping = asyncio.Event()
    stopping.set()
    limits = Limits(Most(calls_a_minute=999_999, attempts_a_minute=999_999))
    gateway = desk.hub.gateway()
    receivers = replace(gateway.receivers, ask=_nobody_answers)
    return replace(gateway, stopping=stopping, limits=limits, receivers=receivers)


def _command(port: int, key: str) -> list[str]:
    tool = Path(sys.executable).with_name("schemathesis")
    asked = [str(tool), "--config-file", "schemathesis.toml", "run"]
    asked += [f"http://127.0.0.1:{port}/v1/openapi.json"]
    asked += ["--header", f"Authorization: Bearer {key}", "--checks", "all"]
    asked += ["--request-timeout", "20", "--warnings", "off"]
    return [*asked, "--report", "json", "--report-json-path", "report.json"]


async def main(examples: str) -> int:
    asked = ((), TAKEN)
    outcomes = [await _alone(*it, "--max-examples", examples, is_taken=bool(it)) for it in asked]
    print(f"{sum(it.cases for it in outcomes)} cases")
    return 0 if all(it.is_good for it in outcomes) else 1


async def _alone(*asked: str, is_taken: bool) -> Outcome:
    """At a hub of its own."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_desk(Path(folder) / "data", NOW) as desk:
            outcome = await fuzz(desk, Path(folder), *asked, is_taken=is_taken)
    print(outcome.told, flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
