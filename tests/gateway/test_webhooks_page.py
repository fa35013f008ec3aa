"""docs/webhooks.md, Subscribing: its commands do what it says, in the order in which they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import httpx

from hub.delivery import choices
from hub.delivery.orders import MOST_TESTS
from hub.gateway.openapi.of_subscriptions import OF_SUBSCRIPTIONS
from hub.gateway.problems import EXPLAINED, Trouble
from hub.gateway.subscription_acts import LONGEST_OVERLAP_HOURS
from hub.gateway.subscriptions import KEPT_DAYS, MOST
from tests.gateway.desk import WEERT
from tests.gateway.receiving import PATH, Office, an_office
from tests.wire.parties import ROOT

PAGE: Final = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
SECTION: Final = PAGE.partition("\n## Subscribing\n")[2].partition("\n## ")[0]
COMMANDS: Final = re.findall(r"^\$ (curl .*)$", SECTION, re.MULTILINE)
NOW: Final = "2026-03-10T12:00:00Z"  # the page recovers since a day in that month


async def run(office: Office, command: str, id_: str, port: int) -> httpx.Response:
    """What curl would get."""
    told = command.replace("$SUBSCRIPTION", id_).replace("$KEY", office.keys[WEERT])
    words = shlex.split(told.replace("receiver.example.nl", f"127.0.0.1:{port}"))
    headers, content, method, path = dict[str, str](), None, None, ""
    while words:
        match words.pop(0):
            case "curl" | "-s":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                content = words.pop(0)
            case address:
                path = address.removeprefix("localhost:8300")
    method = method or ("GET" if content is None else "POST")
    return await office.client.request(method, path, headers=headers, content=content)


async def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path) -> None:
    async with an_office(tmp_path / "data", now=NOW) as office, office.receiver() as found:
        first, *others = COMMANDS
        made = (await run(office, first, "", found.port)).json()
        assert made["status"] == "active"
        assert made["secret"]
        calls = []
        for command in others:
            answer = await run(office, command, made["id"], found.port)
            assert answer.is_success, (command, answer.text)
            calls.append((answer.request.method, answer.request.url.path))
        again = await run(office, others[1], made["id"], found.port)
        assert again.status_code == 404  # the last command removed it
    public = {
        (method, path.replace("{subscription_id}", made["id"])) for method, path in OF_SUBSCRIPTIONS
    }
    assert {*calls, ("POST", PATH)} == public


def test_the_page_has_each_field_and_each_problem() -> None:
    for field in choices.NEW:
        assert f"\n| `{field}` |" in SECTION
    problems = {it for operation in OF_SUBSCRIPTIONS.values() for it in operation.problems}
    conflicts = [it for it in Trouble if it in problems and EXPLAINED[it].status == 409]
    assert len(conflicts) == 7
    assert {it for it in conflicts if f"\n| `{it}` |" not in SECTION} == set()


def test_the_page_has_the_numbers_of_the_code() -> None:
    assert f"at most {KEPT_DAYS} days ago" in SECTION
    assert f"at most {LONGEST_OVERLAP_HOURS}." in SECTION
    assert (MOST, MOST_TESTS) == (10, 10)
    assert "at most ten" in SECTION
    assert "ten tests wait" in SECTION
