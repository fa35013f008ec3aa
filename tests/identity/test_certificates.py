"""Certificates: what is read in one, whom it stands for, and what a proxy says that it saw."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from hub.gateway.identity import certificates
from hub.gateway.identity.certificates import Certificate
from hub.gateway.identity.identities import Certified, Kind, Trait
from tests.identity.certifying import WEERT_OIN, Authority, Made

CA = Authority()
WITH_OIN = CA.certify(oin=WEERT_OIN, names=["koppeling.weert.example.nl", "urn:seintje:Weert"])


def read(made: Made) -> Certificate:
    found = certificates.read(made.der)
    assert found is not None
    return found


def trait(kind: Kind, value: str) -> Trait:
    return Trait(kind, x509.Name.from_rfc4514_string(value) if kind == "subject" else value)


def test_what_a_system_is_known_by_is_read() -> None:
    found = read(WITH_OIN)
    assert found.oin == WEERT_OIN
    assert found.names == {"koppeling.weert.example.nl", "urn:seintje:weert"}
    assert found.fingerprint == WITH_OIN.fingerprint
    ends = WITH_OIN.certificate.not_valid_after_utc
    assert found.ends == int(ends.timestamp() * 1000)
    assert found.begins < found.ends


@pytest.mark.parametrize("serial", ["123", "0000009900000098800X", WEERT_OIN + "1", "NTRNL-1"])
def test_another_serial_number_is_no_oin(serial: str) -> None:
    assert read(CA.certify(oin=serial)).oin is None


@pytest.mark.parametrize(
    ("known_by", "fits"),
    [
        (trait("oin", WEERT_OIN), True),
        (trait("oin", "00000099000000957000"), False),
        (trait("name", "koppeling.weert.example.nl"), True),
        (trait("name", "weert.example.nl"), False),
        (trait("name", "koppeling"), False),  # that is its common name
        (trait("name", "urn:seintje:weert"), True),
        (trait("subject", f"2.5.4.5={WEERT_OIN},CN=koppeling"), True),
        (trait("subject", "CN=koppeling"), False),
        (trait("fingerprint", WITH_OIN.fingerprint), True),
        (trait("fingerprint", "00" * 32), False),
    ],
)
def test_a_certificate_is_known_by(known_by: Trait, fits: bool) -> None:
    assert read(WITH_OIN).fits(known_by) is fits


def test_a_certificate_of_two_parties_is_of_none() -> None:
    by_oin = Certified("gemeente-weert", trait("oin", WEERT_OIN), "oin")
    by_name = Certified("gemeente-weert", trait("name", "koppeling.weert.example.nl"), "name")
    other = Certified("corporatie-maas", trait("name", "urn:seintje:weert"), "uri")
    found = read(WITH_OIN)
    assert certificates.certified(found, [by_oin, by_name]) == by_oin
    assert certificates.certified(found, [by_oin, other]) is None
    assert certificates.certified(found, []) is None


def header(raw: bytes) -> str:
    return f":{base64.b64encode(raw).decode()}:"


def test_what_a_proxy_saw_is_read() -> None:
    assert certificates.forwarded(header(WITH_OIN.der)) == read(WITH_OIN)


@pytest.mark.parametrize(
    "value",
    [
        "", ":", "::", ":=:", ":AAAA:", "AAAA", header(b"x" * 100), header(WITH_OIN.der)[1:],
        header(WITH_OIN.der)[:-1], header(WITH_OIN.der) + ";a=1",
        f"{header(WITH_OIN.der)}, {header(WITH_OIN.der)}", header(WITH_OIN.der[:-1]),
        header(WITH_OIN.der + b"x"), header(WITH_OIN.der).replace("M", " M", 1),
        WITH_OIN.pem.decode(), header(WITH_OIN.pem), header(b"\x30" * 40_000), "\0", "é",
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_none(value: str) -> None:
    assert certificates.forwarded(value) is None


# It reads a serial number below one, and warns that a later release will not; only who is trusted
# signs such a certificate.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.binary(max_size=200), st.integers(0, len(WITH_OIN.der) - 1))
def test_whatever_stands_in_a_certificate_is_read_or_not(other: bytes, at: int) -> None:
    spoiled = WITH_OIN.der[:at] + other + WITH_OIN.der[at + len(other) :]
    assert isinstance(certificates.read(spoiled), Certificate | None)


PROXIES = [trait("name", "ingress.example.nl"), Trait("network", ip_network("10.0.0.0/28"))]
INGRESS = read(CA.certify(names=["ingress.example.nl"]))


@pytest.mark.parametrize(
    ("certificate", "host", "is_proxy"),
    [
        (INGRESS, "192.0.2.1", True),
        (INGRESS, None, True),
        (None, "10.0.0.1", True),
        (None, "::ffff:10.0.0.1", True),
        (read(WITH_OIN), "10.0.0.15", True),
        (None, "10.0.0.16", False),
        (read(WITH_OIN), "192.0.2.1", False),
        (None, "::1", False),
        (None, "testclient", False),
        (None, None, False),
    ],
)
def test_a_proxy_is_known_by_its_certificate_or_its_network(
    certificate: Certificate | None, host: str | None, is_proxy: bool
) -> None:
    assert certificates.is_proxy(PROXIES, certificate, host) is is_proxy
    assert not certificates.is_proxy([], certificate, host)


def test_a_certificate_that_ended_is_read_all_the_same() -> None:
    ended = CA.certify(ends=datetime(2024, 1, 1, tzinfo=UTC))
    assert read(ended).ends == 1704067200000
