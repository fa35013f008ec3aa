"""What the doctor says of TLS and of the file of identities."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.cli.doctor_identity import found_of_identity
from hub.cli.examining import Examined
from hub.cli.finding import Finding
from hub.settings import Settings
from tests.identity.certifying import Authority, files_in
from tests.identity.issuing import ec, key_set, site

CA = Authority()


def findings(settings: Settings) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {"tls": [], "identities": []}
    for it in found_of_identity(Examined(settings, None, 2.0)):
        found[it.check].append(it)
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    files = files_in(tmp_path, CA)
    identities = tmp_path / "identities.yaml"
    identities.write_text("certificates:\n  - {party: gemeente-weert, name: a.example.nl}\n")
    return Settings(
        tls_certificate=files.certificate,
        tls_key=files.key,
        tls_client_ca=files.client_ca,
        identities=identities,
    )


def test_nothing_is_said_where_nothing_is_set() -> None:
    assert findings(Settings()) == {"tls": [], "identities": []}


def test_what_is_well_is_told(settings: Settings) -> None:
    found = findings(settings)
    assert all(it.is_good for it in [*found["tls"], *found["identities"]])
    assert len(found["tls"]) == 1
    assert "0 issuers, 1 certificates, 0 proxies" in found["identities"][0].says


def test_certificates_that_nobody_asks_for_are_told(settings: Settings) -> None:
    [_, told] = findings(replace(settings, tls_client_ca=None))["identities"]
    assert "SEINTJE_TLS_CLIENT_CA" in told.do


def test_files_that_cannot_be_used_are_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "tls.key").unlink()
    [wrong] = findings(settings)["tls"]
    assert wrong.says == "SEINTJE_TLS_KEY"
    identities = tmp_path / "identities.yaml"
    identities.write_text("certificate: []\n")
    [wrong] = findings(Settings(identities=identities))["identities"]
    assert "1:1: identities file: unknown key `certificate`" in wrong.do


async def test_whether_the_keys_of_an_issuer_can_be_had_is_told(tmp_path: Path) -> None:
    identities = tmp_path / "identities.yaml"
    async with site() as found:
        identities.write_text(
            "issuers:\n  - {issuer: a, audience: h, claim: c, parties: [gemeente-weert], "
            f"keys: '{found.address}/jwks'}}\n"
        )
        settings = Settings(identities=identities)
        wrong = await asyncio.to_thread(findings, settings)
        assert "says 404" in wrong["identities"][1].do
        found.pages["/jwks"] = key_set(ec())
        good = await asyncio.to_thread(findings, settings)
        assert good["identities"][1].says == "issuer a: 1 keys that prove tokens"
    away = await asyncio.to_thread(findings, settings)
    assert "cannot be reached" in away["identities"][1].says
