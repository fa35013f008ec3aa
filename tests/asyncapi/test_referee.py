"""The parser of the AsyncAPI Initiative reads the document, Avro schemas and all."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from hub.asyncapi.document import document
from tests.asyncapi.prepare import FOLDER, NODE, WHY_NOT

# That there is a later version of AsyncAPI.
BESIDE: Final = {"asyncapi-latest-version"}
SECONDS: Final = 120

pytestmark = pytest.mark.slow


def said_of(told: dict[str, Any]) -> dict[str, Any]:
    """What the parser says of a document."""
    if WHY_NOT.exists():
        pytest.skip(f"npm could not fetch the parser: {WHY_NOT.read_text('utf-8')}")
    if not (FOLDER / "node_modules").is_dir():
        pytest.fail("the parser is not there: run `make referee`")
    done = subprocess.run(
        [str(NODE), "check.mjs"],
        cwd=FOLDER,
        input=msgspec.json.encode(told),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


def test_it_finds_nothing_wrong_and_reads_all_of_it() -> None:
    told = document()
    said = said_of(told)
    assert [it for it in said["diagnostics"] if it["code"] not in BESIDE] == []
    assert sorted(said["channels"]) == sorted(it["address"] for it in told["channels"].values())
    assert sorted(said["messages"]) == sorted(told["components"]["messages"])


def spoilt(*path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Puts something else into a document."""

    def put(told: dict[str, Any]) -> None:
        inner = told
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = value

    return put


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(spoilt("operations", "sendAlerts", "action", value="shout"), id="an action"),
        pytest.param(
            spoilt("channels", "in", "messages", "RentMissed", value={"$ref": "#/nowhere"}),
            id="a reference",
        ),
        pytest.param(
            spoilt("components", "schemas", "RentMissedAvro", "schema", "type", value="recrod"),
            id="an Avro schema",
        ),
    ],
)
def test_it_would_say_what_is_wrong(spoil: Callable[[dict[str, Any]], None]) -> None:
    told = copy.deepcopy(document())
    spoil(told)
    assert any(it["severity"] == 0 for it in said_of(told)["diagnostics"])
