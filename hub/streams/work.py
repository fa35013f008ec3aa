"""One batch or tick of correlation while it is being done: what its parts share."""

from __future__ import annotations

from msgspec import Struct

from hub.domain.time import Instant
from hub.streams.notices import Notices
from hub.streams.overlay import Overlay


class Work(Struct):
    """One batch or tick while it is being done."""

    state: Overlay
    now: Instant
    notices: Notices
    dirty: dict[bytes, None]  # clusters to look at, in the order they were touched
    more: bool = False  # a part of a backlog: what came may be looked at when the rest has come
