"""docs/signing-in.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hub.gateway.identity import identity_file, issuer_keys, tokens
from hub.gateway.identity.caller import Need, Wrong
from hub.gateway.identity.identities import OF_CERTIFICATE, OF_ISSUER
from hub.settings import Settings
from tests.house.sources import ROOT
from tests.streams.world import PARTIES

PAGE: Final = (ROOT / "docs" / "signing-in.md").read_text("utf-8")


def test_the_file_of_the_page_is_read(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "identities.yaml"
    file.write_text(example, "utf-8")
    found = identity_file.load(file, PARTIES.by_id)
    assert [len(found.issuers), len(found.certificates), len(found.proxies)] == [2, 4, 1]
    assert {it.trait.kind for it in found.certificates} == set(OF_CERTIFICATE)
    [first, second] = re.findall(r"  - issuer:.*?(?=\n\n|\n  - )", example, re.DOTALL)
    written = {*re.findall(r"^\W*(\w+):", first, re.MULTILINE)}
    written |= {*re.findall(r"^\W*(\w+):", second, re.MULTILINE)}
    assert written >= set(OF_ISSUER)


def test_every_word_of_the_file_is_explained() -> None:
    for word in (*OF_ISSUER, *OF_CERTIFICATE, "network"):
        assert f"| `{word}` |" in PAGE, word
    for need in Need:
        assert f"`{need}`" in PAGE


def test_every_algorithm_and_bound_is_told() -> None:
    for name in tokens.ALGORITHMS:
        assert f"`{name}`" in PAGE
    assert f"{tokens.MOST_CHARS} characters at most" in PAGE
    assert f"{tokens.MOST_CHARS} characters at most" in Wrong.UNREADABLE.expected
    assert tokens.LEEWAY_MS == 60_000
    assert issuer_keys.FRESH_SECONDS == 600
    assert issuer_keys.AGAIN_SECONDS == 30
    assert issuer_keys.STALE_SECONDS == 86_400


def test_every_error_and_setting_is_explained() -> None:
    for wrong in Wrong:
        assert not wrong.error or f"`{wrong.error}`" in PAGE
    for field in Settings.__struct_fields__:
        if field.startswith(("tls_", "identities")):
            assert f"SEINTJE_{field.upper()}" in PAGE
