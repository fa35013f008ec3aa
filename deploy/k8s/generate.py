"""Writes the manifests that follow from other files: `python -m deploy.k8s.generate`.

Topics and users of Kafka are those that the code needs for the parties that ship;
PrometheusRules hold the rules of deploy/prometheus. Tests keep the files equal to what this makes.
Who has other parties makes the first two by `seintje topics list` and `topics acls` (README).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from hub.agreement_files import load
from hub.settings import load as settings_of
from hub.shipped import shipped
from hub.streams.kafka.grants import USERS as ACCOUNTS
from hub.streams.kafka.grants import grants_of_parties, grants_of_role
from hub.streams.kafka.names import Names
from hub.streams.kafka.strimzi import kafka_topics, kafka_users

HERE: Final = Path(__file__).resolve().parent
KAFKA: Final = "overlays/kafka"
TOPICS: Final = f"{KAFKA}/kafkatopics.yaml"
USERS: Final = f"{KAFKA}/kafkausers.yaml"
RULES: Final = "components/monitoring/prometheusrule.yaml"

_CLUSTER: Final = "kafka"

Documents = Sequence[Mapping[str, Any]]


def settings_in(overlay: Path) -> Mapping[str, str]:
    """The settings that an overlay gives to all its pods."""
    lines = (overlay / "settings.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def topics_and_users() -> tuple[Documents, Documents]:
    """KafkaTopics and KafkaUsers of the parties that ship, with the settings of the overlay."""
    settings = settings_of(settings_in(HERE / KAFKA))
    folder = shipped("agreements")
    parties = load([folder], else_parties=folder / "parties.yaml")[1]
    names = Names(settings.kafka_prefix)
    assert settings.kafka_replicas is not None
    plans = names.plans(parties, settings.kafka_partitions)
    grants = [
        *grants_of_parties(names, parties),
        *(grant for role in ACCOUNTS for grant in grants_of_role(names, role)),
    ]
    topics = kafka_topics(plans, settings.kafka_replicas, _CLUSTER)
    return topics, kafka_users(grants, _CLUSTER)


def rules(folder: Path) -> Documents:
    """A PrometheusRule for each rule file in a folder: two files may have groups of one name."""
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"seintje-{file.name.partition('.')[0]}"},
            "spec": {"groups": yaml.safe_load(file.read_text("utf-8"))["groups"]},
        }
        for file in sorted(folder.glob("*.rules.yaml"))
    ]


def made() -> Mapping[str, str]:
    """The text of each file that follows from others."""
    topics, users = topics_and_users()
    told = "# Made by `python -m deploy.k8s.generate`. Do not edit: change"
    return {
        TOPICS: f"{told} settings.env, the parties or the code.\n{_yaml(topics)}",
        USERS: f"{told} settings.env, the parties or the code.\n{_yaml(users)}",
        RULES: f"{told} deploy/prometheus.\n{_yaml(rules(HERE.parent / 'prometheus'))}",
    }


class _Plain(yaml.SafeDumper):
    """YAML as people write it: without anchors, and text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Plain.add_representer(str, _text)


def _yaml(documents: Documents) -> str:
    written: str = yaml.dump_all(
        documents, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100
    )
    return written


if __name__ == "__main__":
    for place, text in made().items():
        (HERE / place).write_text(text, "utf-8")
