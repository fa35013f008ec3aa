"""A BSN is found wherever it stands, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.parties import Parties, Party
from hub.domain.refusals import Refused, Slug
from hub.streams.intake import Admission
from hub.wire.bsn import holds_bsn, is_suspect, masked, masked_binary
from tests.wire.parties import DOSSIER, INTAKE, LEASE, WEERT, event, judged

MISSED = {
    "occurredAt": "2026-02-16",
    "gemeente": "0988",
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
    "references": [LEASE],
}
BSN = "111222333"


def _with_check_digit(digits: str) -> str:
    last = (
        sum(place * int(digit) for place, digit in zip(range(9, 1, -1), digits, strict=True)) % 11
    )
    return f"{digits}{last}"


BSNS = (
    st.integers(1, 10**8 - 1)
    .map("{:08d}".format)
    .map(_with_check_digit)
    .filter(lambda digits: len(digits) == 9)
)


@pytest.mark.parametrize(
    ("data", "attributes", "where"),
    [
        pytest.param(
            INTAKE | {"references": [DOSSIER | {"value": BSN}]},
            {},
            ["data.references[0].value"],
            id="a dossier",
        ),
        pytest.param(INTAKE, {"id": f"klant-{BSN}"}, ["id"], id="the id"),
        pytest.param(INTAKE, {"subject": BSN}, ["subject"], id="the subject"),
        pytest.param(INTAKE, {"source": f"{WEERT.urn}:systeem:{BSN}"}, ["source"], id="the source"),
        pytest.param(
            INTAKE | {"note": f"bsn {BSN}."}, {}, ["data.note"], id="a field that is not there"
        ),
        pytest.param(INTAKE | {BSN: 1}, {}, ["data.*"], id="the name of a field"),
        pytest.param(
            INTAKE | {"replaces": {"source": "s", "id": BSN}},
            {},
            ["data.replaces.id"],
            id="a fact replaced",
        ),
        pytest.param(
            {"x": [{"y": BSN}], "z": BSN}, {}, ["data.x[0].y", "data.z"], id="anywhere, all of them"
        ),
    ],
)
def test_a_bsn_is_found_in(data: Any, attributes: dict[str, Any], where: list[str]) -> None:
    answer = judged(event("intake-completed", data, **attributes))
    assert _slug(answer) == Slug.BSN_FOUND
    assert _paths(answer) == where
    assert BSN not in repr(answer)


def test_a_bsn_in_escapes_is_found() -> None:
    hidden = "".join(f"\\u{ord(digit):04x}" for digit in BSN)
    raw = event("intake-completed", INTAKE | {"references": [DOSSIER | {"value": "HERE"}]})
    assert _slug(judged(raw.replace(b"HERE", hidden.encode()))) == Slug.BSN_FOUND


@pytest.mark.parametrize(
    ("fact_type", "data", "attributes"),
    [
        pytest.param(
            "rent-missed",
            MISSED | {"references": [LEASE | {"issuer": "corporatie-peel", "value": BSN}]},
            {},
            id="a lease of the pattern that its issuer declares",
        ),
        pytest.param(
            "intake-completed", INTAKE, {"id": "0f0e0d0c-0b0a-4908-8706-a111222333bc"}, id="a uuid"
        ),
        pytest.param(
            "intake-completed",
            INTAKE | {"occurredAt": f"2026-02-16T10:00:00.{BSN}Z"},
            {},
            id="a fraction of a second",
        ),
        pytest.param("intake-completed", INTAKE, {"id": f"{BSN}4"}, id="ten digits"),
        pytest.param(
            "intake-completed", INTAKE, {"id": "111222334"}, id="nine digits that fail the test"
        ),
        pytest.param("rent-missed", MISSED | {"amountDue": int(BSN)}, {}, id="an amount"),
    ],
)
def test_no_bsn_is_seen_in(fact_type: str, data: Any, attributes: dict[str, Any]) -> None:
    assert _slug(judged(event(fact_type, data, **attributes))) == "accepted"


def test_the_letters_of_an_oin_make_no_bsn() -> None:
    urn = f"urn:nld:oin:A{BSN}B000000099"
    party = Party("gemeente-x", "gemeente", urn, frozenset({"0988"}))
    raw = event(
        "intake-completed",
        INTAKE | {"references": [DOSSIER | {"issuer": "gemeente-x"}]},
        source=f"{urn}:systeem:zaken",
    )
    assert _slug(judged(raw, party, Admission(Parties([party])))) == "accepted"


def test_a_bsn_goes_before_every_other_refusal_because_their_dead_letters_keep_all_bytes() -> None:
    raw = event("no-such-type", {"note": BSN}, source="urn:x")
    assert _slug(judged(raw)) == Slug.BSN_FOUND


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        pytest.param("111222333", True, id="alone"),
        pytest.param("BSN111222333", True, id="after letters"),
        pytest.param("111222333NL", True, id="before letters"),
        pytest.param("bsn:111222333;", True, id="between marks"),
        pytest.param("klant_111222333", True, id="after an underscore"),
        pytest.param("1111222333", False, id="within ten digits"),
        pytest.param("0988200000000001", False, id="the id of an address"),
        pytest.param("urn:nld:kvknr:90000001", False, id="a KvK number"),
        pytest.param("urn:nld:oin:00000099000000988000", False, id="an OIN"),
        pytest.param("4f111222333a9c0d", False, id="within a digest"),
        pytest.param("111222334", False, id="nine digits that fail the test"),
        pytest.param("1112.22.333", False, id="with marks between, which is no nine-digit number"),
    ],
)
def test_a_bsn_stands_alone(text: str, holds: bool) -> None:
    assert holds_bsn(text) is holds


@given(BSNS, st.text(), st.text())
def test_the_quick_look_never_misses_what_the_search_finds(
    bsn: str, before: str, after: str
) -> None:
    text = before + bsn + after
    assert is_suspect(text.encode("utf-8", "replace")) or not holds_bsn(text)


@given(st.uuids())
def test_no_uuid_holds_a_bsn(uuid: UUID) -> None:
    assert not holds_bsn(str(uuid))


@given(BSNS, st.sampled_from(["data", "id", "x y"]))
def test_masking_takes_the_digits_and_leaves_every_other_byte(bsn: str, name: str) -> None:
    raw = json.dumps({name: f"nr {bsn}!", "kvk": "90000001", "é": bsn}).encode()
    hidden = masked(raw)
    assert hidden == raw.replace(bsn.encode(), b"*" * 9)
    assert not is_suspect(hidden)


def test_masking_sees_through_escaped_digits() -> None:
    escaped = "".join(f"\\u{ord(digit):04x}" for digit in BSN)
    assert masked(b'{"x":"' + escaped.encode() + b'"}') == b'{"x":"*********"}'


def test_masking_keeps_bytes_that_are_no_text() -> None:
    assert masked(b"\xff 111222333 \xfe") == b"\xff ********* \xfe"


def test_masking_avro_takes_a_number_that_a_length_byte_touches() -> None:
    assert masked_binary(b"\x08" + b"0" + BSN.encode() + b"\xff") == b"\x08" + b"*" * 10 + b"\xff"
    assert masked_binary(b"90000001 111222334") == b"90000001 111222334"


def _slug(answer: object) -> str:
    return answer.slug if isinstance(answer, Refused) else "accepted"


def _paths(answer: object) -> list[str]:
    assert isinstance(answer, Refused)
    return [violation.path for violation in answer.violations]
