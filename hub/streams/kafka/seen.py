"""What is told, in traces and logs, of a batch that intake takes in; nothing of it changes what
comes of a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import structlog

from hub.domain.facts import CATALOGUE
from hub.domain.refusals import Refused, Slug
from hub.streams.admitting import Admitted
from hub.streams.kafka.names import IN
from hub.streams.seam import Emit
from hub.streams.tracks import Fan, header_in, sampled, stamped
from hub.telemetry.logs import looks_closely
from hub.wire.cloudevents import Envelope

_OTHER: Final = "other"

_log = structlog.get_logger("seintje.intake")


class Seen:
    """One batch. `fan` None: it is not traced."""

    def __init__(self, fan: Fan | None = None) -> None:
        self._fan = fan
        self._looks_closely = looks_closely()
        self._refused: dict[tuple[str, Slug], list[int]] = {}  # positions on the topic of a party

    def stamped(
        self, emit: Emit, event: Envelope | None, headers: Iterable[tuple[str, bytes | None]]
    ) -> Emit:
        """The entry of an event, sent from where the event was made, or the record written."""
        if self._fan is None:
            return emit
        own = sampled("" if event is None else event.trace) or sampled(header_in(headers))
        return stamped(emit, self._fan.context_for(own))

    def note(
        self, party: str, position: int, event: Envelope | None, admitted: Admitted | Refused
    ) -> None:
        """This became of the record at that position."""
        reason = admitted.slug if isinstance(admitted, Refused) else None
        if reason is not None:
            self._refused.setdefault((party, reason), []).append(position)
        if not self._looks_closely:
            return
        name = "" if event is None else event.type
        _log.debug(
            "fact offered",
            party=party,
            stream=IN + party,
            position=position,
            type=name if name in CATALOGUE else _OTHER,
            status="accepted" if reason is None else "refused",
            receipt=admitted.entries[0].receipt_id if isinstance(admitted, Admitted) else None,
            reason=reason,
        )

    def tell(self) -> None:
        """One line a party and reason: each of them lies with the dead letters, by its position."""
        for (party, reason), positions in self._refused.items():
            _log.info(
                "facts refused, kept as dead letters",
                party=party,
                stream=IN + party,
                reason=reason,
                records=len(positions),
                position=positions[0],
            )
