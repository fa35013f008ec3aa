"""A hub in one process under load is watched while things go wrong: each alert fires, reaches who
must hear it, and clears after the repair that its runbook names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest
import trustme

from tests.prometheus.prepare import needed
from tests.watching.load import loaded
from tests.watching.receiving import ENVIRON, PARTY, REFUSES, receiving, subscribed
from tests.watching.roles import Role, keys_of_senders, seintje, started
from tests.watching.watch import Watch, target, watching

pytestmark = pytest.mark.slow

HUB: Final = "production"
# True of every hub in these tests, and of none that somebody looks after.
TOLD_ANYWAY: Final = frozenset({"SeintjeBackupOld"})


async def test_dead_letters_and_a_hub_that_is_killed(tmp_path: Path) -> None:
    needed("prometheus")
    ca, data = trustme.CA(), tmp_path / "data"
    with ca.cert_pem.tempfile() as trusted:
        environ = {**ENVIRON, "SSL_CERT_FILE": trusted}
        hub = Role(tmp_path / "hub", "run", environ, "--data", str(data))
        try:
            await asyncio.to_thread(started, hub)
            keys = await asyncio.to_thread(keys_of_senders, {}, "--data", str(data))
            with watching(tmp_path / "watch", {"seintje-run": [target(HUB, hub.url)]}) as watch:
                async with receiving(ca) as receiver, loaded(hub.url, keys):
                    id_ = await subscribed(hub.url, keys[PARTY], receiver)
                    await asyncio.to_thread(_quiet, watch)
                    receiver.answers, receiver.left = REFUSES, 2
                    await asyncio.to_thread(_dead_letters, watch, data, id_)
                    await asyncio.to_thread(_killed, watch, hub)
        finally:
            hub.kill()


def _quiet(watch: Watch) -> None:
    """Under load, and without a fault, nobody hears anything."""
    watch.until('min_over_time(seintje_records_total{shard="facts"}[1s]) > 200')
    assert watch.firing() <= TOLD_ANYWAY
    assert watch.pager.names() <= TOLD_ANYWAY


def _dead_letters(watch: Watch, data: Path, subscription: str) -> None:
    at = ("--data", str(data))
    reason = {"hub": HUB, "reason": "webhook-rejected"}
    heard = watch.pager.fires("SeintjeDeadLetters", "ticket", reason)
    assert "webhook-rejected" in heard.annotations["summary"]
    open_ = seintje({}, "dead-letters", "list", "--state", "open", *at)
    assert {it["reason"] for it in open_} == {"webhook-rejected"}
    since = min(it["at"] for it in open_)
    seintje({}, "subscriptions", "recover", subscription, "--since", since, *at)
    for it in open_:
        dismiss = ("dead-letters", "dismiss", str(it["position"]), "--why", "recovered")
        seintje({}, *dismiss, *at)
    watch.pager.clears("SeintjeDeadLetters", "ticket", reason)


def _killed(watch: Watch, hub: Role) -> None:
    since, told = watch.pager.mark(), {"hub": HUB, "job": "seintje-run"}
    hub.kill()
    watch.pager.fires("SeintjeHubDown", "page", told, since)
    started(hub)
    watch.pager.clears("SeintjeHubDown", "page", told, since)
    assert watch.firing() <= TOLD_ANYWAY
