"""What a party may choose of a subscription, read out of what it sent: all that is wrong at once.

Addresses are judged as they are written, without asking any name; who calls them judges what they
lead to. A filter names what there is for this party, for one that names nothing is silent for ever
and nobody would notice. No text here quotes what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from hub.delivery.kept import Access, Kept
from hub.delivery.revision import Filter
from hub.delivery.sealing import Secrets
from hub.delivery.signatures import Keyring, PrivateKey, Secret
from hub.domain.refusals import Violation
from hub.domain.time import Instant, parse_instant
from hub.guard import Guard, in_words

SIGNATURES: Final = (Secret.version, PrivateKey.version)
LONGEST_MAIL: Final = 254
LONGEST_NAME: Final = 255
LONGEST_SECRET: Final = 1024
MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")

_FIELD: Final = re.compile("[A-Za-z][A-Za-z_-]{0,39}", re.ASCII)
_OF_FILTER: Final = ("gemeenten", "rules", "severities", "statuses")
_OF_ACCESS: Final = ("tokenUrl", "clientId", "clientSecret", "scope")
CHOSEN: Final = ("endpoint", "filter", "contact", "access")
NEW: Final = (*CHOSEN, "signature", "since")

Tree: TypeAlias = Mapping[str, Any]


class May(Struct, frozen=True):
    """What a party may choose from: addresses, and by field of a filter what there is."""

    guard: Guard
    filters: Mapping[str, Collection[str]]


class Choice(Struct, frozen=True, kw_only=True):
    """What it chose. `client_secret` None: none was sent. `signature` and `since` are of a new
    subscription only."""

    endpoint: str
    wants: Filter = Filter()
    contact: str | None = None
    access: Access | None = None
    client_secret: str | None = None
    signature: str = Secret.version
    since: Instant | None = None

    def secrets(self, keyring: Keyring) -> Secrets:
        """What is to be kept sealed of it."""
        token_url = None if self.access is None else self.access.token_url
        return Secrets(keyring, self.client_secret, token_url)

    def __repr__(self) -> str:
        return "Choice(…)"  # addresses may hold a token, and there is a secret in it


class Reader:
    """Reads fields, and keeps what is wrong with them; what is wrong reads as nothing."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def wrong(self, path: str, expected: str) -> None:
        self.violations.append(Violation(path, expected))

    def only(self, tree: Tree, known: Collection[str], path: str = "") -> None:
        """Nothing but these fields."""
        for name in sorted(tree.keys() - set(known)):
            shown = name if _FIELD.fullmatch(name) else "…"
            self.wrong(path + shown, f"nothing but {', '.join(known) or 'an empty object'}")

    def text(self, tree: Tree, name: str, path: str, most: int, *, needed: bool = False) -> str:
        """A text in visible characters; empty if there is none."""
        found = tree.get(name)
        if found is None and not needed:
            return ""
        if not isinstance(found, str) or not 0 < len(found) <= most or not found.isprintable():
            self.wrong(path + name, f"a text of 1 to {most} characters")
            return ""
        return found

    def choice(self, tree: Tree, name: str, allowed: Collection[str], usual: str) -> str:
        found = tree.get(name)
        if found is not None and found not in allowed:
            self.wrong(name, f"one of {', '.join(allowed)}")
            return usual
        return found or usual

    def number(self, tree: Tree, name: str, least: int, most: int, usual: int) -> int:
        found = tree.get(name)
        if found is None:
            return usual
        # 24.0 is a whole number to JSON (RFC 8259, 6), and True is none to us.
        is_whole = type(found) is int or (isinstance(found, float) and found.is_integer())
        if not is_whole or not least <= found <= most:
            self.wrong(name, f"a whole number from {least} to {most}")
            return usual
        return int(found)

    def inner(self, tree: Tree, name: str, known: Collection[str]) -> Tree | None:
        """An object with nothing but these fields in it."""
        found = tree.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            self.wrong(name, f"an object with {', '.join(known)}")
            return None
        self.only(found, known, f"{name}.")
        return found

    def instant(
        self, tree: Tree, name: str, earliest: Instant, latest: Instant, within: str
    ) -> Instant | None:
        found = tree.get(name)
        if found is None:
            return None
        try:
            at = parse_instant(found) if isinstance(found, str) else None
        except (ValueError, OverflowError):
            at = None
        if at is None:
            self.wrong(name, "a date, or a time with its offset, like 2026-01-31T10:00:00+01:00")
        elif not earliest <= at <= latest:
            self.wrong(name, within)
        return at


