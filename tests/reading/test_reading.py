"""The read model: what emits make of it, what it answers, and what it forgets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from hub.domain.alerts import Tell
from hub.domain.refusals import Slug
from hub.domain.time import DAY_MS, parse_instant
from hub.errors import Misconfigured
from hub.keys import Keys
from hub.reading import alerts, counts, dead_letters, disclosures, held, incidents, model, receipts
from hub.reading.alerts import Wanted
from hub.reading.model import Arrive, Projection
from hub.streams.entries import entry_of
from hub.streams.held import held_back, let_go
from hub.streams.seam import Emit
from hub.wire.state import PartyOf
from tests.streams.world import GEMEENTE, PARTIES, SOURCES, Event, event, facts_of

AT = parse_instant("2024-03-01")
KEYS = Keys(b"0" * 32)
SENT = event("damage-repaired", "e", "2024-02-01", cost=1, cause="wear")
OTHER = event("damage-repaired", "e", "2024-02-01", cost=2, cause="wear")
MAAS = "corporatie-maas"


class Model:
    """The read model in memory, and the projection that fills it."""

    def __init__(self, arrive: Arrive = receipts.put_arrived) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        model.prepare(self.connection)
        self._project = Projection(PartyOf(PARTIES.find_by_source), arrive)
        self._position = 0
        self.at = AT

    def put(self, *emits: Emit) -> None:
        entries = []
        for emit in emits:
            self._position += 1
            entries.append((emit, self._position, self.at))
        self._project(self.connection, entries)

    def arrive(self, *sent: Event) -> str:
        entries = [entry_of(fact, KEYS) for fact in facts_of(sent)]
        self.put(*(entry.emit for entry in entries))
        return entries[-1].receipt_id

    def receipt(self, receipt_id: str, status: str, **more: Any) -> None:
        told = {
            "receiptId": receipt_id,
            "party": MAAS,
            "source": SOURCES[MAAS],
            "id": "e",
            "type": "damage-repaired",
            "status": status,
            "problem": None,
            "household": None,
            "at": "2024-03-01T00:00:00.000Z",
        } | more
        self.put(Emit("receipts", receipt_id.encode(), msgspec.json.encode(told)))

    def find(self, receipt_id: str) -> receipts.Found:
        found = receipts.find(self.connection, MAAS, receipt_id)
        assert found is not None
        return found

    def known(self, receipt_id: str) -> receipts.Known:
        return receipts.known(self.connection, [receipt_id])[receipt_id]

    def view(self, alert_id: str, revision: int, party: str = GEMEENTE, **more: Any) -> None:
        told = {
            "alertId": alert_id,
            "revision": revision,
            "status": "open",
            "severity": "high",
            "rule": "some-rule",
            "listed": True,
        } | more
        self.put(Emit(f"out/{party}", alert_id.encode(), msgspec.json.encode(told)))

    def disclosed(self, alert_id: str, revision: int | None = None, **more: Any) -> None:
        """Without a revision as an earlier release wrote it."""
        told: dict[str, Any] = {
            "party": GEMEENTE,
            "household": "hh-x",
            "alertId": alert_id,
            "rule": "some-rule",
            "agreement": {"id": "a", "version": "1"},
            "fields": ["alert"],
            "purpose": ["p"],
            "basis": ["b"],
            "at": "2024-03-01T00:00:00.000Z",
        }
        told |= more if revision is None else {"revision": revision, "way": "notice"} | more
        self.put(Emit("disclosures", told["household"].encode(), msgspec.json.encode(told)))

    def disclosures(self) -> int:
        return len(disclosures.of_household(self.connection, "hh-x"))

    def ids(self, **wanted: Any) -> list[str]:
        found = alerts.page(self.connection, Wanted(**({"party": GEMEENTE} | wanted)))
        return [msgspec.json.decode(it.view)["alertId"] for it in found]


@pytest.fixture
def read() -> Iterator[Model]:
    made = Model()
    yield made
    made.connection.close()


@pytest.fixture
def following() -> Iterator[Model]:
    """Filled from topics, which have no order among each other."""
    made = Model(receipts.note_arrived)
    yield made
    made.connection.close()


def test_what_arrives_is_accepted_with_the_digest_of_its_content(read: Model) -> None:
    receipt_id = read.arrive(SENT)
    found, known = read.find(receipt_id), read.known(receipt_id)
    assert (found.status, found.party, found.household) == ("accepted", MAAS, None)
    assert known.digest == entry_of(facts_of([SENT])[0], KEYS).digest


def test_what_only_thaws_a_household_is_no_arrival(read: Model, following: Model) -> None:
    """It has no receipt: a gateway would count it as unreadable, a restore would stop at it."""
    [fact] = facts_of([SENT])
    it = entry_of(fact, KEYS).emit
    for filled in (read, following):
        filled.put(Emit(it.stream, it.key, it.value, {"redriven": b"1", "thaws-only": b"1"}))
        assert filled.connection.execute("SELECT count(*) FROM read_receipt").fetchone() == (0,)


def test_a_later_receipt_takes_its_place_and_keeps_the_digest(read: Model) -> None:
    receipt_id = read.arrive(SENT)
    digest = read.known(receipt_id).digest
    read.receipt(receipt_id, "waiting")
    read.receipt(receipt_id, "accepted", household="hh-x")
    assert (read.find(receipt_id).status, read.find(receipt_id).household) == ("accepted", "hh-x")
    assert read.known(receipt_id).digest == digest


def test_a_duplicate_keeps_the_household_of_what_came_first(read: Model) -> None:
    receipt_id = read.arrive(SENT)
    read.receipt(receipt_id, "accepted", household="hh-x")
    read.arrive(SENT)
    read.receipt(receipt_id, "duplicate")
    assert (read.find(receipt_id).status, read.find(receipt_id).household) == ("duplicate", "hh-x")


@pytest.mark.parametrize("status", ["waiting", "expired-unbound"])
def test_that_it_came_again_says_less_than(status: str, read: Model) -> None:
    receipt_id = read.arrive(SENT)
    read.receipt(receipt_id, status)
    read.receipt(receipt_id, "duplicate")
    assert read.find(receipt_id).status == status


def test_a_second_arrival_changes_nothing_unless_the_first_was_refused(read: Model) -> None:
    receipt_id = read.arrive(SENT)
    first = read.known(receipt_id)
    read.arrive(OTHER)
    assert read.known(receipt_id) == first
    read.receipt(receipt_id, "refused", problem="ambiguous-address")
    assert read.find(receipt_id).problem is Slug.AMBIGUOUS_ADDRESS
    read.arrive(OTHER)
    assert read.known(receipt_id).digest != first.digest
    assert (read.find(receipt_id).status, read.find(receipt_id).problem) == ("accepted", None)


def test_where_ways_have_no_order_an_arrival_takes_nobodys_place(following: Model) -> None:
    receipt_id = entry_of(facts_of([SENT])[0], KEYS).receipt_id
    following.receipt(receipt_id, "waiting")
    assert following.known(receipt_id).digest is None
    following.arrive(SENT)
    first = following.known(receipt_id)
    assert (first.status, first.digest) == ("waiting", entry_of(facts_of([SENT])[0], KEYS).digest)
    following.arrive(OTHER)
    assert following.known(receipt_id) == first


def test_what_is_said_better_after_a_refusal_waits_for_correlation(following: Model) -> None:
    receipt_id = following.arrive(SENT)
    following.receipt(receipt_id, "refused", problem="ambiguous-address")
    following.arrive(OTHER)
    known = following.known(receipt_id)
    assert (known.status, known.digest) == ("refused", entry_of(facts_of([OTHER])[0], KEYS).digest)
    following.receipt(receipt_id, "accepted", household="hh-x")
    assert following.find(receipt_id).status == "accepted"


def test_a_receipt_that_is_taken_away_is_gone(read: Model) -> None:
    receipt_id = read.arrive(SENT)
    read.put(Emit("receipts", receipt_id.encode(), None))
    assert receipts.find(read.connection, MAAS, receipt_id) is None


def test_a_receipt_is_found_by_its_event_and_by_nobody_else(read: Model) -> None:
    receipt_id = read.arrive(SENT)
    found = receipts.find_by_event(read.connection, MAAS, SOURCES[MAAS], "e")
    assert found is not None
    assert found.receipt_id == receipt_id
    assert receipts.find_by_event(read.connection, GEMEENTE, SOURCES[MAAS], "e") is None
    assert receipts.find(read.connection, GEMEENTE, receipt_id) is None


def test_ids_are_found_by_their_beginning(read: Model) -> None:
    for id_ in ("act-a-1", "act-a-2", "act-b-1", "act"):
        read.arrive(event("damage-repaired", id_, "2024-02-01", cost=1, cause="wear"))
    found = receipts.ids_beginning(read.connection, SOURCES[MAAS], "act-a-")
    assert sorted(found) == ["act-a-1", "act-a-2"]


def test_of_an_alert_the_highest_revision_counts(read: Model) -> None:
    read.view("al-1", 1)
    read.view("al-1", 3, status="closed")
    read.view("al-1", 2, status="acknowledged")
    view = alerts.find(read.connection, GEMEENTE, "al-1")
    assert view is not None
    assert msgspec.json.decode(view)["status"] == "closed"


def test_the_newest_revision_comes_first_and_the_other_order_follows(read: Model) -> None:
    for alert_id in ("al-1", "al-2", "al-3"):
        read.view(alert_id, 1)
    read.view("al-1", 2)
    assert read.ids() == ["al-1", "al-3", "al-2"]
    assert read.ids(limit=1) == ["al-1"]
    assert read.ids(before=4) == ["al-3", "al-2"]
    assert read.ids(after=0) == ["al-2", "al-3", "al-1"]
    assert read.ids(after=3) == ["al-1"]
    assert alerts.last_position(read.connection, GEMEENTE) == 4
    assert alerts.last_position(read.connection, MAAS) == 0


def test_alerts_are_filtered_by_what_they_are(read: Model) -> None:
    read.view("al-1", 1)
    read.view("al-2", 1, status="agreed", severity="low", rule="other")
    read.view("al-3", 1, status="closed", listed=False)
    read.view("al-4", 1, party=MAAS)
    assert read.ids(statuses=frozenset({"open", "closed"})) == ["al-3", "al-1"]
    assert read.ids(severities=frozenset({"low"})) == ["al-2"]
    assert read.ids(rules=frozenset({"other"})) == ["al-2"]
    assert read.ids(is_listed=True) == ["al-2", "al-1"]
    assert read.ids(is_listed=False) == ["al-3"]
    assert alerts.per_status(read.connection, GEMEENTE) == {"open": 1, "agreed": 1}


def test_what_the_gate_holds_for_another_is_counted(read: Model) -> None:
    others = [{"role": "gemeente", "reason": "x"}]
    read.view("al-1", 1, party=MAAS, held=others)
    read.view("al-2", 1, party=MAAS, held=others, status="resolved")
    read.view("al-3", 1, party=MAAS)
    assert alerts.held_for_others(read.connection, MAAS) == 1
    assert alerts.held_for_others(read.connection, GEMEENTE) == 0


def wait(read: Model, alert_id: str, why: Tell, since: str, party: str = GEMEENTE) -> None:
    read.put(held_back(party, alert_id, "some-rule", why, parse_instant(since)))


def test_what_is_held_is_counted_by_party_rule_and_reason(read: Model) -> None:
    wait(read, "al-1", Tell.HELD_BY_GATE, "2024-02-02T00:00:00Z")
    wait(read, "al-2", Tell.HELD_BY_GATE, "2024-02-01T00:00:00Z")
    wait(read, "al-3", Tell.STORM, "2024-01-01T00:00:00Z", party=MAAS)
    since = (parse_instant("2024-01-01T00:00:00Z"), parse_instant("2024-02-01T00:00:00Z"))
    storm = held.Group(MAAS, "some-rule", "storm", 1, since[0])
    gate = held.Group(GEMEENTE, "some-rule", "legal-gate", 2, since[1])
    assert held.groups(read.connection, [MAAS, GEMEENTE], 10) == [storm, gate]
    assert held.groups(read.connection, [MAAS, GEMEENTE], 1) == [storm]
    assert held.groups(read.connection, [GEMEENTE], 10) == [gate]
    assert held.alert_ids(read.connection, gate, 10) == ["al-2", "al-1"]
    assert held.per_reason(read.connection) == {"storm": 1, "legal-gate": 2}


def test_of_what_is_held_the_last_word_counts(read: Model) -> None:
    wait(read, "al-1", Tell.HELD_BY_GATE, "2024-02-01T00:00:00Z")
    wait(read, "al-1", Tell.INHIBITED, "2024-02-01T00:00:00Z")
    assert held.per_reason(read.connection) == {"inhibition": 1}
    at = parse_instant("2024-02-01T00:00:00Z")
    again = held_back(GEMEENTE, "al-2", "some-rule", Tell.PAUSED, at)
    read.put(again, let_go(GEMEENTE, "al-2"), let_go(GEMEENTE, "al-1"), again)
    assert held.per_reason(read.connection) == {"pause": 1}
    read.put(let_go(GEMEENTE, "al-2"), let_go(GEMEENTE, "al-2"))
    assert held.per_reason(read.connection) == {}


def test_a_read_model_of_an_earlier_version_gets_what_is_new(read: Model) -> None:
    read.view("al-1", 1, household="hh-1")
    read.disclosed("al-1")
    for statement in (
        "DROP INDEX read_disclosure_of_view",
        *(
            f"ALTER TABLE read_disclosure DROP COLUMN {column}"
            for column in ("party", "alert_id", "revision", "way")
        ),
        "DROP TABLE read_held",
        "DROP TABLE read_household",
        "DROP TABLE read_household_name",
        "DROP INDEX read_alert_by_household",
        "ALTER TABLE read_alert DROP COLUMN household",
        "UPDATE read_version SET version = 1",
    ):
        read.connection.execute(statement)
    model.prepare(read.connection)
    assert len(alerts.of_household(read.connection, GEMEENTE, "hh-1")) == 1
    assert disclosures.of_view(read.connection, GEMEENTE, "al-1", 1) is not None
    read.disclosed("al-1", 2)
    assert len(disclosures.of_household(read.connection, "hh-x")) == 2
    wait(read, "al-1", Tell.STORM, "2024-02-01T00:00:00Z")
    assert held.per_reason(read.connection) == {"storm": 1}
    assert read.ids() == ["al-1"]


def test_living_alerts_are_counted_once_each(read: Model) -> None:
    for party in (MAAS, GEMEENTE):
        read.view("al-1", 1, party=party)
        read.view("al-2", 1, party=party, status="withdrawn")
    assert alerts.living(read.connection) == {("some-rule", "high"): 1}


def test_dead_letters_are_listed_without_their_bytes(read: Model) -> None:
    headers = {"reason": b"processing-error"}
    read.put(Emit("dead-letters", b"0988", b"lease L-1", headers))
    read.put(Emit("dead-letters", b"0957", None, headers))
    newest, oldest = dead_letters.newest(read.connection)
    assert (oldest.reason, oldest.place, oldest.size_bytes) == ("processing-error", "0988", 9)
    assert dead_letters.newest(read.connection, before=newest.position) == [oldest]
    assert dead_letters.find(read.connection, oldest.position) == oldest
    assert dead_letters.find(read.connection, 99) is None
    assert counts.of(read.connection, "dead-letters") == {"processing-error": 2}
    assert b"L-1" not in read.connection.serialize()


def test_disclosures_are_found_by_household(read: Model) -> None:
    read.disclosed("al-1")
    read.disclosed("al-1", household="hh-y")
    [found] = disclosures.of_household(read.connection, "hh-x")
    assert (found.disclosure.party, found.disclosure.fields) == (GEMEENTE, ("alert",))
    assert disclosures.of_household(read.connection, "hh-x", after=found.position) == []
    assert counts.of(read.connection, "disclosures") == {"": 2}


def test_a_record_of_an_earlier_release_is_of_a_view_that_was_written(read: Model) -> None:
    read.disclosed("al-1")
    [found] = disclosures.of_household(read.connection, "hh-x")
    assert (found.disclosure.way, found.disclosure.revision) == ("notice", None)
    assert disclosures.of_view(read.connection, GEMEENTE, "al-1", 7) == found.disclosure


def test_the_record_of_a_view_is_that_of_its_revision(read: Model) -> None:
    for revision in (1, 2, 2, 3):
        read.disclosed("al-1", revision, fields=[str(read.disclosures())])
    read.disclosed("al-1", 2, way="timeline")
    read.disclosed("al-1", 2, party=MAAS)
    read.disclosed("al-2", 2)
    of_view = partial(disclosures.of_view, read.connection, GEMEENTE, "al-1")
    assert [it.fields for it in map(of_view, (1, 2, 3)) if it is not None] == [
        ("0",), ("2",), ("3",),
    ]  # fmt: skip
    assert of_view(4) is None


def test_what_shows_still_can_be_accounted_for_however_old_it_is(read: Model) -> None:
    read.view("al-gone", 1, status="erased")
    for alert_id, revision in (("al-1", 1), ("al-1", 2)):
        read.view(alert_id, revision)
    read.disclosed("al-gone", 1)
    for written in (1, 2, None):  # without: an earlier release wrote it
        read.disclosed("al-1", written)
    read.disclosed("al-1", 2, way="timeline")
    for _ in range(2):
        model.trim(read.connection, AT + 6 * 366 * DAY_MS, 10)
        left = [it.disclosure for it in disclosures.of_household(read.connection, "hh-x")]
        assert [(it.revision, it.way) for it in left] == [(2, "notice"), (None, "notice")]


def test_incidents_are_listed(read: Model) -> None:
    told = {"kind": "source-silent", "party": MAAS, "at": "2024-03-01T00:00:00.000Z"}
    read.put(Emit("ops", MAAS.encode(), msgspec.json.encode(told)))
    [found] = incidents.newest(read.connection)
    assert (found.kind, found.party, found.at) == (
        "source-silent",
        MAAS,
        parse_instant("2024-03-01T00:00:00Z"),
    )


def test_what_nobody_reads_is_left_alone(read: Model) -> None:
    before = read.connection.serialize()
    read.put(Emit("of-another-release", b"k", b"v"))
    assert read.connection.serialize() == before


def test_it_forgets_when_the_streams_do(read: Model) -> None:
    read.arrive(SENT)
    read.view("al-gone", 1, status="erased")
    read.view("al-open", 1)
    read.put(Emit("dead-letters", b"0988", b"x", {"reason": b"processing-error"}))
    assert model.trim(read.connection, AT + 30 * DAY_MS, 10) == 0
    assert model.trim(read.connection, AT + 91 * DAY_MS, 10) == 2
    assert read.ids() == ["al-open"]
    assert model.trim(read.connection, AT + 401 * DAY_MS, 10) == 1
    assert dead_letters.newest(read.connection) == []


def test_preparing_again_changes_nothing(read: Model) -> None:
    read.arrive(SENT)
    before = read.connection.serialize()
    model.prepare(read.connection)
    assert read.connection.serialize() == before


def test_what_a_newer_release_made_is_refused(read: Model) -> None:
    read.connection.execute("UPDATE read_version SET version = 99")
    with pytest.raises(Misconfigured, match="run that release"):
        model.prepare(read.connection)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1 FROM read_alert WHERE party = 'p' AND position > 7 AND status IN ('open')"
        " ORDER BY position LIMIT 5",
        "SELECT 1 FROM read_receipt WHERE source = 's' AND id = 'i'",
        "SELECT 1 FROM read_disclosure WHERE household = 'h' AND position > 0 ORDER BY position",
        "SELECT 1 FROM read_disclosure WHERE party = 'p' AND alert_id = 'a' AND way = 'notice'"
        " AND (revision = 1 OR revision IS NULL) ORDER BY revision DESC, position DESC LIMIT 1",
    ],
)
def test_a_question_is_answered_by_an_index(question: str, read: Model) -> None:
    plan = read.connection.execute("EXPLAIN QUERY PLAN " + question).fetchall()
    assert all("SEARCH" in row[3] and "SCAN" not in row[3] for row in plan)
    assert not any("TEMP B-TREE" in row[3] for row in plan)


def test_an_outbox_gives_the_last_revision_of_each_alert_in_order(read: Model) -> None:
    for alert_id, revision in (("a", 1), ("b", 1), ("a", 2)):
        read.at += 10
        read.view(alert_id, revision)
    told = partial(alerts.told_after, read.connection, GEMEENTE)
    assert [(it.at, it.key) for it in told(0, 10)] == [(2, b"b"), (3, b"a")]
    assert [it.at for it in told(2, 10)] == [3]
    assert [it.at for it in told(0, 1)] == [2]
    assert told(3, 10) == []
    assert alerts.told_after(read.connection, MAAS, 0, 10) == []


def test_a_cursor_is_found_by_the_time_at_which_a_party_was_told(read: Model) -> None:
    cursor = partial(alerts.cursor_at, read.connection, GEMEENTE)
    assert cursor(AT) == 0
    for alert_id in "abc":
        read.at += 10
        read.view(alert_id, 1)
    assert [cursor(AT + more) for more in (0, 10, 11, 30, 31)] == [0, 0, 1, 2, 3]
