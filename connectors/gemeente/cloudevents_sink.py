"""Alerts out: each revision is one POST, as the web hooks of CloudEvents have it (HTTP 1.1 Web
Hooks for Event Delivery 1.0.2, 2; NL GOV guideline for webhooks).

Nothing is sent without consent, oftener than the receiver wants, or before it said to try again.
What an answer means is in one table. The body of an answer is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from connectors.bearer import Bearer
from connectors.gemeente.cloudevents_consent import ORIGIN, Handshake
from connectors.gemeente.cloudevents_event import Message, Place, event_of, id_of, message_of
from connectors.gemeente.cloudevents_pace import Pace
from connectors.gemeente.cloudevents_settings import Send
from connectors.seam import NotYet, Shelf, Undeliverable
from hub.client import Alert
from hub.domain.time import Instant, format_instant
from hub.errors import SeintjeError, Unavailable
from hub.outbound import Answer, Outbound

_PLACE: Final = "send.place"
_NOT_BEFORE: Final = "send.not-before"
_GONE: Final = "send.gone"
_REFUSED: Final = "send.refused"
_MOST_REFUSED: Final = 20
_LONGEST_WAIT_S: Final = 86_400.0
_TOO_MANY_S: Final = 60.0  # where it must say when, and does not
_UNAUTHORIZED: Final = 401
_RETIRED: Final = 410
_TOO_MANY: Final = 429

# What an answer says about the settings: the same for every alert, so nothing is put aside.
_WRONG: Final[Mapping[int, str]] = {
    401: "it does not take our token; check `tokenFile` or `oauth`",
    403: "it knows us and does not let us; ask who runs it",
    404: "nothing takes events there; check the address",
    405: "what is there takes no POST; check the address",
    410: "it answered 410: it was retired and gets no more; write the new address, or if this one "
    "is in use again, have it consent (`handshake: true`) and restart",
    415: "it does not understand the form of the event; write another `mode`",
}


class Webhook:
    """The receiver of a party's alerts."""

    name: Final = "send"

    def __init__(
        self, send: Send, source: str, out: Outbound, bearer: Bearer, shelf: Shelf
    ) -> None:
        self.handshake = Handshake(send, out, bearer, shelf)
        self._send = send
        self._source = send.source or source
        self._out = out
        self._bearer = bearer
        self._shelf = shelf
        self._pace = Pace()
        self._is_gone = False

    async def deliver(self, alert: Alert, now: Instant) -> None:
        """Unavailable: later, and when. Undeliverable: it takes this one never. Misconfigured: a
        setting must change first, or the receiver."""
        self._refrain()
        self._wait_until_told(now)
        event = event_of(alert, self._source, self._placed(id_of(alert), now))
        message = message_of(event, self._send.mode)
        if message.is_too_large:
            raise Undeliverable("the event is larger than 64 KiB; look at the alert in the console")
        rate = await self.handshake.rate(now)
        if self._shelf.value(_GONE) is not None:
            self._shelf.keep(_GONE, None)
        wait = self._pace.wait(rate, now)
        if wait is not None:
            raise NotYet("the receiver gets no more than it allowed in a minute", wait)
        self._judge(await self._posted(message, now), now)

    def gone(self) -> str | None:
        """Why nothing is sent to this address, if it was retired."""
        is_gone = self._shelf.value(_GONE) == self._send.address
        return _WRONG[_RETIRED] if is_gone else None

    def _placed(self, id_: str, now: Instant) -> Place:
        """Where this event stands: a number of its own, and the time of its first attempt."""
        text = self._shelf.value(_PLACE)
        last = Place("", 0, "") if text is None else msgspec.json.decode(text, type=Place)
        if last.id == id_:
            return last
        place = Place(id_, last.sequence + 1, format_instant(now))
        self._shelf.keep(_PLACE, msgspec.json.encode(place).decode())
        return place

    async def _posted(self, message: Message, now: Instant) -> Answer:
        answer = await self._attempt(message, now)
        if answer.status == _UNAUTHORIZED and self._bearer.forget():
            answer = await self._attempt(message, now)
        return answer

    async def _attempt(self, message: Message, now: Instant) -> Answer:
        token = await self._bearer.authorization(now)
        told = {ORIGIN: self._send.origin, "authorization": token}
        self._pace.took(now)
        return await self._out.tell("POST", {**message.headers, **told}, message.body)

    def _judge(self, answer: Answer, now: Instant) -> None:
        if 200 <= answer.status < 300:
            if self._shelf.value(_REFUSED) is not None:
                self._shelf.keep(_REFUSED, None)
            return
        if answer.status == _RETIRED:
            self._is_gone = True
            self._shelf.keep(_GONE, self._send.address)
            self.handshake.forget()
        raise self._trouble(answer, now)

    def _trouble(self, answer: Answer, now: Instant) -> SeintjeError:
        if answer.status in _WRONG:
            return self._out.wrong(_WRONG[answer.status])
        if answer.status < 400:
            return self._out.wrong(f"it answers {answer.status}; write the address it leads to")
        if answer.status in (408, _TOO_MANY) or answer.status >= 500:
            return self._later(answer, now)
        return self._refused(answer)

    def _refused(self, answer: Answer) -> SeintjeError:
        # A receiver with a mistake would refuse everything, one after the other.
        refused = int(self._shelf.value(_REFUSED) or 0)
        if refused >= _MOST_REFUSED:
            do = f"it refused {refused} alerts in a row, so the others wait; ask who runs it why"
            return self._out.wrong(do)
        self._shelf.keep(_REFUSED, str(refused + 1))
        told = f"the receiver answers {answer.status} to this alert; ask who runs it why"
        return Undeliverable(told)

    def _later(self, answer: Answer, now: Instant) -> Unavailable:
        wait = wait_of(answer, now)
        if wait is None and answer.status == _TOO_MANY:
            wait = _TOO_MANY_S
        if wait is not None:
            told = f"{now + int(wait * 1000)} {self._send.address}"
            self._shelf.keep(_NOT_BEFORE, told)
        return self._out.away(f"answers {answer.status}", wait)

    def _refrain(self) -> None:
        """Nothing goes to an address that was retired. Whoever restarts us may have heard that it
        is back: then it is asked whether it consents, and nothing is sent to find out."""
        gone = self.gone()
        if gone is not None and (self._is_gone or not self._send.handshake):
            raise self._out.wrong(gone)

    def _wait_until_told(self, now: Instant) -> None:
        until, _, address = (self._shelf.value(_NOT_BEFORE) or "0").partition(" ")
        if address == self._send.address and now < int(until):
            raise self._out.away("said when to try again", (int(until) - now) / 1000)


def wait_of(answer: Answer, now: Instant) -> float | None:
    """Seconds until the answer says to try again, as a number or a date (RFC 9110, 10.2.3); a day
    at most. None if it does not say."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdecimal():
        return min(float(told[:12]), _LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(told[:64])
    except (ValueError, OverflowError):  # a year or an offset that no calendar has
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    wait = (at - datetime.fromtimestamp(now / 1000, UTC)).total_seconds()
    return max(0.0, min(wait, _LONGEST_WAIT_S))
