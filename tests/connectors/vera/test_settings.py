"""Settings of a VERA system that do not go together, and how that is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors import settings
from connectors.corporatie.vera import VeraSettings
from connectors.corporatie.vera_settings import Domain, judged
from hub.errors import Misconfigured

OAUTH = {
    "tokenUrl": "https://vera.example.nl/oauth/token",
    "clientId": "seintje",
    "clientSecretFile": "vera.key",
}
USUAL = {
    "overeenkomsten": "https://vera.example.nl/overeenkomsten/v4/",
    "vastgoed": "https://vera.example.nl/vastgoed/v4",
    "woonruimteverdeling": "https://vera.example.nl/woonruimteverdeling/v4",
    "access": {"apiKeyFile": "vera.key"},
}


def read(folder: Path, **own: Any) -> VeraSettings:
    (folder / "hub.key").write_text("sk_1")
    (folder / "vera.key").write_text("geheim")
    whole = {
        "hub": {"address": "https://hub.example.nl", "keyFile": "hub.key"},
        "party": "corporatie-maas",
        "source": "urn:nld:kvknr:90000001:systeem:vera",
        "vera": {name: value for name, value in (USUAL | own).items() if value is not None},
    }
    file = folder / "vera.yaml"
    file.write_text(yaml.safe_dump(whole))
    return judged(settings.read(file, "vera", VeraSettings).own)


def test_only_domains_with_an_address_are_read(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert list(found.addresses()) == [
        Domain.OVEREENKOMSTEN,
        Domain.VASTGOED,
        Domain.WOONRUIMTEVERDELING,
    ]
    assert "geheim" not in repr(found)


def test_other_domains_name_a_lease_below_its_address_or_as_the_settings_say(
    tmp_path: Path,
) -> None:
    whole = "https://vera.example.nl/overeenkomsten/v4/huurovereenkomsten/L1"
    assert read(tmp_path).lease_uri("L1") == whole
    assert read(tmp_path, leases={"uri": "urn:huur:{id}"}).lease_uri("L1") == "urn:huur:L1"


@pytest.mark.parametrize(
    ("own", "where"),
    [
        pytest.param({"access": {}}, "vera.access", id="nobody"),
        pytest.param(
            {"access": {"apiKeyFile": "vera.key", "oauth": OAUTH}},
            "vera.access",
            id="both",
        ),
        pytest.param(
            {"woonruimteverdeling": None}, "vera.targetGroup.foundIn", id="no allocations"
        ),
        pytest.param(
            {"rent": {"steps": {"sharingAnnounced": ["CONTACTMOMENTSOORT.AAN"]}}},
            "vera.rent.steps.tenantObjected",
            id="sharing is announced, and nobody hears who objects",
        ),
        pytest.param(
            {"rent": {"steps": {"debtHelpOffered": ["CONTACTMOMENTSOORT.HUL"]}}},
            "vera.relaties",
            id="moments of contact without their domain",
        ),
        pytest.param({"leases": {"uri": "urn:huur"}}, "vera.leases.uri", id="no place for the id"),
        pytest.param({"leases": {"pattern": "("}}, "vera.leases.pattern", id="no expression"),
        pytest.param({"sender": {"wie": "ik"}}, "vera.sender", id="an unknown header"),
    ],
)
def test_settings_that_do_not_go_together_are_told(
    own: dict[str, Any], where: str, tmp_path: Path
) -> None:
    with pytest.raises(Misconfigured) as error:
        read(tmp_path, **own)
    assert error.value.where == where


@pytest.mark.parametrize(
    ("own", "told"),
    [
        pytest.param(
            {"targetGroup": {"codes": ["STH"]}}, "with its list", id="a code without its list"
        ),
        pytest.param({"targetGroup": {"foundIn": "personen"}}, "foundIn", id="another list"),
        pytest.param({"leases": {"gemeenten": {"Weert": "988"}}}, "four digits", id="no CBS code"),
        pytest.param({"access": {"oauth": {"clientId": "a"}}}, "tokenUrl", id="half an access"),
        pytest.param({"vastgoed": "vera"}, "vastgoed", id="no address"),
        pytest.param({"access": {"apiKeyFile": "nergens"}}, "nergens", id="no such file"),
    ],
)
def test_a_mistake_is_told_with_its_field(own: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=told):
        read(tmp_path, **own)


@pytest.mark.parametrize(
    ("own", "where"),
    [
        ({"vastgoed": "http://vera.example.nl/vastgoed/v4"}, "vera.vastgoed"),
        (
            {"access": {"oauth": OAUTH | {"tokenUrl": "http://vera.example.nl/token"}}},
            "vera.access.oauth.tokenUrl",
        ),
    ],
)
def test_nothing_is_asked_in_the_clear_unless_that_was_meant(
    tmp_path: Path, own: dict[str, Any], where: str
) -> None:
    with pytest.raises(Misconfigured, match="write https://") as told:
        read(tmp_path, **own)
    assert told.value.where == where
    read(tmp_path, **own, plainHttp=True)
    read(tmp_path, vastgoed="http://localhost:8080/vastgoed/v4")
