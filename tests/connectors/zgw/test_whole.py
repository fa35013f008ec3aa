"""All of it at once: a real hub, a gemeente on its own port, and the connector with its door."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.index import Name
from hub.compose.connecting import Connecting
from tests.client.site import Site, a_site
from tests.connectors.zgw.stage import (
    EIGENSCHAPPEN,
    MAPPING,
    PARTY,
    RESULTATEN,
    ROLLEN,
    SOURCE,
    STATUSSEN,
    TOKEN,
)
from tests.systems.serving import Place, served
from tests.systems.zgw import ZgwSystem, serving
from tests.systems.zgw_app import CLIENT_ID, SECRET


class Later:
    """What is served at a place whose address must be known before there is anything to serve."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def settings(folder: Path, site: Site, system: ZgwSystem, door: Place) -> Path:
    for name, text in (("hub.key", site.keys[PARTY]), ("zgw.secret", SECRET), ("token", TOKEN)):
        (folder / name).write_text(text)
    (folder / "mapping.yaml").write_text(MAPPING)
    own = {
        "zaken": {"address": system.zaken},
        "catalogi": {"address": system.catalogi},
        "notificaties": {"address": system.notificaties},
        "clientId": CLIENT_ID,
        "secretFile": "zgw.secret",
        "mapping": "mapping.yaml",
        "callback": {"address": f"{door.address}/zgw/notificaties", "tokenFile": "token"},
    }
    common = {
        "hub": {"address": site.address, "keyFile": "hub.key"},
        "party": PARTY,
        "source": SOURCE,
        "listen": "127.0.0.1:0",
    }
    file = folder / "zgw.yaml"
    file.write_text(yaml.safe_dump(common | {"zgw": own}))
    return file


@pytest.mark.slow
async def test_a_zaak_that_changes_is_heard_by_the_hub_at_once(tmp_path: Path) -> None:
    later = Later()
    async with a_site(tmp_path / "data") as site, serving() as system, served(later) as door:
        zaaktype = system.zaaktype(
            "BEGELEIDING-STATUSHOUDER",
            statussen=STATUSSEN,
            resultaten=RESULTATEN,
            rollen=ROLLEN,
            eigenschappen=EIGENSCHAPPEN,
        )
        system.put("kanaal", system.notificaties, {"naam": "zaken", "filters": []})
        file = settings(tmp_path, site, system, door)
        async with Connecting(Name.ZGW, file, site.clock).ready() as ready:
            later.app = ready.pages
            await ready.once()  # registers itself: the system calls the door before it agrees
            zaak = system.zaak(zaaktype, "Z-1", startdatum="2024-01-20")
            system.status(zaak, "In begeleiding", "2024-02-01T09:00:00Z")

            assert await system.deliver() == 0
            await ready.once()

    said = [it["type"] for call in site.sent for it in call]
    assert said == ["nl.seintje.feed-complete.v1", "nl.seintje.begeleiding-started.v1"]
