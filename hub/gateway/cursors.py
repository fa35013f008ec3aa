"""Cursors: where a list goes on, or from where alerts are followed.

Opaque to who holds one: it says which order it continues, from which position, and of which hub the
positions are. One of another hub, of before a move, begins anew: what is told twice is better than
what is not told.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from hub.gateway.gateway import Gateway
from hub.streams.seam import Position

_CURSOR: Final = re.compile(
    r"(?P<order>after|before):(?P<position>[0-9]{1,15})(:(?P<of>[0-9a-f]{8}))?", re.ASCII
)
_ORDER_OF: Final = {"after": "cursor", "before": "newest"}


def after(gateway: Gateway, position: Position) -> str:
    """The cursor from which what changed after a position is followed."""
    return _written(gateway, "after", position)


def before(gateway: Gateway, position: Position) -> str:
    """The cursor at which what is older than a position begins."""
    return _written(gateway, "before", position)


def read(gateway: Gateway, cursor: str) -> tuple[str, Position | None] | None:
    """The order that the cursor continues (`cursor` or `newest`), and from where: None is from the
    start. None for what is no cursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.urlsafe_b64decode(padded).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    here = gateway.numbered_by()
    is_of_here = not here or found["of"] == here
    return _ORDER_OF[found["order"]], int(found["position"]) if is_of_here else None


def _written(gateway: Gateway, order: str, position: Position) -> str:
    here = gateway.numbered_by()
    text = f"{order}:{position}:{here}" if here else f"{order}:{position}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
