"""What intake accepts, and why it refuses the rest (facts document, Intake)."""

from __future__ import annotations

from typing import Any

import pytest

from hub.domain.facts import CATALOGUE, Fact, LeaseEnded, LeaseSigned, Reference
from hub.domain.parties import Party
from hub.domain.refusals import Refused, Slug
from hub.domain.time import DAY_MS, format_instant, parse_instant
from hub.streams.intake import Admission, judge, per_gemeente, reduced
from hub.wire import cloudevents
from hub.wire.writing import event_of
from tests.wire.parties import (
    ADDRESS,
    ADMISSION,
    DOSSIER,
    HUURDERS,
    INTAKE,
    LEASE,
    MAAS,
    NOW,
    ONDERDAK,
    PARTIES,
    PEEL,
    SIGNED,
    WEERT,
    event,
    judged,
)
from tests.wire.samples import full

MISSED = {
    "occurredAt": "2026-02-16",
    "gemeente": "0988",
    "references": [LEASE],
    "period": "2026-02",
    "dueDate": "2026-02-01",
    "amountDue": 61250,
    "totalArrears": 61250,
    "socialCollection": {
        "personalContactTried": True,
        "debtHelpOffered": True,
        "reminderSent": True,
        "sharingAnnounced": True,
        "tenantObjected": False,
    },
}
ACT = {"occurredAt": "2026-02-16", "alertId": "al-" + "a" * 26}


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def slug(answer: Fact | Refused) -> str:
    return answer.slug if isinstance(answer, Refused) else "accepted"


def paths(answer: Fact | Refused) -> list[str]:
    assert isinstance(answer, Refused), answer
    return [violation.path for violation in answer.violations]


@pytest.mark.parametrize(
    ("fact_type", "data"),
    [
        pytest.param("lease-signed", SIGNED, id="a lease with its address"),
        pytest.param("intake-completed", INTAKE, id="a dossier alone"),
        pytest.param("lease-signed", SIGNED | {"persons": None}, id="null where it is optional"),
        pytest.param("rent-missed", MISSED, id="the steps of social collection"),
        pytest.param("alert-acknowledged", ACT | {"gemeente": "0988"}, id="an act on a household"),
        pytest.param("alert-acknowledged", ACT | {"region": "limburg"}, id="an act on a region"),
        pytest.param(
            "reference-linked",
            without(INTAKE, "familyReunificationExpected") | {"references": [ADDRESS, DOSSIER]},
            id="an address and a dossier linked",
        ),
        pytest.param(
            "damage-reported",
            without(INTAKE, "familyReunificationExpected")
            | {"category": "meteorite", "cause": "other"},
            id="a code that is in no list",
        ),
        pytest.param(
            "intake-completed", INTAKE | {"references": [LEASE, LEASE]}, id="a lease twice"
        ),
    ],
)
def test_accepted_is(fact_type: str, data: dict[str, Any]) -> None:
    assert slug(judged(event(fact_type, data))) == "accepted"


