"""The settings of who calls a hub: how they are known, and what they may ask (see `table`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.settings.kinds import (
    THIS_MACHINE,
    Kind,
    a_path,
    matching,
    url,
    whole,
)
from hub.settings.roles import SERVING
from hub.settings.setting import Opens, Setting

_HOST_PORT: Final = r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::[0-9]{1,5})?"

CALLERS: Final[Mapping[str, Setting]] = {
    "identities": Setting(
        Kind(a_path, "a file of issuers, certificates and proxies"),
        SERVING,
        "How parties are known besides by API keys.",
        "API keys and nothing else",
        Opens.FILE,
    ),
    "tls_certificate": Setting(
        Kind(a_path, "a file with the certificate of the hub in PEM"),
        SERVING,
        "The certificate of the hub, then who signed it.",
        "HTTP without TLS",
        Opens.FILE,
    ),
    "tls_key": Setting(
        Kind(a_path, "a file with the key of that certificate in PEM"),
        SERVING,
        "The key of that certificate.",
        "it stands in the same file",
        Opens.FILE,
    ),
    "tls_client_ca": Setting(
        Kind(a_path, "a file of certificates in PEM"),
        SERVING,
        "Who signs the certificates of parties.",
        "none is asked for",
        Opens.FILE,
    ),
    "console_url": Setting(
        url(rf"https://{_HOST_PORT}|http://{THIS_MACHINE}", "https:// and a host without a path"),
        SERVING,
        "The address by which people know the console.",
        "only this machine reaches it",
    ),
    "console_party": Setting(
        matching(r"[a-z0-9-]{1,64}", "the id of a party"),
        SERVING,
        "For whom who signs in by a one-time link works.",
        "a party that is chosen then",
    ),
    "console_issuer": Setting(
        url(
            rf"https://[^\s/]+(/\S*)?|http://{THIS_MACHINE}(/\S*)?",
            "the address of an OpenID provider",
        ),
        SERVING,
        "Where people sign in to the console.",
        "by a one-time link",
    ),
    "console_client_id": Setting(
        matching(r"\S{1,200}", "what the OpenID provider knows the hub by"),
        SERVING,
        "What the OpenID provider knows the hub by.",
    ),
    "console_client_secret_file": Setting(
        Kind(a_path, "a file with the secret in it"),
        SERVING,
        "The secret that goes with it.",
        "none is sent",
        Opens.SECRET,
    ),
    "console_party_claim": Setting(
        matching(r"\S{1,100}", "the claim that names the party of somebody"),
        SERVING,
        "The claim that names the party of somebody.",
    ),
}

LIMITS: Final[Mapping[str, Setting]] = {
    "calls_a_minute": Setting(whole(1, 999_999), SERVING, "Requests of a party."),
    # No fewer than a batch may hold: it would never be taken.
    "events_a_minute": Setting(whole(1000, 999_999), SERVING, "Events of a party."),
    "attempts_a_minute": Setting(
        whole(1, 999_999), SERVING, "Attempts of an address with something that is not in force."
    ),
    "calls_at_once": Setting(
        whole(1, 100_000), SERVING, "Requests of everybody that are being answered."
    ),
    "party_at_once": Setting(whole(1, 100_000), SERVING, "The same of one party."),
    # A quarter of it must hold a batch.
    "body_megabytes": Setting(
        whole(32, 100_000), SERVING, "Bodies of everybody in memory, in MiB; a party has a quarter."
    ),
    "connections": Setting(whole(10, 100_000), SERVING, "Connections."),
}
