"""Every command in one table: how it is called, what runs, and an example of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from hub.cli import (
    agreement,
    api_keys,
    backup,
    console,
    dead_letters,
    docs,
    keys,
    operate,
    parties,
    schemas,
    state,
    subscriptions,
    topics,
)
from hub.cli.backtest import backtest
from hub.cli.connect import connect
from hub.cli.deliver import deliver
from hub.cli.demo import demo
from hub.cli.dismiss import dismiss
from hub.cli.doctor import doctor
from hub.cli.explain import explain, why_not
from hub.cli.gateway import gateway
from hub.cli.ingest import ingest
from hub.cli.redrive import redrive
from hub.cli.run import run
from hub.cli.settings import settings
from hub.cli.simulate import simulate
from hub.cli.status import status
from hub.cli.subscribe import subscribe, verify
from hub.cli.worker import worker


class Command(NamedTuple):
    """A command by its words after `seintje`, with arguments that make an example."""

    words: str
    runs: Callable[..., None]
    example: str = ""


GROUPS: Final[Mapping[str, str]] = {
    "alerts": "What parties were told, or not yet.",
    "dead-letters": "What could not be processed.",
    "disclosures": "What was shown of a household, to whom and why.",
    "parties": "Who takes part.",
    "parties key": "API keys of parties; only their digests are kept.",
    "subscriptions": "Webhooks of parties.",
    "console": "The pages for people.",
    "topics": "The topics of a hub on Kafka.",
    "agreement": "Check, test, show and compare agreements.",
    "keys": "The key of a hub.",
    "state": "Everything that a hub keeps, in one file.",
    "backup": "Copies of a hub, made while it runs.",
    "schemas": "The Avro schemas.",
    "docs": "Documents that come with Seintje.",
}

_DEFAULT: Final = "agreements/duurzame-start.yaml"
_LEASE: Final = "--reference lease:corporatie-maas:H-1"
_ALERT: Final = "al-yurxxmjkrhbdzlbxq4regrex2l"
_WEBHOOK: Final = "sb-zq4m2mqytgmpj2y5b3a2usdkyd"
_DATA: Final = "--data /var/lib/seintje"
_BACKUP: Final = "seintje-20261126T020000Z.backup"

COMMANDS: Final = (
    Command("run", run, f"{_DATA} --listen 127.0.0.1:8300"),
    Command("worker", worker, "--listen 127.0.0.1:8310"),
    Command("gateway", gateway, "--listen 127.0.0.1:8300"),
    Command("deliver", deliver, "--listen 127.0.0.1:8320"),
    Command("demo", demo, "--for 60"),
    Command("connect", connect, "vera check --settings vera.yaml"),
    Command("ingest", ingest, "facts.jsonl --to http://127.0.0.1:8300 --keys keys.yaml"),
    Command("backtest", backtest, "facts.jsonl --now 2026-03-01"),
    Command("explain", explain, f"{_ALERT} --facts facts.jsonl"),
    Command("why-not", why_not, f"{_LEASE} --rule nuisance --facts facts.jsonl --now 2026-03-01"),
    Command("simulate", simulate, "--households 200 --months 24 --seed 7 --out region.jsonl.gz"),
    Command("doctor", doctor, _DATA),
    Command("status", status, "--at http://127.0.0.1:8300"),
    Command("settings", settings, "--role run"),
    Command("alerts list", operate.list_alerts, "--party gemeente-weert --status open"),
    Command("alerts held", operate.list_held, _DATA),
    Command("alerts show", operate.show_alert, _ALERT),
    Command("dead-letters list", dead_letters.list_dead_letters, _DATA),
    Command("dead-letters show", dead_letters.show_dead_letter, "12"),
    Command("dead-letters redrive", redrive, "--reason unknown-gemeente --dry-run"),
    Command("dead-letters dismiss", dismiss, "12 --why 'sent again by its publisher'"),
    Command("disclosures list", operate.list_disclosures, _LEASE),
    Command("parties list", parties.list_parties),
    Command("parties show", parties.show_party, "corporatie-maas"),
    Command(
        "parties add",
        parties.add,
        "corporatie-roer --parties agreements/parties.yaml --role corporatie --kvk 90000009 "
        "--name 'Woonstichting Roer' --gemeente 0957 --contact seintje@roer.example.nl",
    ),
    Command("parties key create", api_keys.create_key, f"corporatie-maas {_DATA}"),
    Command("parties key rotate", api_keys.rotate_key, f"corporatie-maas --days 14 {_DATA}"),
    Command("parties key list", api_keys.list_keys, _DATA),
    Command("parties key revoke", api_keys.revoke_key, "corporatie-maas 0a1b2c3d"),
    Command("subscriptions list", subscriptions.list_subscriptions, _DATA),
    Command("subscriptions show", subscriptions.show_subscription, _WEBHOOK),
    Command("subscriptions attempts", subscriptions.list_attempts, _WEBHOOK),
    Command("subscriptions add", subscribe, "gemeente-weert subscription.json"),
    Command("subscriptions verify", verify, _WEBHOOK),
    Command("subscriptions pause", subscriptions.pause, _WEBHOOK),
    Command("subscriptions resume", subscriptions.resume, _WEBHOOK),
    Command("subscriptions recover", subscriptions.recover, f"{_WEBHOOK} --since 2026-03-01"),
    Command("subscriptions test", subscriptions.send_test, _WEBHOOK),
    Command("subscriptions remove", subscriptions.remove, _WEBHOOK),
    Command("console link", console.link, f"gemeente-weert {_DATA}"),
    Command("topics list", topics.list_topics, "--format strimzi"),
    Command("topics create", topics.create, "--partitions 24 --dry-run"),
    Command("topics check", topics.check),
    Command("topics acls", topics.acls, "--apply"),
    Command("keys create", keys.create, "seintje.key"),
    Command("keys show", keys.show, _DATA),
    Command("keys rotate", keys.rotate, _DATA),
    Command("agreement check", agreement.check, "agreements/ --fill-holidays 2033"),
    Command("agreement test", agreement.run_scenarios, _DEFAULT),
    Command("agreement show", agreement.show, f"{_DEFAULT} --lang en"),
    Command("agreement diff", agreement.diff, f"{_DEFAULT} proposal.yaml"),
    Command("state export", state.export_state, f"weert.export {_DATA}"),
    Command("state import", state.import_state, f"weert.export {_DATA}"),
    Command("backup create", backup.create, f"{_DATA} --to /mnt/backups"),
    Command("backup list", backup.list_backups, "/mnt/backups"),
    Command("backup verify", backup.verify, f"{_BACKUP} --key-file /root/seintje.key"),
    Command("backup restore", backup.restore, f"{_BACKUP} {_DATA}"),
    Command("schemas check", schemas.check),
    Command("docs agreement-schema", docs.agreement_schema, "> agreement.schema.json"),
    Command("docs openapi", docs.openapi, "> openapi.json"),
    Command("docs asyncapi", docs.asyncapi, "> asyncapi.json"),
)
