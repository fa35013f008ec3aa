"""What a process says when it starts, and whether traces can be sent as its settings say."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.compose.beginning import fingerprint
from hub.compose.tracing import HEADERS, URL, tracing_of
from hub.errors import Misconfigured
from hub.settings import Settings, load
from hub.telemetry.spans import UNTRACED


def test_other_settings_have_another_digest() -> None:
    one = Settings(registry_url="http://registry.example")
    assert fingerprint(one) == fingerprint(replace(one))
    assert fingerprint(one) != fingerprint(replace(one, log_level="debug"))


def test_a_password_in_an_address_is_not_in_the_digest() -> None:
    one = Settings(registry_url="http://who:secret@registry.example")
    assert fingerprint(one) == fingerprint(replace(one, registry_url="http://registry.example"))


def test_without_a_collector_nobody_traces() -> None:
    assert tracing_of(Settings(), "run") is UNTRACED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OTLP_URL", "collector:4318"),
        ("OTLP_URL", "https://who:secret@collector"),
        ("OTLP_URL", "https://collector/?token=secret"),
        ("TRACES_SHARE", "1.5"),
        ("TRACES_SHARE", "-1"),
        ("TRACES_SHARE", "5%"),
        ("LOG_LEVEL", "verbose"),
    ],
)
def test_a_setting_that_is_wrong_is_told_without_its_value(name: str, text: str) -> None:
    with pytest.raises(Misconfigured) as told:
        load({f"SEINTJE_{name}": text})
    assert f"SEINTJE_{name}: write" in str(told.value)
    assert text not in str(told.value)


def test_the_share_is_a_number() -> None:
    assert load({"SEINTJE_TRACES_SHARE": "0.05"}).traces_share == 0.05


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Bearer of-the-collector", id="no name"),
        pytest.param("ok: yes\nauthorization Bearer of-the-collector", id="no colon"),
        pytest.param("x: " + "of-the-collector" * 2000, id="too long"),
        pytest.param("x: \x00of-the-collector", id="no text"),
    ],
)
def test_a_file_of_headers_that_is_wrong_is_told_without_what_is_in_it(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "headers"
    file.write_text(text)
    settings = Settings(otlp_url="http://127.0.0.1:1", otlp_headers_file=file)
    with pytest.raises(Misconfigured) as told:
        tracing_of(settings, "run")
    assert HEADERS in str(told.value)
    assert "of-the-collector" not in str(told.value)


def test_a_file_of_headers_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = Settings(otlp_url="http://127.0.0.1:1", otlp_headers_file=tmp_path / "none")
    with pytest.raises(Misconfigured, match=HEADERS):
        tracing_of(settings, "run")


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(Misconfigured, match=URL):
        tracing_of(Settings(otlp_url="http://127.0.0.1:99999"), "run")
