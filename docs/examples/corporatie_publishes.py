"""A corporatie tells the hub what happened: run it as often as you like.

HUB_ADDRESS, HUB_KEY and HUB_STATE say where the hub is, the API key of your party, and the file in
which events wait while the hub is away.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from hub.client import Client, event

SYSTEM = "urn:nld:kvknr:90000001:systeem:primair"
LEASE = {"scheme": "lease", "issuer": "corporatie-maas", "value": "H-1001"}
ADDRESS = {"scheme": "address", "issuer": "bag", "value": "0988200000001001"}

# What your own system knows; here it is made up.
SIGNED = event(
    SYSTEM,
    "contract-8842",
    "lease-signed",
    {
        "occurredAt": date(2026, 2, 20),
        "gemeente": "0988",
        "references": [LEASE, ADDRESS],
        "startDate": date(2026, 3, 1),
        "targetGroup": "vergunninghouder",
        "temporary": False,
        "firstRentDue": date(2026, 4, 1),
    },
)


def main() -> int:
    state = Path(os.environ["HUB_STATE"])
    with Client(os.environ["HUB_ADDRESS"], os.environ["HUB_KEY"], state) as client:
        for outcome in client.publish(SIGNED):
            print(outcome.id, outcome.status)
        for refusal in client.refusals():
            print(f"{refusal.id} was refused: {refusal.problem}", file=sys.stderr)
        return 1 if client.refusals() else 0


if __name__ == "__main__":
    sys.exit(main())
