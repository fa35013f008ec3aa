"""Whether a receiver believes what was sent, as the client of parties checks it; the reference
library agrees with that (tests/client/test_signatures.py)."""

from __future__ import annotations

from collections.abc import Mapping

from hub.client.signatures import TOLERANCE_SECONDS, Unproven, proven, read_key
from hub.domain.time import Instant


def judged(headers: Mapping[str, str], body: bytes, key: str, now: Instant) -> Unproven | None:
    """Why whoever has this key (`whsec_`, `whpk_`) does not believe it; None: it does."""
    found = proven(headers, body, [read_key(key)], now / 1000, TOLERANCE_SECONDS)
    return found if isinstance(found, Unproven) else None
