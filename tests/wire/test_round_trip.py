"""What the hub writes it reads back as the same fact, in JSON and in Avro."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.facts import CATALOGUE, Fact
from hub.domain.refusals import Refused
from hub.streams.intake import judge
from hub.wire import avro, cloudevents
from hub.wire.avro import Schemas
from hub.wire.cloudevents import Envelope
from hub.wire.digest import digest
from hub.wire.writing import event_of
from tests.wire.parties import ADMISSION, ROOT, SCENARIOS, judged, scenario
from tests.wire.samples import any_fact, bare, full

SCHEMAS = Schemas.load(ROOT / "schemas" / "avro")
FACTS = [make(name) for make in (full, bare) for name in CATALOGUE]


def through_json(fact: Fact) -> Fact | Refused:
    envelope = cloudevents.decode(event_of(fact, logged_at=0))
    return envelope if isinstance(envelope, Refused) else judge(envelope, ADMISSION, None, None)


def through_avro(fact: Fact, raw: bytes) -> Fact | Refused:
    envelope = Envelope(fact.id, fact.source, fact.type, raw, "avro", False)
    plain = avro.as_json(envelope, SCHEMAS, {7: SCHEMAS.by_name[fact.type].text}.get)
    return plain if isinstance(plain, Refused) else judge(plain, ADMISSION, None, None)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.type)
def test_a_fact_of_every_type_survives_json_and_both_framings_of_avro(fact: Fact) -> None:
    assert through_json(fact) == fact
    assert through_avro(fact, avro.encode(fact, SCHEMAS)) == fact
    assert through_avro(fact, avro.encode_confluent(fact, SCHEMAS, 7)) == fact


@given(st.sampled_from(sorted(CATALOGUE)).flatmap(any_fact))
def test_any_fact_is_the_same_in_json_and_in_avro(fact: Fact) -> None:
    by_json, by_avro = through_json(fact), through_avro(fact, avro.encode(fact, SCHEMAS))
    assert by_json == fact
    assert by_avro == fact
    assert digest(fact) == digest(by_avro)


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("[0-9]*.json")), ids=lambda path: path.stem)
def test_every_fact_of_a_scenario_is_accepted_or_refused_as_it_says(path: Path) -> None:
    told = scenario(path)
    answers = [judged(msgspec.json.encode(fact)) for fact in told["facts"]]
    facts = [answer for answer in answers if isinstance(answer, Fact)]
    refused = [answer.slug for answer in answers if isinstance(answer, Refused)]
    assert refused == told.get("refused", [])
    assert [through_avro(fact, avro.encode(fact, SCHEMAS)) for fact in facts] == facts


def test_the_digest_is_of_type_and_data_and_nothing_else() -> None:
    signed = full("lease-signed")
    same = cloudevents.decode(event_of(signed, logged_at=0).replace(b'"e-1"', b'"e-2"'))
    other = cloudevents.decode(event_of(signed, logged_at=0).replace(b"2026-02-28", b"2026-02-27"))
    assert isinstance(same, Envelope)
    assert isinstance(other, Envelope)
    again, changed = (judge(it, ADMISSION, None, None) for it in (same, other))
    assert isinstance(again, Fact)
    assert isinstance(changed, Fact)
    assert digest(again) == digest(signed)
    assert digest(changed) != digest(signed)


def test_the_digest_does_not_change_between_releases() -> None:
    # Stored beside facts: a new digest would make every fact that is sent again a conflict.
    assert digest(full("rent-missed")).hex() == "94729752fd8fc8d5982bf71d880d8de6"
