"""A gemeente takes the alerts that changed since the last time, and acknowledges the new ones.

HUB_ADDRESS, HUB_KEY and HUB_STATE say where the hub is, the API key of your party, and the file
that remembers how far this program came. With `follow` in place of `catch_up` it never ends.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hub.client import Alert, Client, Declined


def file_it(alert: Alert) -> None:
    """Where your own system opens or changes a case. It may be called again for the same alert
    after a crash, so it looks at `alert_id` and `revision` first."""
    print(alert.alert_id, alert.revision, alert.status, alert.title or "")


def main() -> int:
    state = Path(os.environ["HUB_STATE"])
    with Client(os.environ["HUB_ADDRESS"], os.environ["HUB_KEY"], state) as client:
        for alert in client.catch_up():
            file_it(alert)
            if alert.status != "open" or alert.part != "acts":
                continue
            try:
                client.acknowledge(alert.alert_id, key=f"filed-{alert.alert_id}")
            except Declined as declined:  # it was withdrawn in the meantime
                print(declined, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
