"""What docs/connectors/vera.md says is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import yaml

from connectors import settings
from connectors.corporatie import vera_settings as own
from connectors.corporatie.vera_codes import CAUSES, END_REASONS, NUISANCE
from tests.house.sources import ROOT

PAGE: Final = (ROOT / "docs/connectors/vera.md").read_text("utf-8")
EXAMPLE: Final = ROOT / "docs/connectors/examples/vera.yaml"
_BLOCK: Final = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def read(text: str, folder: Path) -> own.VeraSettings:
    for name in ("corporatie-maas.key", "vera.key", "vera.secret"):
        (folder / name).write_text("geheim")
    file = folder / "vera.yaml"
    file.write_text(text)
    return own.judged(settings.read(file, "vera", own.VeraSettings).own)


def test_the_example_is_a_settings_file(tmp_path: Path) -> None:
    found = read(EXAMPLE.read_text("utf-8"), tmp_path)
    assert len(found.addresses()) == 6
    assert found.target_group.filter == {"aanvullendeDoelgroep.code": "STH"}


def test_the_example_on_the_page_is_one_too(tmp_path: Path) -> None:
    [block] = _BLOCK.findall(PAGE)
    assert read(block, tmp_path).access.api_key_file is not None


_PARTS: Final = ("access", "targetGroup", "leases", "rent", "damage", "nuisance")


def names(kind: type, prefix: str) -> list[str]:
    return [prefix + it.encode_name for it in msgspec.structs.fields(kind)]


@pytest.mark.parametrize(
    "setting",
    [
        *names(own.Leases, "leases."),
        *names(own.Rent, "rent."),
        *names(own.Damage, "damage."),
        *names(own.Nuisance, "nuisance."),
        *names(own.TargetGroup, ""),
        *names(own.Access, "access."),
        *(it for it in names(own.VeraSettings, "") if it not in _PARTS),
    ],
)
def test_every_setting_is_on_the_page(setting: str) -> None:
    assert f"`{setting}`" in PAGE


@pytest.mark.parametrize("table", [CAUSES, END_REASONS, NUISANCE], ids=["cause", "end", "nuisance"])
def test_every_code_of_a_short_table_is_on_the_page(table: dict[str, Any]) -> None:
    for code, ours in table.items():
        assert code.rpartition(".")[2] in PAGE
        assert f"`{ours}`" in PAGE


def test_usual_codes_are_on_the_page_as_they_are() -> None:
    for codes in (own.Leases().signed, own.Leases().ended, own.Leases().temporary):
        assert f"`{' '.join(codes)}`" in PAGE or " ".join(codes) in PAGE
    assert all(f"`{code}`" in PAGE for code in own.TargetGroup().codes)
    assert yaml.safe_load(EXAMPLE.read_text("utf-8"))["vera"]["targetGroup"]["filter"]
