"""Single calls: acts on alerts, and receipts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from hub.client.answers import Act, Receipt, ReceiptStatus
from hub.client.errors import Declined
from hub.client.flows import Flow, Pause, asked, decoded
from hub.client.http import Request
from hub.client.policy import Policy
from hub.client.problems import Problem, problem, problem_of
from hub.wire.problems import ProblemDetails

_FIRST_LOOK_SECONDS: Final = 0.25
_LONGEST_LOOK_SECONDS: Final = 5.0


class _Receipt(Struct, rename="camel"):
    receipt_id: str
    source: str
    id: str
    type: str
    status: ReceiptStatus
    at: str
    household: str | None = None
    problem: ProblemDetails | None = None


_act: Final = msgspec.json.Decoder(Act).decode
_receipt: Final = msgspec.json.Decoder(_Receipt).decode


class Calling(Struct, frozen=True):
    """Flows of one call."""

    policy: Policy

    def acknowledge(self, alert_id: str, key: str | None) -> Flow[Act]:
        return (yield from self._act(alert_id, "acknowledgement", {}, key))

    def agree_approach(
        self, alert_id: str, action: str, review_on: date, key: str | None
    ) -> Flow[Act]:
        said = {"action": action, "reviewOn": review_on.isoformat()}
        return (yield from self._act(alert_id, "approach", said, key))

    def close_alert(self, alert_id: str, outcome: str, key: str | None) -> Flow[Act]:
        return (yield from self._act(alert_id, "closure", {"outcome": outcome}, key))

    def receipt(self, receipt_id: str) -> Flow[Receipt]:
        return (yield from self._read(f"/v1/receipts/{quote(receipt_id, safe='')}"))

    def receipt_of(self, source: str, id_: str) -> Flow[Receipt]:
        path = f"/v1/events/{quote(source, safe='')}/{quote(id_, safe='')}/receipt"
        return (yield from self._read(path))

    def settled_receipt(self, receipt_id: str, wait_seconds: float) -> Flow[Receipt]:
        """The receipt when it says where the fact went or why it went nowhere; as it is after so
        many seconds of pauses if it does not by then, as of a fact about no household."""
        pause, waited = _FIRST_LOOK_SECONDS, 0.0
        while True:
            found = yield from self._look(receipt_id)
            if isinstance(found, Receipt) and (found.status != "accepted" or found.household):
                return found
            left = wait_seconds - waited
            if left <= 0:
                if isinstance(found, Problem):
                    raise Declined(found)
                return found
            yield Pause(min(pause, left))
            waited += min(pause, left)
            pause = min(pause * 2, _LONGEST_LOOK_SECONDS)

    def _act(self, alert_id: str, act: str, said: Mapping[str, str], key: str | None) -> Flow[Act]:
        """Counts once, however often it must be sent: it has a key, of its own if none is given."""
        headers = {
            "content-type": "application/json",
            "idempotency-key": secrets.token_hex(16) if key is None else key,
        }
        path = f"/v1/alerts/{quote(alert_id, safe='')}/{act}"
        body = msgspec.json.encode(said)
        answer = yield from asked(Request("POST", path, body=body, headers=headers), self.policy)
        if answer.status != 202:
            raise Declined(problem_of(answer))
        return decoded(answer, _act)

    def _look(self, receipt_id: str) -> Flow[Receipt | Problem]:
        """Not there (yet) is an answer too: not every gateway reads what another has kept at
        once."""
        try:
            return (yield from self.receipt(receipt_id))
        except Declined as declined:
            if declined.status != 404:
                raise
            return declined.problem

    def _read(self, path: str) -> Flow[Receipt]:
        answer = yield from asked(Request("GET", path), self.policy)
        if answer.status != 200:
            raise Declined(problem_of(answer))
        found = decoded(answer, _receipt)
        return Receipt(
            found.receipt_id,
            found.source,
            found.id,
            found.type,
            found.status,
            found.at,
            found.household,
            None if found.problem is None else problem(found.problem),
        )
