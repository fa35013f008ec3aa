"""What README and docs name is there: commands, files, links; and the walk ends as it says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import typer

from hub.cli.app import app
from hub.domain.time import parse_instant
from tests.embedded.hubs import running
from tests.house.sources import ROOT

README: Final = ROOT / "README.md"
EXAMPLES: Final = ROOT / "docs" / "examples"
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "schemas" / "README.md"])

_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_PATH: Final = re.compile(r"`((?:hub|tests|agreements|schemas|docs)/[\w./-]+)`")
_COMMAND: Final = re.compile(r"(?:^\$ |\$\()(?:\.venv/bin/)?seintje ([^|>)#\n]*)", re.MULTILINE)
_CLOCK: Final = re.compile(r"--clock from:(\S+)")


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", it.lower()).replace(" ", "-") for it in headings}


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        name, _, anchor = link.partition("#")
        if "://" in name:
            continue
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_files_that_are_named_are_there(page: Path) -> None:
    named = _PATH.findall(page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def commands() -> Iterator[Any]:
    for page in PAGES:
        for number, text in enumerate(_COMMAND.findall(page.read_text("utf-8"))):
            yield pytest.param(text, id=f"{page.stem}-{number}")


@pytest.mark.parametrize("text", list(commands()))
def test_commands_that_are_shown_exist_with_their_options(text: str) -> None:
    command: Any = typer.main.get_command(app(None))
    known = _options(command)
    words = shlex.split(text, comments=True)
    while words and (words[0].startswith("--") or words[0] in getattr(command, "commands", {})):
        word = words.pop(0)
        if word.startswith("--"):
            assert word in known
            words.pop(0)
        else:
            command = command.commands[word]
            known |= _options(command)
    assert not hasattr(command, "commands"), f"seintje has no {text}"
    assert [word for word in words if word.startswith("--") and word not in known] == []


def _options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


async def test_the_walk_of_the_readme_ends_as_it_says(tmp_path: Path) -> None:
    page = README.read_text("utf-8")
    begins = _CLOCK.search(page)
    assert begins is not None
    sent = re.findall(r"^\$ send \$\w+ ([\w-]+)$", page, re.MULTILINE)
    assert sorted(sent) == sorted(path.stem for path in EXAMPLES.glob("*.json"))
    async with running(tmp_path / "data", parse_instant(begins[1])) as client:
        for name in sent:
            [answer] = await client.send([json.loads((EXAMPLES / f"{name}.json").read_text())])
            assert answer["status"] == "accepted"
        gemeente = await client.alerts("gemeente-weert", status="open")
        corporatie = await client.alerts("corporatie-maas", status="open")
    shown = page.partition("### The same without a hub")[0]
    named = set(re.findall(r"al-[a-z2-7]{26}", shown))
    assert {it["alertId"] for it in gemeente} == {it["alertId"] for it in corporatie} == named
    for view in gemeente:
        assert f'"rule": "{view["rule"]}"' in shown
        assert "H-1001" not in json.dumps(view)
        assert "estimate" not in json.dumps(view)
