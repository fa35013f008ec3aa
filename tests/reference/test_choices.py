"""What the scenarios do not reach: corrections, links, erasure, cuts by people."""

import json
from pathlib import Path
from typing import Any

from tests.reference.evaluator import evaluate

Json = dict[str, Any]
PARTIES = json.loads((Path(__file__).parents[1] / "scenarios" / "parties.json").read_text())
CORPORATIE = "urn:nld:kvknr:90000001:systeem:primair"
GEMEENTE = "urn:nld:oin:00000099000000988000:systeem:zaken"
LEASE = {"scheme": "lease", "issuer": "corporatie-maas", "value": "L"}
DOSSIER = {"scheme": "dossier", "issuer": "gemeente-weert", "value": "D"}
ADDRESS = {"scheme": "address", "issuer": "bag", "value": "0988200000000001"}


def fact(id_: str, kind: str, day: str, *references: Json, **data: Any) -> Json:
    """A fact named `c-…` by the corporatie, any other by the gemeente."""
    data |= {"occurredAt": day, "gemeente": "0988", "references": list(references or [LEASE])}
    source = CORPORATIE if id_.startswith("c-") else GEMEENTE
    return {"source": source, "id": id_, "type": f"nl.seintje.{kind}.v1", "data": data}


SIGNED = fact(
    "c-lease",
    "lease-signed",
    "2024-01-02",
    LEASE,
    ADDRESS,
    startDate="2024-01-08",
    targetGroup="vergunninghouder",
)


def found(rule: str, *facts: Json, now: str = "2024-06-01") -> list[Json]:
    return [a for a in evaluate([SIGNED, *facts], now, PARTIES) if a["rule"] == rule]


def evidence(alerts: list[Json]) -> list[list[str]]:
    return [[seen["id"] for seen in alert["evidence"]] for alert in alerts]


def nuisance(id_: str, day: str, replaces: str | None = None) -> Json:
    corrected = {"replaces": {"source": CORPORATIE, "id": replaces}} if replaces else {}
    return fact(id_, "nuisance-reported", day, **corrected)


def retracted(id_: str, target: str, day: str = "2024-05-01") -> Json:
    return fact(id_, "fact-retracted", day, retracts={"source": CORPORATIE, "id": target})


def test_of_two_replacers_the_last_that_is_not_retracted_stays() -> None:
    facts = [
        nuisance("c-1", "2024-02-01"),
        nuisance("c-2", "2024-02-02", replaces="c-1"),
        nuisance("c-3", "2024-02-03", replaces="c-1"),
    ]
    assert evidence(found("nuisance", *facts)) == [["c-3"]]
    assert evidence(found("nuisance", *facts, retracted("c-x", "c-3"))) == [["c-2"]]


def test_a_retracted_replacer_keeps_out_what_it_replaced() -> None:
    facts = [nuisance("c-1", "2024-02-01"), nuisance("c-2", "2024-02-02", replaces="c-1")]
    assert found("nuisance", *facts, retracted("c-x", "c-2")) == []


def test_a_retraction_that_is_retracted_has_no_effect() -> None:
    facts = [nuisance("c-1", "2024-02-01"), retracted("c-x", "c-1")]
    assert found("nuisance", *facts) == []
    assert evidence(found("nuisance", *facts, retracted("c-y", "c-x"))) == [["c-1"]]


def test_a_correction_keeps_the_id_even_before_what_it_corrects_is_there() -> None:
    alone = found("nuisance", nuisance("c-1", "2024-02-01"))
    corrected = found("nuisance", nuisance("c-2", "2024-02-02", replaces="c-1"))
    assert alone[0]["alertId"] == corrected[0]["alertId"]


def test_a_link_by_the_corporatie_needs_the_word_of_the_gemeente() -> None:
    intake = fact("g-intake", "intake-completed", "2024-01-03", DOSSIER)
    link = fact("c-link", "reference-linked", "2024-01-04", LEASE, DOSSIER)
    same = fact("g-link", "reference-linked", "2024-01-05", LEASE, DOSSIER)
    assert len(found("intake-missing", intake, link)) == 1
    assert found("intake-missing", intake, link, same) == []


def test_an_unlink_wins_a_tie() -> None:
    intake = fact("g-intake", "intake-completed", "2024-01-03", DOSSIER)
    link = fact("g-link", "reference-linked", "2024-01-05", LEASE, DOSSIER)
    unlink = fact("g-unlink", "reference-unlinked", "2024-01-05", LEASE, DOSSIER)
    assert len(found("intake-missing", intake, link, unlink)) == 1


def test_erasure_takes_everything_up_to_it() -> None:
    erased = fact("g-erased", "household-erased", "2024-03-01", basis="unknown")
    assert evaluate([SIGNED, nuisance("c-1", "2024-02-01"), erased], "2024-06-01", PARTIES) == []


def test_a_closing_before_the_alert_counts_from_its_start_and_frees_the_rule() -> None:
    first = nuisance("c-1", "2024-02-01")
    alert_id = found("nuisance", first)[0]["alertId"]
    closed = fact("c-close", "alert-closed", "2024-01-20", alertId=alert_id)
    ended, again = found("nuisance", first, closed, nuisance("c-2", "2024-02-02"))
    assert (ended["status"], ended["resolvedAt"]) == ("closed", ended["raisedAt"])
    assert (again["status"], again["evidence"][0]["id"]) == ("resolved", "c-2")


def test_a_closed_arrears_alert_does_not_come_back_while_it_lasts() -> None:
    missed = [
        fact(f"c-{month}", "rent-missed", f"2024-0{month}-08", period=f"2024-0{month}", amountDue=1)
        for month in (2, 3, 4)
    ]
    alert_id = found("rent-arrears", *missed)[0]["alertId"]
    closed = fact("g-close", "alert-closed", "2024-03-20", alertId=alert_id)
    alerts = found("rent-arrears", *missed, closed)
    assert [(alert["status"], alert["resolution"]) for alert in alerts] == [("closed", "closed")]


def test_an_unspecific_repair_is_not_for_a_damage_that_was_repaired_before() -> None:
    damage = fact("c-d", "damage-reported", "2024-02-01", cause="unknown")
    by_resident = fact("c-r1", "damage-repaired", "2024-02-05", cause="resident")
    by_wear = fact("c-r2", "damage-repaired", "2024-02-09", cause="wear")
    alerts = found("damage-without-begeleiding", damage, by_resident, by_wear)
    assert [alert["resolution"] for alert in alerts] == ["expired"]
