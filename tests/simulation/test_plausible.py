"""What a simulated region is made of: the whole catalogue, nothing that a hub refuses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Final

import pytest
import yaml

from hub.agreement_files import load
from hub.domain.facts import CATALOGUE, Fact
from hub.domain.parties import Parties
from hub.domain.refusals import Refused
from hub.domain.time import parse_instant
from hub.shipped import shipped
from hub.simulation import Fault, Region
from hub.simulation.cast import the_cast
from hub.streams.intake import Admission, judge
from hub.wire.avro import Schemas, unknown_codes
from hub.wire.cloudevents import decode
from tests.simulation.region import SEED, Json, events, lines, short_type

REQUIRED: Final = {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}
END: Final = parse_instant("2025-01-01")


@pytest.fixture(scope="module")
def parties() -> Parties:
    return load(shipped("agreements"))[1]


def accepted(line: bytes, admission: Admission) -> Fact:
    envelope = decode(line)
    assert not isinstance(envelope, Refused), (envelope, line)
    fact = judge(envelope, admission, None, END)
    assert not isinstance(fact, Refused), (fact, line)
    return fact


def identity(event: Json) -> tuple[str, str, str]:
    place = event["data"].get("gemeente", event["data"].get("region", ""))
    return event["source"], event["id"], place


def test_every_type_of_the_catalogue_occurs() -> None:
    found = Counter(map(short_type, events(lines(500, 12))))
    assert found.keys() == CATALOGUE.keys()


@pytest.mark.parametrize(
    "faults", [(), (Fault.CORRECTIONS, Fault.DUPLICATES, Fault.LATE)], ids=["none", "sound faults"]
)
def test_intake_accepts_every_line(faults: tuple[Fault, ...], parties: Parties) -> None:
    admission = Admission(parties)
    for line in lines(100, 12, *faults):
        accepted(line, admission)


def test_every_code_is_in_its_list(parties: Parties) -> None:
    admission, schemas = Admission(parties), Schemas.load(shipped("schemas/avro"))
    unknown = {
        (fact.type, field)
        for line in lines(500, 12)
        for fact in [accepted(line, admission)]
        for field in unknown_codes(fact, schemas)
    }
    assert not unknown


def test_every_envelope_is_whole_and_compact() -> None:
    for line in lines(50, 12):
        [event] = events([line])
        assert event.keys() == REQUIRED
        assert len(event["id"]) <= 14
        assert b": " not in line
        assert b"\n" not in line


def test_nothing_looks_like_a_bsn() -> None:
    run = re.compile(rb"(?<![0-9])[0-9]{9}(?![0-9])")
    assert not [line for line in lines(500, 12) if run.search(line)]


def test_an_identity_is_used_once() -> None:
    found = Counter(map(identity, events(lines(500, 12))))
    assert found.most_common(1)[0][1] == 1


def test_ids_hold_no_reference() -> None:
    for event in events(lines(200, 12)):
        for reference in event["data"].get("references", ()):
            assert reference["value"] not in event["id"]


def test_a_year_of_a_household_is_some_forty_facts() -> None:
    assert 35 <= len(lines(500, 12)) / 500 <= 45


def test_it_occurs_before_it_is_logged_and_is_logged_before_it_arrives() -> None:
    for arrival in Region(100, 12, SEED).arrivals():
        [event] = events([arrival.line])
        logged = parse_instant(event["time"])
        assert parse_instant(event["data"]["occurredAt"]) <= logged <= arrival.at


def test_without_faults_a_feed_has_delivered_what_it_says() -> None:
    """`feed-complete`: nothing of its types that occurred before `upTo` arrives afterwards."""
    said: dict[tuple[str, str, str], int] = defaultdict(int)
    for event in events(lines(300, 12)):
        data = event["data"]
        if short_type(event) == "feed-complete":
            for kind in data["types"]:
                place = event["source"], kind, data.get("gemeente", "")
                said[place] = parse_instant(data["upTo"])
            continue
        source, kind, code = event["source"], short_type(event), data.get("gemeente", "")
        up_to = max(said[source, kind, ""], said[source, kind, code])
        assert parse_instant(data["occurredAt"]) >= up_to, event


def test_most_of_what_concerns_or_corrects_names_an_event_that_is_there() -> None:
    there = {(event["source"], event["id"]) for event in events(lines(300, 12, Fault.CORRECTIONS))}
    named = [
        (target["source"], target["id"]) in there
        for event in events(lines(300, 12, Fault.CORRECTIONS))
        for field in ("replaces", "concerns", "retracts")
        if (target := event["data"].get(field))
    ]
    assert len(named) > 300
    assert all(named)


def test_the_cast_is_that_of_the_parties_file(parties: Parties) -> None:
    cast = the_cast()
    for voice in cast.voices():
        party = parties.find_by_source(voice.source)
        assert party is not None
        assert party.id == voice.party
    assert {it.code for it in cast.gemeenten} == set(parties.gemeenten)


def test_answers_name_rules_of_the_agreement() -> None:
    file = shipped("agreements") / "duurzame-start.yaml"
    tree = yaml.safe_load(file.read_text("utf-8"))
    ids = {rule["id"] for key, rules in tree.items() if "ules" in key for rule in rules}
    assert set(the_cast().answers.values()) <= ids
    assert the_cast().region == tree["region"]
