"""The page about the ZGW connector: its examples are read, and shown as they are."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from connectors.gemeente import zgw
from connectors.gemeente.zgw_facts import mapped
from connectors.gemeente.zgw_mapping import ROL_FIELDS, ZAAK_FIELDS, read_mapping
from connectors.gemeente.zgw_publish import _ERNST, _STATUS
from connectors.gemeente.zgw_shapes import Rol, Status, Whole, Zaak
from connectors.settings import read
from hub.domain.marked import Node
from hub.wire.shapes import SHAPES
from hub.wire.yaml import parse
from tests.connectors.zgw.stage import BEGIN, Stage
from tests.house.sources import ROOT

DOCS = ROOT / "docs" / "connectors"
PAGE = (DOCS / "zgw.md").read_text()
EXAMPLES = ("zgw.yaml", "zgw-mapping.yaml")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_shows_the_example_as_it_is(name: str) -> None:
    assert f"```yaml\n{(DOCS / 'examples' / name).read_text()}```" in PAGE


def test_the_settings_of_the_page_are_read_and_built(stage: Stage, tmp_path: Path) -> None:
    for name in EXAMPLES:
        (tmp_path / name).write_text((DOCS / "examples" / name).read_text())
    for name in ("gemeente-weert.key", "zgw.secret", "callback.token"):
        (tmp_path / name).write_text("x" * 64)

    settings = read(tmp_path / "zgw.yaml", "zgw", zgw.ZgwSettings)
    connector = zgw.build(settings.own, stage.site)

    assert [it.name for it in connector.sources] == ["inbox"]
    assert [it.name for it in connector.sinks] == ["notificaties", "zaak"]
    assert [it.name for it in connector.errands] == ["abonnement"]
    assert len(connector.doors) == 1


@pytest.mark.parametrize(
    "kind",
    [zgw.ZgwSettings, zgw.ApiSettings, zgw.CallbackSettings, zgw.PublishSettings, zgw.ZaakSettings],
)
def test_every_setting_is_on_the_page(kind: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(kind):
        assert re.search(rf"`{field.encode_name}`", PAGE), field.encode_name


@pytest.mark.parametrize("name", [*ZAAK_FIELDS, *ROL_FIELDS, *_ERNST.values(), *_STATUS.values()])
def test_every_name_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_what_the_mapping_of_the_page_makes_are_whole_facts() -> None:
    tree = parse((DOCS / "examples" / EXAMPLES[1]).read_text())
    assert isinstance(tree, Node)
    (rules,) = read_mapping(tree)[0].values()
    zaak = Zaak("https://z.example/1", "https://c.example/1", "2026-03-01", "Z-1", "2026-03-04")
    statussen = tuple(
        (name, Status(f"https://z.example/{name}", "", "2026-03-02T10:00:00Z"))
        for name in ("Intake gedaan", "In begeleiding")
    )
    rol = Rol("medewerker", "2026-03-01T10:00:00Z", omschrijving_generiek="behandelaar")
    eigenschappen = {
        "Huurovereenkomst": "H-1",
        "BAG": "0988200000001001",
        "Gezinshereniging": "Ja",
        "Einde gepland": "20270301",
        "Inburgering begonnen": "01-03-2026",
    }
    whole = Whole(zaak, "1", statussen, "Afgerond", (rol,), eigenschappen)

    said = mapped(whole, rules, "gemeente-weert", BEGIN)

    assert said.wrong == ()
    assert len(said.drafts) == 5
    for draft in said.drafts:
        msgspec.convert(draft.data, SHAPES[draft.type])
