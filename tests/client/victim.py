"""A client that is killed: `python -m tests.client.victim ADDRESS KEY STATE PLACE`.

`handing-over`: hands over events for ever, prints the id of each that was kept, and waits to be
killed. `answer-lost`: publishes one, and kills itself when it must try again. `following`: prints
each alert, and kills itself while it deals with the third.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import product
from pathlib import Path
from string import ascii_lowercase

from hub.client import Client
from tests.client.site import repaired


def die(_seconds: float = 0.0) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(address: str, key: str, state: str, place: str) -> None:
    with Client(address, key, Path(state), sleep=die) as client:
        if place == "handing-over":
            for letters in product(ascii_lowercase, repeat=4):
                client.hand_over(repaired("".join(letters)))
                print("".join(letters), flush=True)
        elif place == "answer-lost":
            client.publish(repaired("a"))
        else:
            for number, alert in enumerate(client.catch_up()):
                print(alert.alert_id, flush=True)
                if number == 2:
                    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
