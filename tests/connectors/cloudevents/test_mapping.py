"""Events of other types as facts, by a mapping file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.gemeente.cloudevents_mapping import EventMappings
from connectors.gemeente.cloudevents_source import entries_of
from connectors.seam import Draft, Entry, Record, Unmapped
from hub.errors import Misconfigured

SOURCE = "urn:nld:oin:00000099000000001000:systeem:sociaal-domein"
TYPE = "nl.begeleiding.gestart"
FILE = """
events:
  nl.begeleiding.gestart:
    facts:
      - type: begeleiding-started
        only: {doelgroep: [VGH]}
        paths:
          dossier.nummer: references[0].value
          "@time": occurredAt
          uitvoerders[0].naam: organisation
          gepland.tot: plannedUntil
        constants:
          gemeente: "0988"
          references[0].scheme: dossier
          references[0].issuer: gemeente-weert
ignored: [nl.begeleiding.notitie]
"""
DATA = {
    "dossier": {"nummer": "D-1042"},
    "doelgroep": "VGH",
    "uitvoerders": [{"naam": "Voorbeeld Begeleiding"}],
    "gepland": {"tot": "2026-09-01"},
}


def in_time(_key: str, _time: str) -> bool:
    return False


def read(event: Mapping[str, Any] | bytes, file: str = FILE) -> list[Entry]:
    raw = event if isinstance(event, bytes) else json.dumps(event).encode()
    return list(entries_of(raw, EventMappings.parse(file.encode(), "mapping.yaml"), in_time))


def event(data: Any = DATA, **changes: Any) -> dict[str, Any]:
    usual = {
        "specversion": "1.0",
        "id": "e-1",
        "source": SOURCE,
        "type": TYPE,
        "time": "2026-03-01T10:00:00Z",
        "data": data,
    }
    return usual | changes


def drafts(event: Mapping[str, Any], file: str = FILE) -> tuple[Draft, ...]:
    (record,) = read(event, file)
    assert isinstance(record, Record)
    return record.drafts


def field(kind: str, path: str, options: str = "") -> str:
    """A file that reads one field of a `rent-missed`."""
    return (
        f"events: {{t: {{facts: [{{type: rent-missed, paths: {{{path}: '{kind}'}}{options}}}]}}}}"
    )


def test_paths_and_attributes_become_fields() -> None:
    (draft,) = drafts(event())
    assert draft.type == "begeleiding-started"
    assert draft.own is None
    assert draft.data == {
        "occurredAt": "2026-03-01T10:00:00Z",
        "gemeente": "0988",
        "references": [{"scheme": "dossier", "issuer": "gemeente-weert", "value": "D-1042"}],
        "organisation": "Voorbeeld Begeleiding",
        "plannedUntil": "2026-09-01",
    }


def test_what_is_not_there_is_no_field() -> None:
    (draft,) = drafts(event({"doelgroep": "VGH", "gepland": None, "uitvoerders": []}))
    assert draft.data.keys() == {"occurredAt", "gemeente", "references"}
    assert "value" not in draft.data["references"][0]


def test_an_event_that_is_not_asked_for_says_nothing_now() -> None:
    assert drafts(event(DATA | {"doelgroep": "REG"})) == ()


def test_a_type_that_is_left_out_is_nothing() -> None:
    assert read(event(type="nl.begeleiding.notitie")) == []


def test_a_record_is_known_by_source_and_id_which_do_not_run_together() -> None:
    pairs = [("urn:a b", "c"), ("urn:a", "b c"), ("urn:a", "b")]
    keys = {
        record.key
        for source, id_ in pairs
        for record in read(event(source=source, id=id_))
        if isinstance(record, Record)
    }
    assert len(keys) == 3


def test_with_a_key_two_events_are_about_the_same_thing() -> None:
    file = FILE.replace("    facts:", "    key: [dossier.nummer]\n    facts:")
    (first,), (second,), (other,) = (
        read(event(id="e-1"), file),
        read(event(id="e-2"), file),
        read(event(DATA | {"dossier": {"nummer": "D-9"}}, id="e-3"), file),
    )
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(other, Record)
    assert first.key == second.key != other.key


def test_an_event_without_its_key_cannot_be_read() -> None:
    file = FILE.replace("    facts:", "    key: [dossier.nummer]\n    facts:")
    (entry,) = read(event(DATA | {"dossier": {}}), file)
    assert isinstance(entry, Unmapped)
    assert "`dossier.nummer`" in entry.why


def test_an_event_may_say_several_facts() -> None:
    file = """
events:
  nl.begeleiding.gestart:
    facts:
      - {type: begeleiding-started, paths: {"@time": occurredAt}}
      - {type: phase-started, paths: {"@time": occurredAt}, constants: {phase: pre-vestiging}}