def read(reader: Reader, tree: Tree, may: May) -> Choice:
    """What may be chosen at any time; of no use if the reader has violations."""
    wants = _filter(reader, tree, may)
    endpoint = _address(reader, tree, "endpoint", "", may.guard)
    contact = reader.text(tree, "contact", "", LONGEST_MAIL)
    if contact and not MAIL.fullmatch(contact):
        reader.wrong("contact", "a mail address, like seintjes@example.nl")
    found = Choice(endpoint=endpoint, wants=wants, contact=contact or None)
    access = reader.inner(tree, "access", _OF_ACCESS)
    if access is None:
        return found
    chosen = Access(
        _address(reader, access, "tokenUrl", "access.", may.guard),
        reader.text(access, "clientId", "access.", LONGEST_NAME, needed=True),
        reader.text(access, "scope", "access.", LONGEST_SECRET) or None,
    )
    secret = reader.text(access, "clientSecret", "access.", LONGEST_SECRET, needed=True)
    return replace(found, access=chosen, client_secret=secret)


def patched(kept: Kept, client_secret: str | None, patch: Tree) -> Tree:
    """What was chosen before, with a JSON merge patch (RFC 7396) over it.

    The secret that was not sent again is shown to no other address than before.
    """
    tree = _merged(_written(kept), patch)
    access = tree.get("access")
    if isinstance(access, dict) and client_secret and "clientSecret" not in access:
        before = kept.access
        if before is not None and access.get("tokenUrl") == before.token_url:
            tree["access"] = {**access, "clientSecret": client_secret}
    return tree


def _written(kept: Kept) -> Tree:
    it, access = kept.subscription, kept.access
    tree: dict[str, Any] = {
        "endpoint": it.endpoint,
        "filter": {name: sorted(getattr(it.wants, name)) for name in _OF_FILTER},
        "contact": kept.contact,
    }
    if access is not None:
        tree["access"] = {
            "tokenUrl": access.token_url,
            "clientId": access.client_id,
            "scope": access.scope,
        }
    return tree


def _merged(tree: Tree, patch: Tree) -> dict[str, Any]:
    merged = dict(tree)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            before = merged.get(name)
            merged[name] = _merged(before if isinstance(before, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def _address(reader: Reader, tree: Tree, name: str, path: str, guard: Guard) -> str:
    found = tree.get(name)
    if not isinstance(found, str):
        reader.wrong(path + name, "an address, like https://receiver.example/path")
        return ""
    why = guard.why_url_refused(found)
    if why is not None:
        reader.wrong(path + name, in_words(why))
    return found


def _filter(reader: Reader, tree: Tree, may: May) -> Filter:
    found = reader.inner(tree, "filter", _OF_FILTER) or {}
    chosen: dict[str, frozenset[str]] = {}
    for name in _OF_FILTER:
        allowed = may.filters[name]
        values = found.get(name)
        if values is None:
            continue
        if not isinstance(values, list):
            reader.wrong(f"filter.{name}", "a list; empty, or left out, is all")
            continue
        for place, value in enumerate(values):
            if not isinstance(value, str) or value not in allowed:
                reader.wrong(f"filter.{name}[{place}]", f"one of {', '.join(sorted(allowed))}")
        chosen[name] = frozenset(it for it in values if isinstance(it, str))
    return Filter(**chosen)
