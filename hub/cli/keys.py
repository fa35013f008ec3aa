"""`seintje keys create`: the key file of a new hub on Kafka.

A hub in one process makes its own. On Kafka every worker and gateway has the same key, so somebody
has to make it once and bring it to each of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.options import AsJson
from hub.cli.screen import screen_of


def create(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where it will stand, mode 0600.")],
    as_json: AsJson = False,
) -> None:
    """Make the key of a new hub.

    Workers and gateways on Kafka all have the same (SEINTJE_KEY_FILE). Without it what they keep
    cannot be read: keep a copy apart. A file that is there already is left alone.
    """
    from hub.errors import Misconfigured
    from hub.keys import Keys

    screen = screen_of(ctx, as_json=as_json)
    if file.exists():
        raise Misconfigured(str(file), "it is there already; give another name, or use that one")
    keys = Keys.load_or_create(file)
    if not screen.shows_tables:
        screen.rows([{"file": str(file), "fingerprint": keys.fingerprint}])
        return
    told = screen.words(
        nl=f"Sleutel {keys.fingerprint} staat in {file}. Bewaar er ergens anders een kopie van.",
        en=f"Key {keys.fingerprint} is in {file}. Keep a copy of it somewhere else.",
    )
    screen.lines([told])