"""
    assert [it.type for it in drafts(event(), file)] == ["begeleiding-started", "phase-started"]


@pytest.mark.parametrize(
    ("kind", "value", "options", "read_as"),
    [
        pytest.param("amountDue", 612.5, "", 61250, id="euros"),
        pytest.param("amountDue", 540, "", 54000, id="whole euros"),
        pytest.param("amountDue", "612.50", "", 61250, id="euros in text"),
        pytest.param("amountDue", "1.225,00", ", decimal: ','", 122500, id="as it is written here"),
        pytest.param("amountDue", 612.5, ", decimal: ','", 61250, id="a number has no comma"),
        pytest.param("amountDue", 61250, ", amounts: cents", 61250, id="cents"),
        pytest.param("amountDue", "61250", ", amounts: cents", 61250, id="cents in text"),
        pytest.param("amountDue", 5, ", amounts: cents", 5, id="a few cents"),
        pytest.param("amountDue", 0.1 + 0.2, "", 30, id="a float that is not quite"),
        pytest.param("amountDue", "much", "", "much", id="what is none stays for the hub"),
        pytest.param("dueDate", "2026-03-01", "", "2026-03-01", id="a date"),
        pytest.param("dueDate", "01-03-2026", "", "2026-03-01", id="a Dutch date"),
        pytest.param("dueDate", "2026-02-28T23:30:00Z", "", "2026-03-01", id="an instant"),
        pytest.param("dueDate", "20260301", ", dates: ['%Y%m%d']", "2026-03-01", id="another"),
        pytest.param("period", "202603", "", "2026-03", id="a month"),
        pytest.param("period", 202603, "", "2026-03", id="a month as a number"),
        pytest.param("socialCollection.reminderSent", True, "", True, id="true"),
        pytest.param("socialCollection.reminderSent", "nee", "", False, id="no in words"),
        pytest.param("references[0].value", 1042, "", "1042", id="a number where a text belongs"),
    ],
)
def test_a_value_is_read_by_its_field(
    kind: str, value: object, options: str, read_as: object
) -> None:
    (draft,) = drafts(event({"v": value}, type="t"), field(kind, "v", options))
    found: Any = draft.data
    for step in kind.replace("[0]", ".0").split("."):
        found = found[int(step)] if step.isdecimal() else found[step]
    assert found == read_as
    assert type(found) is type(read_as)


def test_codes_are_those_of_the_file() -> None:
    file = """
events:
  t:
    facts:
      - type: lease-ended
        paths: {reden: reason}
        codes: {reason: {VERH: moved, "*": other}}
"""
    found = [drafts(event({"reden": it}, type="t"), file)[0].data for it in ("VERH", "ZZZ")]
    assert found == [{"reason": "moved"}, {"reason": "other"}]


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        pytest.param(event(type="nl.nieuw.soort"), "not in the mapping file", id="unknown type"),
        pytest.param(event([1, 2]), "no JSON object", id="data is a list"),
        pytest.param(event(None), "no JSON object", id="data is null"),
        pytest.param(event(DATA | {"gepland": {"tot": {}}}), "no plain value", id="an object"),
        pytest.param(event(DATA | {"dossier": {"nummer": [1]}}), "no plain value", id="a list"),
        pytest.param({"id": "e-1"}, "source", id="no event"),
        pytest.param(b"not json", "JSON", id="no json"),
    ],
)
def test_what_cannot_be_read_is_kept_whole_with_what_to_do(
    sent: dict[str, Any] | bytes, why: str
) -> None:
    (entry,) = read(sent)
    assert isinstance(entry, Unmapped)
    assert why in entry.why
    assert "; " in entry.why
    assert entry.raw == (sent if isinstance(sent, bytes) else json.dumps(sent).encode())
    assert "D-1042" not in entry.why + entry.where


def test_where_it_stands_shows_no_number_that_may_be_a_bsn() -> None:
    (plain,) = read(event(type="nl.nieuw.soort"))
    (suspect,) = read(event(type="nl.nieuw.soort", id="999990342"))
    assert plain.where == f"event e-1 of {SOURCE}"
    assert "999990342" not in suspect.where


def test_a_seintje_fact_goes_on_under_its_own_name() -> None:
    data = {"occurredAt": "2026-03-01", "replaces": {"source": SOURCE, "id": "e-0"}}
    (draft,) = drafts(event(data, type="nl.seintje.intake-completed.v1"))
    assert draft == Draft("intake-completed", data, own=(SOURCE, "e-1"))


@pytest.mark.parametrize(
    ("file", "why"),
    [
        pytest.param("events: [", "", id="no yaml"),
        pytest.param("even: {}", "`even`", id="another key"),
        pytest.param("events: {t: {facts: []}}", "length", id="no facts"),
        pytest.param(
            "events: {t: {facts: [{type: nothing, paths: {}}]}}", "fact type", id="no such type"
        ),
        pytest.param(field("noSuchField", "v"), "no field `noSuchField`", id="no such field"),
        pytest.param(field("dueDate", "'a..b'"), "`a..b` is no path", id="no path"),
        pytest.param(field("dueDate", "'@type'"), "`@type` is no path", id="no such attribute"),
        pytest.param(
            "events: {t: {facts: [{type: rent-missed, paths:"
            " {a: references, b: 'references[0].value'}}]}}",
            "inside each other",
            id="a field and what is in it",
        ),
        pytest.param(
            "events: {t: {key: ['a b['], facts: [{type: rent-missed, paths: {}}]}}",
            "is no path",
            id="a key that is none",
        ),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_name(file: str, why: str) -> None:
    with pytest.raises(Misconfigured) as told:
        EventMappings.parse(file.encode(), "mapping.yaml")
    assert "mapping.yaml" in str(told.value)
    assert why in str(told.value)
