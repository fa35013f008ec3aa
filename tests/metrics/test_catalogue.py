"""The catalogue keeps the conventions of Prometheus and of this house."""

from __future__ import annotations

import re

import pytest

from docs.metrics_values import fixed, values
from hub.telemetry.catalogue import FAMILIES, SUBJECTS
from hub.telemetry.family import VALUES, Family, Kind, Of, Role
from tests.metrics.shown import known

EVERY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
# What is counted needs no unit; what is measured has the base unit as its last word.
UNITS = ("seconds", "bytes")
OTHER_UNITS = re.compile(r"_(milliseconds|ms|minutes|hours|days|kilobytes|kb|mb|megabytes|percent)")


@EVERY
def test_a_name_is_one_of_ours_in_small_letters(family: Family) -> None:
    assert re.fullmatch(r"seintje(_[a-z]+)+", family.name)


@EVERY
def test_a_name_leaves_out_what_the_exposition_adds(family: Family) -> None:
    assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_created"))


@EVERY
def test_units_are_base_units_and_stand_last(family: Family) -> None:
    assert not OTHER_UNITS.search(family.name)
    assert all(family.name.endswith(f"_{it}") for it in UNITS if f"_{it}" in family.name)


@EVERY
def test_what_tells_a_time_in_its_help_says_so_in_its_name(family: Family) -> None:
    tells_time = family.told.startswith(("Age of", "For how long", "Time ", "From when", "When "))
    assert tells_time == family.name.endswith("_seconds")


@EVERY
def test_a_help_is_a_sentence(family: Family) -> None:
    assert family.told.endswith(".")
    assert family.told[0].isupper() or family.told[0].isdigit()
    assert len(family.told) < 250


@EVERY
def test_only_a_histogram_has_buckets_and_they_rise(family: Family) -> None:
    assert bool(family.buckets) == (family.kind is Kind.HISTOGRAM)
    assert list(family.buckets) == sorted(set(family.buckets))


@EVERY
def test_every_label_is_one_of_which_the_values_are_known(family: Family) -> None:
    assert set(family.labels) <= VALUES.keys()
    found = known(parts=["a-source"])
    assert all(values(family, label, found) for label in family.labels)


@EVERY
def test_somebody_shows_it(family: Family) -> None:
    assert family.roles


@EVERY
def test_an_age_is_never_added_up(family: Family) -> None:
    is_age = family.kind is Kind.GAUGE and family.told.startswith(("Age of", "For how long"))
    assert is_age == (family.of is Of.LONGEST)


def test_a_name_stands_once() -> None:
    assert len(FAMILIES) == sum(map(len, SUBJECTS.values()))


def test_a_label_that_nothing_has_is_not_explained() -> None:
    used = {label for family in FAMILIES.values() for label in family.labels}
    assert used == VALUES.keys()


def test_what_comes_from_files_is_what_operators_or_parties_wrote() -> None:
    """All else is a list in the program: no label can grow by what is sent to a hub."""
    open_ones = {
        label
        for family in FAMILIES.values()
        for label in family.labels
        if fixed(family, label) is None
    }
    assert open_ones == {"id", "version", "rule", "party", "part", "source", "sink"}


def test_what_each_gateway_reads_alike_is_of_the_hub() -> None:
    """Two gateways tell the same of it: whoever adds them up would count it twice."""
    of_hub = {name for name, it in FAMILIES.items() if it.of is Of.HUB}
    assert of_hub == {
        "seintje_open_alerts",
        "seintje_held",
        "seintje_receipts",
        "seintje_disclosures",
        "seintje_dead_letters",
        "seintje_dead_letters_open",
    }
    assert all(FAMILIES[it].roles == {Role.RUN, Role.GATEWAY} for it in of_hub)
