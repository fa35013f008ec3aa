"""The file of identities as a value: which tokens and certificates stand for which party.

Reads everything and complains about everything at once, each with its line, like the other files
of operators. What an entry means is decided where it is used: `tokens`, `certificates`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from cryptography.x509 import Name
from msgspec import Struct

from hub.domain.marked import Node, Reader, listed, suggestion
from hub.gateway.identity.caller import EVERYTHING, Need
from hub.gateway.identity.tokens import ALGORITHMS
from hub.guard import Network

Kind: TypeAlias = Literal["oin", "name", "subject", "fingerprint", "network"]

_Value: TypeAlias = str | Name | Network
_Parse: TypeAlias = Callable[[str], _Value | None]

_TOP: Final = ("issuers", "certificates", "proxies")
OF_ISSUER: Final = ("issuer", "audience", "keys", "algorithms", "claim", "parties", "may")
_ISSUER_NEEDS: Final = ("issuer", "audience", "claim", "parties")
OF_CERTIFICATE: Final[tuple[Kind, ...]] = ("oin", "name", "subject", "fingerprint")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Issuer(Struct, frozen=True):
    """Somebody who gives out tokens. `keys` None: found by discovery. `parties` are those that it
    may speak for, by the value of the claim that names one."""

    issuer: str
    audiences: frozenset[str]
    claim: str
    parties: Mapping[str, str]
    keys: str | None = None
    algorithms: frozenset[str] = ALGORITHMS
    may: frozenset[Need] = EVERYTHING


class Trait(Struct, frozen=True):
    """What a certificate, or a connection, is known by. `value` is as it is compared: a name in
    lower case, a subject as `Name`, a fingerprint in hexadecimal, a network."""

    kind: Kind
    value: _Value


class Certified(Struct, frozen=True):
    """Certificates that stand for a party."""

    party: str
    trait: Trait
    name: str
    may: frozenset[Need] = EVERYTHING


class Identities(Struct, frozen=True):
    """The whole file; nothing in it where there is none."""

    issuers: tuple[Issuer, ...] = ()
    certificates: tuple[Certified, ...] = ()
    proxies: tuple[Trait, ...] = ()


def read_identities(node: Node, reader: Reader, parties: Collection[str]) -> Identities:
    """What a file holds, of these parties; what is wrong is in `reader.problems`."""
    top = reader.mapping(node, "identities file", _TOP)
    read = _File(reader, parties)
    issuers = [read.issuer(it) for it in reader.items(top.get("issuers"), "issuers")]
    certificates = [
        read.certified(it) for it in reader.items(top.get("certificates"), "certificates")
    ]
    proxies = [read.proxy(it) for it in reader.items(top.get("proxies"), "proxies")]
    return Identities(
        tuple(issuers),
        tuple(it for it in certificates if it is not None),
        tuple(it for it in proxies if it is not None),
    )


class _File:
    """Reads the entries, and knows which came before."""

    def __init__(self, reader: Reader, parties: Collection[str]) -> None:
        self._reader = reader
        self._parties = parties
        self._issuers: set[str] = set()
        self._traits: set[Trait] = set()

    def issuer(self, node: Node) -> Issuer:
        reader = self._reader
        entries = reader.mapping(node, "issuer", OF_ISSUER, _ISSUER_NEEDS)
        name, keys = entries.get("issuer"), entries.get("keys")
        text = reader.string(name, "issuer")
        if text in self._issuers:
            reader.complain(name or node, "issuer: this one stands here twice; make one of them")
        self._issuers.add(text)
        if name is not None and keys is None:
            self._judge_url(name, "issuer", "or write where its keys are: `keys: https://…`")
        if keys is not None:
            self._judge_url(keys, "keys", "like https://login.example.nl/jwks")
        return Issuer(
            text,
            self._audiences(entries.get("audience")),
            reader.string(entries.get("claim"), "claim"),
            self._spoken_for(entries.get("parties")),
            None if keys is None else reader.string(keys, "keys"),
            self._some_of(entries.get("algorithms"), "algorithms", ALGORITHMS),
            self._may(entries.get("may")),
        )

    def _audiences(self, node: Node | None) -> frozenset[str]:
        found = frozenset(self._reader.strings(node, "audience"))
        if node is not None and not found - {""}:
            self._reader.complain(node, "audience: write what tokens for this hub have as `aud`")
        return found

    def certified(self, node: Node) -> Certified | None:
        keys = ("party", *OF_CERTIFICATE, "may")
        entries = self._reader.mapping(node, "certificate", keys, ("party",))
        party = self._party(entries.get("party"))
        trait = self._trait(node, entries, OF_CERTIFICATE)
        if trait is None:
            return None
        name = f"{trait.kind} {entries[trait.kind].text}"
        return Certified(party, trait, name, self._may(entries.get("may")))

    def proxy(self, node: Node) -> Trait | None:
        kinds: tuple[Kind, ...] = (*OF_CERTIFICATE, "network")
        entries = self._reader.mapping(node, "proxy", kinds)
        return self._trait(node, entries, kinds)

    def _trait(
        self, node: Node, entries: Mapping[str, Node], kinds: tuple[Kind, ...]
    ) -> Trait | None:
        given = [kind for kind in kinds if kind in entries]
        if len(given) != 1:
            self._reader.complain(node, f"write one of {listed(kinds)}, to know it by")
            return None
        [kind] = given
        place = entries[kind]
        # A number without quotes may have lost its zeros, a fingerprint its form.
        if not isinstance(place.value, str):
            self._reader.complain(place, f'{kind}: write it between quotes: `{kind}: "…"`')
            return None
        value = self._reader.parsed(place, kind, _PARSE[kind], None)
        if value is None:
            return None
        trait = Trait(kind, value)
        if trait in self._traits:
            self._reader.complain(place, f"{kind}: this stands here twice; each has its own")
        self._traits.add(trait)
        return trait

    def _spoken_for(self, node: Node | None) -> Mapping[str, str]:
        """Values of the claim with their party; a list: the claim holds the party's id."""
        if node is None:
            return {}
        if not isinstance(node.value, Mapping):
            found = self._reader.items(node, "parties")
            return {it.text: self._party(it) for it in found}
        for key in node.keys.values():
            if not isinstance(key.value, str):
                self._reader.complain(key, 'parties: write what the claim holds in quotes: `"…"`')
        if not node.value:
            self._reader.complain(node, "parties: write whom this issuer may speak for")
        return {claimed: self._party(it) for claimed, it in node.value.items()}

    def _party(self, node: Node | None) -> str:
        name = self._reader.string(node, "party")
        if node is not None and name not in self._parties:
            near = suggestion(name, sorted(self._parties))
            self._reader.complain(node, f"party: there is no `{name}`{near}")
        return name

    def _may(self, node: Node | None) -> frozenset[Need]:
        return frozenset(map(Need, self._some_of(node, "may", frozenset(map(str, Need)))))

    def _some_of(self, node: Node | None, what: str, known: frozenset[str]) -> frozenset[str]:
        """Some of these words; all of them where nothing is written."""
        if node is None:
            return known
        found = self._reader.items(node, what)
        if not found:
            self._reader.complain(node, f"{what}: write some of {listed(known)}, or take it out")
        for it in found:
            if it.text not in known:
                near = suggestion(it.text, sorted(known))
                self._reader.complain(it, f"{what}: `{it.text}` is none of {listed(known)}{near}")
        return frozenset(it.text for it in found if it.text in known)

    def _judge_url(self, node: Node, what: str, hint: str) -> None:
        """Whoever can change keys on their way can be anybody: https, or this very machine."""
        try:
            url = urlsplit(node.text)
            is_safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOCAL)
            is_url = is_safe and bool(url.hostname) and not url.fragment and url.username is None
        except ValueError:
            is_url = False
        if not is_url:
            self._reader.complain(node, f"{what}: write an address over https, {hint}")


def _oin(text: str) -> str:
    if not re.fullmatch("[0-9]{20}", text, re.ASCII):
        raise ValueError("20 digits")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,255}", text) or "*" in text:
        raise ValueError("a name as it stands in the certificate, like koppeling.example.nl")
    return text.lower()


def _subject(text: str) -> Name:
    try:
        found = Name.from_rfc4514_string(text)
    except ValueError:
        found = Name([])
    if not list(found):
        raise ValueError("a subject like CN=koppeling,O=Gemeente Weert,C=NL (RFC 4514)")
    return found


def _fingerprint(text: str) -> str:
    bare = text.replace(":", "").lower()
    if not re.fullmatch("[0-9a-f]{64}", bare):
        raise ValueError("the SHA-256 of a certificate, 64 hexadecimal digits")
    return bare


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ValueError("a network, like 10.20.30.0/28") from None


_PARSE: Final[Mapping[Kind, _Parse]] = {
    "oin": _oin,
    "name": _name,
    "subject": _subject,
    "fingerprint": _fingerprint,
    "network": _network,
}
