"""That the hub says no, to us or to a fact: where that comes from, and what to do about it.

The hub says what is wrong, for it does not know where we have it from; here it is said for whoever
minds a connector. Knows no connector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hub.client import Declined, Misconfigured, Unavailable
from hub.domain.refusals import Slug, Violation

_UNAUTHORIZED: Final = 401
_BROKEN: Final = 500
_WHO_WE_ARE: Final = (
    "check the key: the hub does not know it. Whoever runs the hub makes a new one with"
    " `seintje parties key create`"
)
_TO_DO: Final[Mapping[str, str]] = {
    Slug.NOT_YOUR_SOURCE: "see whether the key, `party` and `source` are of the same party",
    Slug.NOT_YOUR_FACT: "leave it out: another party is to say this type (docs/facts.md)",
    Slug.UNKNOWN_GEMEENTE: "write the CBS code of a gemeente that takes part",
    Slug.IN_THE_FUTURE: "mend the date, or the clock of the machine that is wrong",
    Slug.SCHEMA_VIOLATION: "mend it over there, or what it is mapped to",
    Slug.BSN_FOUND: "take the number out over there, or map another field",
}


def unknown_key() -> Misconfigured:
    """The hub answers 401."""
    return Misconfigured("hub.keyFile", _WHO_WE_ARE)


def told_no(declined: Declined) -> Unavailable | Misconfigured:
    """What it means that the hub says no to a call of ours, whatever was in it: it stumbles, and
    the same is to be sent again, or something is to be mended."""
    if declined.status >= _BROKEN:
        return Unavailable(f"the hub answers HTTP {declined.status}")
    if declined.status == _UNAUTHORIZED:
        return unknown_key()
    return Misconfigured("hub", f"the hub says: {declined.title}; check the key and the party")


def reason(verb: str, slug: str, detail: str, violations: Sequence[Violation]) -> str:
    """Why a fact is not taken, and after a semicolon what to do."""
    fields = "".join(f", {it.path}: {it.expected}" for it in violations)
    wrong, to_do = f"the hub {verb} it ({slug}){fields}", _TO_DO.get(slug)
    if to_do is None:
        return f"{wrong}; {detail}"
    # With its fields it is plain already.
    return f"{wrong}; {to_do}" if fields else f"{wrong}: {detail.rstrip('.')}; {to_do}"
