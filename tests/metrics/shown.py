"""An exposition held against the catalogue: names, kinds, helps, labels, values, numbers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from docs.metrics_values import Known, most_series, values
from hub import __version__
from hub.agreement_files import load
from hub.shipped import shipped
from hub.telemetry.catalogue import FAMILIES, OF_LIBRARY
from hub.telemetry.family import Family, Role

# In the catalogue, and shown by nobody yet. Take a family off when it is.
NOT_YET: Final[frozenset[str]] = frozenset()
# What an exposition begins to show when there is something to tell of.
_LATER: Final = frozenset(
    {
        "seintje_http_request_seconds",  # the first request of a route
        "seintje_webhook_oldest_seconds",  # something to deliver
        "seintje_certificate_expiry_timestamp_seconds",  # a certificate
        "seintje_feed_late_seconds",  # a promise in the parties file
        "seintje_state_entries",  # the first count of a hub in one process
        "seintje_state_bytes",
        "seintje_connector_last_success_timestamp_seconds",  # a success
    }
)

Labels: TypeAlias = Mapping[str, str]


class Sample(Struct, frozen=True):
    """One line of an exposition."""

    name: str
    labels: Labels
    value: float


class Shown(Struct, frozen=True):
    """What was said of one family."""

    kind: str
    told: str
    samples: list[Sample]


def read(text: str) -> Mapping[str, Shown]:
    """The families by name, without `_total`."""
    return {
        it.name: Shown(
            it.type,
            it.documentation,
            [Sample(one.name, one.labels, one.value) for one in it.samples],
        )
        for it in text_string_to_metric_families(text)
    }


def value_of(text: str, name: str, **labels: str) -> float:
    """The value of one series, by its whole name."""
    found = [
        one.value
        for family in read(text).values()
        for one in family.samples
        if one.name == name and one.labels == labels
    ]
    assert len(found) == 1, f"{name}{labels}: {found}"
    return found[0]


def known(agreements: Path | None = None, parts: Iterable[str] = ()) -> Known:
    """What labels may have values from."""
    default = shipped("agreements")
    found, parties = load(agreements or default, else_parties=default / "parties.yaml")
    return Known(found, parties, __version__, tuple(parts))


def differences(role: Role, text: str, from_files: Known) -> list[str]:
    """Where an exposition of a role and the catalogue part, in words."""
    shown = {name: it for name, it in read(text).items() if name not in OF_LIBRARY}
    of_role = {
        name: it for name, it in FAMILIES.items() if role in it.roles and name not in NOT_YET
    }
    told = [f"{name}: not in the catalogue for this role" for name in shown.keys() - of_role.keys()]
    told += [f"{name}: not shown" for name in of_role.keys() - shown.keys() - _LATER]
    for name in shown.keys() & of_role.keys():
        told += _differences_of(of_role[name], shown[name], from_files)
    return sorted(told)


def _differences_of(family: Family, shown: Shown, from_files: Known) -> Iterator[str]:
    if (family.kind.value, family.told) != (shown.kind, shown.told):
        yield f"{family.name}: another kind or help"
    most = most_series(family, from_files)
    if len(shown.samples) > most:
        yield f"{family.name}: {len(shown.samples)} series, at most {most}"
    allowed = {it: values(family, it, from_files) for it in family.labels}
    if family.buckets:
        allowed["le"] = tuple([*(f"{float(it)}" for it in family.buckets), "+Inf"])
    for sample in shown.samples:
        if sample.name not in family.series:
            yield f"{sample.name}: another name"
        if sample.labels.keys() != allowed.keys() - ({"le"} - sample.labels.keys()):
            yield f"{sample.name}: labels {sorted(sample.labels)}"
        for label, value in sample.labels.items():
            if value not in allowed.get(label, ()):
                yield f"{sample.name}: {label}={value}"


def promtool_says(text: str) -> str:
    """What Prometheus' own tool has to say of it; skips the test where that is not installed."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not there: install the package `prometheus`")
    ran = subprocess.run(
        [found, "check", "metrics"], input=text, text=True, capture_output=True, timeout=60
    )
    return ran.stdout + ran.stderr
