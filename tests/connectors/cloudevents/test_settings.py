"""What the settings file of the CloudEvents connector may say, and what is told of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.gemeente.cloudevents import CloudEventsSettings, build
from connectors.settings import Settings, read
from hub.errors import Misconfigured
from tests.connectors.cloudevents.stage import DOOR_TOKEN, stage

COMMON = """
hub: {address: https://hub.example.nl, keyFile: hub.key}
party: gemeente-weert
source: urn:nld:oin:00000099000000001000:systeem:sociaal-domein
listen: 127.0.0.1:8330
cloudevents:
"""
OAUTH = "{tokenUrl: https://a.nl, clientId: a, clientSecretFile: token}"
SEND = "address: https://x.example.nl/events, origin: seintje.example.nl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hub.key").write_text("sk_test\n")
    (tmp_path / "token").write_text(DOOR_TOKEN + "\n")
    (tmp_path / "short").write_text("short\n")
    (tmp_path / "spaced").write_text("two words\n")
    (tmp_path / "map.yaml").write_text("events: {}\n")
    (tmp_path / "bad.yaml").write_text("events: [\n")
    return tmp_path


def settings(folder: Path, own: str) -> Settings[CloudEventsSettings]:
    file = folder / "connect.yaml"
    file.write_text(COMMON + "".join(f"  {line}\n" for line in own.splitlines()))
    return read(file, "cloudevents", CloudEventsSettings)


def built(folder: Path, own: str) -> None:
    with stage(folder / "state") as standing:
        build(settings(folder, own).own, standing.site)


@pytest.mark.parametrize(
    "own",
    [
        f"send: {{{SEND}, tokenFile: token}}",
        f"send: {{{SEND}, tokenFile: token, mode: binary, handshake: false, rate: 10}}",
        f"send: {{{SEND}, oauth: {OAUTH}}}",
        "send: {address: http://127.0.0.1:8000/x, origin: x.nl, tokenFile: token}",
        "receive: {origins: [a.nl], tokenFiles: [token], mapping: map.yaml}",
        "receive: {origins: ['*'], certificate: {header: X-Client, values: [a], proxies: ['::1']}}",
    ],
)
def test_settings_that_go_together_are_built(folder: Path, own: str) -> None:
    built(folder, own)


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ("{}", "`send`, `receive` or both"),
        (f"send: {{{SEND}}}", "`tokenFile` or `oauth`"),
        (
            f"send: {{{SEND}, tokenFile: token, oauth: {{tokenUrl: https://a.nl, clientId: a,"
            " clientSecretFile: token}}",
            "one of them",
        ),
        ("send: {address: http://x.example.nl/events, origin: x.nl, tokenFile: token}", "https://"),
        (
            f"send: {{{SEND}, oauth: {{tokenUrl: http://a.nl, clientId: a,"
            " clientSecretFile: token}}",
            "https://",
        ),
        (f"send: {{{SEND}, tokenFile: spaced}}", "on one line"),
        (
            f"send: {{{SEND}, tokenFile: token, handshake: false, callback: https://a.nl}}",
            "callback",
        ),
        (f"send: {{{SEND}, tokenFile: token, certificate: token}}", "send.certificate: write"),
        ("receive: {origins: [a.nl]}", "who may send?"),
        ("receive: {origins: [a.nl], tokenFiles: [short]}", "at least 32"),
        ("receive: {origins: [a.nl], tokenFiles: [token], mapping: nowhere.yaml}", "read"),
        ("receive: {origins: [a.nl], tokenFiles: [token], mapping: bad.yaml}", "bad.yaml"),
        ("receive: {origins: [a.nl], tokenFiles: [nowhere]}", "nowhere cannot be read"),
        ("receive: {origins: [], tokenFiles: [token]}", "length"),
        (f"send: {{{SEND}, tokenFile: token, mode: xml}}", "mode"),
        (f"send: {{{SEND}, tokenFile: token, colour: red}}", "colour"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(folder: Path, own: str, why: str) -> None:
    with pytest.raises(Misconfigured) as told:
        built(folder, own)
    assert why in str(told.value)
    assert DOOR_TOKEN not in str(told.value)


def test_secrets_are_not_shown(folder: Path) -> None:
    found = settings(folder, f"send: {{{SEND}, tokenFile: token}}")
    assert DOOR_TOKEN not in repr(found)
