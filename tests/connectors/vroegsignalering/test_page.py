"""The page about vroegsignalering: its examples are read by what reads real ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from connectors.gemeente.vroegsignalering import (
    FeedbackSettings,
    SignalSettings,
    VroegsignaleringSettings,
)
from connectors.gemeente.vroegsignalering_signal import Addresses
from connectors.settings import read
from hub.shipped import shipped
from hub.wire.yaml import parse
from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "connectors" / "vroegsignalering.md"
EXAMPLES = ROOT / "docs" / "connectors" / "examples"


@pytest.mark.parametrize(("party", "half"), [("corporatie", "signals"), ("gemeente", "feedback")])
def test_an_example_is_a_settings_file(tmp_path: Path, party: str, half: str) -> None:
    for file in EXAMPLES.glob("vroegsignalering-*"):
        shutil.copy(file, tmp_path)
    for key in ("corporatie-maas.key", "gemeente-weert.key", "vroegsignalering.key"):
        (tmp_path / key).write_text("k")
    file = tmp_path / f"vroegsignalering-{party}.yaml"
    found = read(file, "vroegsignalering", VroegsignaleringSettings).own
    assert (found.signals is not None, found.feedback is not None) == (
        half == "signals",
        half == "feedback",
    )
    if found.signals is not None:
        assert Addresses(found.signals.addresses).findings() == []
        assert Addresses(found.signals.addresses).of("H-1002") is not None
        rules = shipped("agreements").joinpath("duurzame-start.yaml").read_text()
        assert all(f"- id: {rule}\n" in rules for rule in found.signals.rules)


def test_the_page_shows_the_example_of_the_corporatie() -> None:
    (shown,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    whole = (EXAMPLES / "vroegsignalering-corporatie.yaml").read_text()
    assert parse(shown) == parse(whole.partition("\n")[2])


def test_the_page_tells_of_every_setting() -> None:
    text = PAGE.read_text().partition("## Settings")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `([A-Za-z.]+)` \|", text, re.MULTILINE))
    own = set(_names(VroegsignaleringSettings)) - {"signals", "feedback"}
    own |= {f"signals.{name}" for name in _names(SignalSettings)}
    own |= {f"feedback.{name}" for name in _names(FeedbackSettings)}
    assert own == told


def _names(kind: type[msgspec.Struct]) -> list[str]:
    return [it.encode_name for it in msgspec.structs.fields(kind)]
