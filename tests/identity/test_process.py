"""A hub as a process, over TLS: as its settings say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.terminal import piped, seintje
from tests.cli.test_run import next_row, started
from tests.identity.certifying import WEERT_OIN, Authority, files_in
from tests.streams.world import signed

pytestmark = pytest.mark.slow


def test_parties_reach_a_hub_by_certificate_and_by_key(tmp_path: Path) -> None:
    authority = Authority()
    files, data = files_in(tmp_path, authority), tmp_path / "data"
    identities = tmp_path / "identities.yaml"
    identities.write_text(f'certificates:\n  - {{party: gemeente-weert, oin: "{WEERT_OIN}"}}\n')
    settings = {
        "SEINTJE_TLS_CERTIFICATE": str(files.certificate),
        "SEINTJE_TLS_KEY": str(files.key),
        "SEINTJE_TLS_CLIENT_CA": str(files.client_ca),
        "SEINTJE_IDENTITIES": str(identities),
    }
    words = ("run", "--data", data, "--listen", "127.0.0.1:0")
    with started(*words, **settings) as process:
        api = next_row(process)["api"]
        assert api.startswith("https://127.0.0.1:")
        [made] = seintje("parties", "key", "create", "corporatie-maas", "--data", data).rows
        headers = {
            "Authorization": f"Bearer {made['key']}",
            "Content-Type": "application/cloudevents+json",
        }
        sent = httpx.post(f"{api}/events", json=signed(), headers=headers, verify=files.client())
        assert sent.status_code == 202
        weerts = files.client(authority.certify(oin=WEERT_OIN), tmp_path)
        asked = f"{api}/alerts?order=cursor&wait=30"
        found = httpx.get(asked, verify=weerts, timeout=60).json()
        assert found["alerts"]
        assert httpx.get(f"{api}/alerts", verify=files.client()).status_code == 401


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("SEINTJE_TLS_CERTIFICATE", "SEINTJE_TLS_CERTIFICATE"),
        ("SEINTJE_TLS_CLIENT_CA", "SEINTJE_TLS_CLIENT_CA"),
        ("SEINTJE_IDENTITIES", "gone: No such file"),
    ],
)
def test_a_hub_whose_files_are_gone_does_not_start(setting: str, told: str, tmp_path: Path) -> None:
    words = ("run", "--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    gone: Mapping[str, Any] = {setting: str(tmp_path / "gone")}
    ran = piped(*words, **gone)
    assert ran.code == 2
    assert told.partition(":")[0] in ran.err