@pytest.mark.parametrize(
    ("fact_type", "data", "where"),
    [
        pytest.param("rent-missed", {}, ["data." + name for name in MISSED], id="nothing at all"),
        pytest.param("intake-completed", [INTAKE], ["data"], id="a list for an object"),
        pytest.param("intake-completed", None, ["data"], id="no data"),
        pytest.param(
            "intake-completed", INTAKE | {"note": "x"}, ["data.note"], id="an unknown field"
        ),
        pytest.param(
            "rent-missed",
            MISSED | {"amountDue": 612.5, "totalArrears": True, "period": "2026-13"},
            ["data.period", "data.amountDue", "data.totalArrears"],
            id="three wrong fields at once",
        ),
        pytest.param("rent-missed", MISSED | {"amountDue": 1.0}, ["data.amountDue"], id="a float"),
        pytest.param(
            "rent-missed", MISSED | {"amountDue": -1}, ["data.amountDue"], id="below zero"
        ),
        pytest.param(
            "rent-missed",
            MISSED | {"socialCollection": {"reminderSent": 1}},
            [
                f"data.socialCollection.{name}"
                for name in (
                    "personalContactTried",
                    "debtHelpOffered",
                    "reminderSent",
                    "sharingAnnounced",
                    "tenantObjected",
                )
            ],
            id="fields inside a field",
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"references": [DOSSIER, {"scheme": "lease", "issuer": "nobody", "value": 1}]},
            ["data.references[1].value"],
            id="a reference that cannot be read",
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"gemeente": 988, "references": [DOSSIER | {"issuer": "corporatie-maas"}]},
            ["data.gemeente", "data.references[0].issuer"],
            id="a field and the issuer of a reference together",
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"references": [ADDRESS | {"value": "12"}, ADDRESS | {"issuer": "weert"}]},
            ["data.references[0].value", "data.references[1].issuer"],
            id="addresses that the bag does not know",
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"references": [LEASE | {"issuer": "corporatie-peel"}]},
            ["data.references[0].value"],
            id="a lease against the pattern of its corporatie",
        ),
        pytest.param(
            "intake-completed", INTAKE | {"references": []}, ["data.references"], id="nobody"
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"references": [DOSSIER] * 17},
            ["data.references"],
            id="too many references",
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"references": [LEASE, LEASE | {"value": "L-2"}]},
            ["data.references"],
            id="two leases",
        ),
        pytest.param(
            "lease-signed", SIGNED | {"references": [LEASE]}, ["data.references"], id="no address"
        ),
        pytest.param(
            "reference-linked",
            without(INTAKE, "familyReunificationExpected") | {"references": [LEASE, ADDRESS]},
            ["data.references"],
            id="a link of a lease and an address",
        ),
        pytest.param("alert-acknowledged", ACT, ["data.gemeente"], id="an act on nothing"),
        pytest.param(
            "consultation-held",
            {
                "occurredAt": "2026-02-16",
                "region": "limburg",
                "gemeente": "0988",
                "parties": ["gemeente-weert"],
            },
            ["data.gemeente"],
            id="a consultation in one gemeente",
        ),
        pytest.param(
            "feed-complete",
            {"occurredAt": "2026-02-16", "upTo": "2026-02-16", "types": ["rent-mist"]},
            ["data.types[0]"],
            id="a feed of no type",
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"concerns": {"source": "s", "id": "i"}},
            ["data.concerns"],
            id="concerns on a type that closes nothing",
        ),
        *(
            pytest.param(
                "intake-completed",
                INTAKE | {"occurredAt": moment},
                ["data.occurredAt"],
                id=f"occurred {moment}",
            )
            for moment in (
                "2026-02-30",
                "2026-02-16T10:00:00",
                "1899-12-31",
                "0001-01-01",
                17,
                None,
            )
        ),
        pytest.param(
            "lease-signed", SIGNED | {"startDate": "9999-12-31"}, ["data.startDate"], id="9999"
        ),
        pytest.param(
            "intake-completed", INTAKE | {"gemeente": "0988\n"}, ["data.gemeente"], id="a line feed"
        ),
        pytest.param(
            "rent-missed", MISSED | {"period": "٢٠٢٦-02"}, ["data.period"], id="other digits"
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"replaces": {"source": f"{WEERT.urn}:systeem:primair", "id": "e-1"}},
            ["data.replaces"],
            id="a fact that replaces itself",
        ),
    ],
)
def test_a_schema_violation_names_every_field(fact_type: str, data: Any, where: list[str]) -> None:
    answer = judged(event(fact_type, data))
    assert slug(answer) == Slug.SCHEMA_VIOLATION
    assert paths(answer) == where


def test_a_violation_tells_no_value_and_no_name_that_the_sender_chose() -> None:
    secret = "Jansen 1980"
    data = MISSED | {"period": secret, secret: secret, "dueDate": secret, "references": secret}
    assert secret not in repr(judged(event("rent-missed", data)))


@pytest.mark.parametrize(
    ("raw", "sender", "wanted"),
    [
        pytest.param(event("rent-forgiven", MISSED), None, Slug.UNKNOWN_TYPE, id="no such type"),
        pytest.param(
            event("intake-completed", INTAKE, type="nl.seintje.intake-completed.v2"),
            None,
            Slug.UNKNOWN_TYPE,
            id="no such version",
        ),
        pytest.param(
            event("rent-missed", MISSED), PEEL, Slug.NOT_YOUR_SOURCE, id="another's source"
        ),
        pytest.param(
            event("rent-missed", MISSED, source=MAAS.urn),
            None,
            Slug.NOT_YOUR_SOURCE,
            id="no system",
        ),
        pytest.param(
            event("rent-missed", MISSED, source="urn:nld:kvknr:90000009:systeem:x"),
            None,
            Slug.NOT_YOUR_SOURCE,
            id="nobody's source",
        ),
        pytest.param(
            event("rent-missed", MISSED, source=f"{WEERT.urn}:systeem:zaken"),
            WEERT,
            Slug.NOT_YOUR_FACT,
            id="rent by a gemeente",
        ),
        pytest.param(
            event("intake-completed", INTAKE, source=f"{HUURDERS.urn}:systeem:x"),
            HUURDERS,
            Slug.NOT_YOUR_FACT,
            id="an intake by huurders",
        ),
        pytest.param(
            event(
                "rent-missed",
                MISSED | {"replaces": {"source": f"{PEEL.urn}:systeem:primair", "id": "x"}},
            ),
            MAAS,
            Slug.NOT_YOUR_FACT,
            id="replacing another's",
        ),
        pytest.param(
            event(
                "fact-retracted",
                {
                    "occurredAt": "2026-02-16",
                    "gemeente": "0988",
                    "retracts": {"source": f"{MAAS.urn}:systeem:primair", "id": "x"},
                    "reason": "test",
                },
                source=f"{WEERT.urn}:systeem:zaken",
            ),
            WEERT,
            Slug.NOT_YOUR_FACT,
            id="retracting another's",
        ),
        pytest.param(
            event("rent-missed", MISSED | {"gemeente": "0363"}),
            MAAS,
            Slug.UNKNOWN_GEMEENTE,
            id="a gemeente that nobody serves",
        ),
        pytest.param(
            event("rent-missed", MISSED | {"occurredAt": format_instant(NOW + 300_001)}),
            MAAS,
            Slug.IN_THE_FUTURE,
            id="later than the clock can be wrong",
        ),
        pytest.param(
            event("rent-missed", MISSED | {"occurredAt": format_instant(NOW + 300_000)}),
            MAAS,
            "accepted",
            id="as late as the clock can be wrong",
        ),
        pytest.param(
            event(
                "rent-missed",
                MISSED | {"replaces": {"source": f"{MAAS.urn}:systeem:other", "id": "x"}},
            ),
            MAAS,
            "accepted",
            id="replacing from another system of one's own",
        ),
        pytest.param(
            event("intake-completed", INTAKE, source=f"{ONDERDAK.urn}:systeem:x"),
            ONDERDAK,
            "accepted",
            id="a begeleider where the gemeente may",
        ),
    ],
)
def test_who_may_say_what(raw: bytes, sender: Party | None, wanted: str) -> None:
    assert slug(judged(raw, sender)) == wanted


