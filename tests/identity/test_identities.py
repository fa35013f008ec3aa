"""The file of identities: what it says, and everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.gateway.identity import identity_file
from hub.gateway.identity.caller import EVERYTHING, Need
from hub.gateway.identity.identities import Identities
from hub.gateway.identity.tokens import ALGORITHMS

PARTIES = ("gemeente-weert", "corporatie-maas")
WHOLE = """
issuers:
  - issuer: https://login.weert.example.nl/realms/koppelingen
    audience: https://hub.example.nl
    claim: client_id
    parties:
      weert-zaken: gemeente-weert
      "7": gemeente-weert
  - issuer: urn:example:gateway
    keys: http://127.0.0.1:8080/jwks
    audience: [https://hub.example.nl, hub]
    algorithms: [PS256]
    claim: party
    parties: [corporatie-maas]
    may: [publish]
certificates:
  - {party: gemeente-weert, oin: "00000099000000988000"}
  - {party: corporatie-maas, name: Koppeling.Maas.example.nl, may: [read, act]}
  - {party: corporatie-maas, subject: "CN=koppeling,O=Maas,C=NL"}
  - {party: corporatie-maas, fingerprint: "AB:CD%s"}
proxies:
  - {name: ingress.example.nl}
  - {network: 10.20.30.0/28}
""" % (":00" * 30)


def read(tmp_path: Path, text: str) -> Identities:
    file = tmp_path / "identities.yaml"
    file.write_text(text, "utf-8")
    return identity_file.load(file, PARTIES)


def told(tmp_path: Path, text: str) -> list[str]:
    """What is wrong, each with its place."""
    with pytest.raises(Misconfigured) as caught:
        read(tmp_path, text)
    lines = caught.value.do.strip().split("\n")
    file = tmp_path / "identities.yaml"
    assert all(line.startswith(f"{file}:") for line in lines)
    return [line.removeprefix(f"{file}:") for line in lines]


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    weert, gateway = found.issuers
    assert (weert.keys, weert.algorithms, weert.may) == (None, ALGORITHMS, EVERYTHING)
    assert weert.parties == {"weert-zaken": "gemeente-weert", "7": "gemeente-weert"}
    assert gateway.audiences == {"https://hub.example.nl", "hub"}
    assert gateway.algorithms == {"PS256"}
    assert gateway.may == {Need.PUBLISH}
    assert gateway.parties == {"corporatie-maas": "corporatie-maas"}
    traits = [(it.party, it.trait.kind) for it in found.certificates]
    assert traits == [
        ("gemeente-weert", "oin"),
        ("corporatie-maas", "name"),
        ("corporatie-maas", "subject"),
        ("corporatie-maas", "fingerprint"),
    ]
    assert found.certificates[1].trait.value == "koppeling.maas.example.nl"
    assert found.certificates[3].trait.value == "abcd" + "00" * 30
    assert [it.kind for it in found.proxies] == ["name", "network"]


def test_an_empty_part_is_no_mistake(tmp_path: Path) -> None:
    assert read(tmp_path, "issuers: []\n") == Identities()


def test_everything_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    text = """issuers:
  - issuer: http://login.example.nl
    audience: hub
    claim: sub
    parties: {7: gemeente-wert}
    algorithms: [RS256, HS256, none]
    may: [everything]
certificates:
  - {party: gemeente-weert, oin: 99000000988000}
  - {party: corporatie-maas, oin: "123", name: a}
  - {party: corporatie-maas, fingerprint: "abc"}
  - {party: corporatie-maas, subject: "koppeling"}
  - {name: "*.example.nl"}
proxies:
  - {network: 10.0.0.1/8}
  - {host: a}
more: 1
"""
    lines = told(tmp_path, text)
    starts = [line.partition(": ")[0].partition(":")[0] for line in lines]
    assert sorted(set(map(int, starts))) == [2, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16, 17]
    whole = "\n".join(lines)
    for part in (
        "issuer: write an address over https",
        "write what the claim holds in quotes",
        "there is no `gemeente-wert`; write `gemeente-weert`",
        "algorithms: `HS256` is none of",
        "algorithms: `none` is none of",
        "may: `everything` is none of `act`, `publish`, `read`",
        "oin: write it between quotes",
        "write one of `fingerprint`, `name`, `oin`, `subject`",
        "expected the SHA-256 of a certificate",
        "expected a subject like CN=",
        "`party` is missing",
        "expected a name as it stands in the certificate",
        "expected a network, like",
        "unknown key `host`",
        "unknown key `more`",
    ):
        assert part in whole, part


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "the file is empty"),
        ("a: [", "this is no YAML"),
        ("- a", "expected `key: value` lines"),
        ("issuers: 7", "expected `key: value` lines"),
        ("certificates: [{party: gemeente-weert}]", "write one of `fingerprint`"),
        (
            "issuers:\n"
            + "  - {issuer: 'https://a.nl', audience: h, claim: c, parties: [gemeente-weert]}\n"
            * 2,
            "stands here twice",
        ),
        (
            "certificates:\n  - {party: gemeente-weert, name: a}\n"
            "  - {party: corporatie-maas, name: A}",
            "stands here twice",
        ),
        ("issuers: [{issuer: 'https://a.nl', audience: h, claim: c, parties: {}}]", "may speak"),
        ("issuers: [{issuer: 'https://a.nl', audience: [], claim: c, parties: {}}]", "audience"),
        ("issuers: [{issuer: 'https://u:p@a.nl', audience: h, claim: c}]", "over https"),
        ("issuers: [{issuer: a, keys: 'ftp://a', audience: h, claim: c}]", "over https"),
    ],
)
def test_it_is_told_of(text: str, part: str, tmp_path: Path) -> None:
    assert part in "\n".join(told(tmp_path, text))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read: No such file"):
        identity_file.load(tmp_path / "gone.yaml", PARTIES)
    file = tmp_path / "identities.yaml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Misconfigured, match="no UTF-8"):
        identity_file.load(file, PARTIES)
