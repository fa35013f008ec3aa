"""What a party's program gets when it imports the client: these names, and little else."""

from __future__ import annotations

import inspect
import subprocess
import sys

import msgspec

import hub.client
from hub.client import AsyncClient, Client
from tests.house.sources import ROOT

OF_THE_HUB = {
    "hub", "hub.errors", "hub.domain", "hub.domain.refusals", "hub.wire", "hub.wire.problems",
}  # fmt: skip
HEAVY = {"cryptography", "fastavro", "starlette", "structlog", "aiokafka", "yaml", "uvicorn"}
FOUND = (
    "import hub.client, importlib.metadata as m, json, sys;"
    "print(json.dumps([list(sys.modules), list(m.packages_distributions())]))"
)


def loaded() -> tuple[set[str], set[str]]:
    """The modules of the house, and the packages of others, that a program has then."""
    command = [sys.executable, "-c", FOUND]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    modules, packages = msgspec.json.decode(told, type=tuple[set[str], set[str]])
    ours = {name for name in modules if name.partition(".")[0] in ("hub", "connectors")}
    return ours, {name.partition(".")[0] for name in modules} & packages - {"hub", "connectors"}


def test_importing_the_client_loads_little_of_the_hub_and_no_other_library() -> None:
    ours, others = loaded()
    assert {name for name in ours if not name.startswith("hub.client")} == OF_THE_HUB
    assert {"httpx", "msgspec"} <= others
    assert not HEAVY & others


def test_every_name_is_there() -> None:
    assert sorted(hub.client.__all__) == hub.client.__all__
    assert [name for name in hub.client.__all__ if not hasattr(hub.client, name)] == []


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    def of(kind: type) -> dict[str, list[str]]:
        public = {name: it for name, it in vars(kind).items() if not name.startswith("_")}
        return {
            name: [] if isinstance(it, property) else list(inspect.signature(it).parameters)
            for name, it in public.items()
        }

    assert of(Client) == of(AsyncClient)