def test_an_old_gemeente_code_becomes_the_one_of_today() -> None:
    fact = judged(event("rent-missed", MISSED | {"gemeente": "0946"}))
    assert isinstance(fact, Fact)
    assert fact.gemeente == "0957"


SINCE = parse_instant("2026-01-01")


@pytest.mark.parametrize(
    ("data", "until", "wanted"),
    [
        pytest.param(MISSED, NOW + 1, "accepted", id="in force then and now"),
        pytest.param(MISSED, NOW, Slug.NO_CONVENANT, id="no longer today"),
        pytest.param(
            MISSED | {"occurredAt": "2025-12-31"}, NOW + 1, Slug.NO_CONVENANT, id="not yet then"
        ),
    ],
)
def test_an_agreement_is_in_force_when_it_occurred_and_today(
    data: dict[str, Any], until: int, wanted: str
) -> None:
    admission = Admission(PARTIES, lambda code, at: code == "0988" and SINCE <= at < until)
    assert slug(judged(event("rent-missed", data), MAAS, admission)) == wanted


def test_a_party_has_no_agreement_where_it_does_not_work() -> None:
    admission = Admission(PARTIES, lambda code, at: True)
    elsewhere = event("intake-completed", INTAKE | {"gemeente": "0957"})
    assert slug(judged(elsewhere, WEERT, admission)) == Slug.NO_CONVENANT


def test_without_a_clock_neither_the_future_nor_agreements_count() -> None:
    admission = Admission(PARTIES, lambda code, at: False)
    raw = event("rent-missed", MISSED | {"occurredAt": format_instant(NOW + DAY_MS)})
    envelope = cloudevents.decode(raw)
    assert isinstance(envelope, cloudevents.Envelope)
    assert isinstance(judge(envelope, admission, None, None), Fact)


def test_a_regular_lease_is_reduced_to_lease_address_and_start() -> None:
    signed = full("lease-signed")
    kept = reduced(
        Fact(
            signed.type,
            signed.source,
            signed.id,
            signed.at,
            signed.party,
            signed.own,
            signed.gemeente,
            references=(*signed.references, Reference("dossier", "gemeente-weert", "D-1")),
        )
    )
    assert isinstance(signed.own, LeaseSigned)
    assert kept.own == LeaseSigned(signed.own.start_date, "regular", False)
    assert kept.references == signed.references


def test_the_end_of_a_regular_lease_is_reduced_to_its_day() -> None:
    ended = full("lease-ended")
    assert isinstance(ended.own, LeaseEnded)
    assert reduced(ended).own == LeaseEnded(ended.own.end_date, "unknown")


def test_a_feed_without_gemeente_is_one_for_each_gemeente_of_its_party() -> None:
    data = {"occurredAt": "2026-02-16", "upTo": "2026-02-16", "types": ["rent-missed"]}
    fact = judged(event("feed-complete", data), MAAS)
    assert isinstance(fact, Fact)
    assert [it.gemeente for it in per_gemeente(fact, MAAS)] == ["0957", "0988"]
    assert {it.own for it in per_gemeente(fact, MAAS)} == {fact.own}


def test_every_role_is_refused_what_the_catalogue_does_not_give_it() -> None:
    senders = (MAAS, WEERT, ONDERDAK, HUURDERS)
    refused = {
        (name, party.role)
        for name in CATALOGUE
        for party in senders
        if slug(_as_of(name, party)) == Slug.NOT_YOUR_FACT
    }
    assert refused == {
        (name, party.role)
        for name, row in CATALOGUE.items()
        for party in senders
        if party.role not in row.roles
    }


def _as_of(fact_type: str, party: Party) -> Fact | Refused:
    fact = full(fact_type)
    theirs = f"{party.urn}:systeem:primair"
    raw = event_of(fact, logged_at=0).replace(fact.source.encode(), theirs.encode())
    envelope = cloudevents.decode(raw)
    assert isinstance(envelope, cloudevents.Envelope)
    return judge(envelope, ADMISSION, party, None)
