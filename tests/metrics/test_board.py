"""The board of a process: made from the catalogue, and asked at a scrape."""

from __future__ import annotations

import pytest

from hub.errors import Bug, Misconfigured, Unavailable
from hub.telemetry.board import Board, Shown
from hub.telemetry.family import Role
from hub.telemetry.metrics import Metrics
from tests.metrics.shown import read, value_of


def exposed(board: Board) -> str:
    return board.exposition().decode()


def test_kind_help_labels_and_buckets_come_from_the_catalogue() -> None:
    board = Board(Role.WORKER)
    board.histogram("seintje_restore_seconds").labels("facts").observe(3)
    shown = read(exposed(board))["seintje_restore_seconds"]
    assert (shown.kind, shown.told[-1]) == ("histogram", ".")
    assert {it.labels.get("shard") for it in shown.samples} == {"facts"}


def test_what_a_role_does_not_show_may_be_counted_and_is_not_shown() -> None:
    board = Board(Role.DELIVER)
    board.counter("seintje_facts").labels("lease-signed", "accepted").inc()
    assert "seintje_facts" not in exposed(board)


def test_a_name_that_is_in_no_catalogue_is_refused() -> None:
    with pytest.raises(KeyError):
        Board(Role.RUN).counter("seintje_surprises")


def test_a_family_of_another_kind_is_refused() -> None:
    with pytest.raises(Bug, match="gauge"):
        Board(Role.RUN).counter("seintje_ready")


def test_what_is_told_for_another_role_is_refused() -> None:
    board = Board(Role.DELIVER)
    board.add(lambda: {"seintje_held": {("feed",): 1}})
    with pytest.raises(Bug, match="deliver"):
        board.exposition()


def test_several_tell_rows_of_one_family() -> None:
    board = Board(Role.GATEWAY)
    board.add(lambda: {"seintje_held": {("feed",): 1}})
    board.add(lambda: {"seintje_held": {("pause",): 2}})
    assert value_of(exposed(board), "seintje_held", reason="feed") == 1
    assert value_of(exposed(board), "seintje_held", reason="pause") == 2


def test_who_is_away_leaves_out_only_its_own() -> None:
    def away() -> Shown:
        raise Unavailable("the disk is full")

    board = Board(Role.GATEWAY)
    board.add(away)
    board.add(lambda: {"seintje_disclosures": {(): 7}})
    assert value_of(exposed(board), "seintje_disclosures_total") == 7


@pytest.mark.parametrize("fault", [ZeroDivisionError(), Misconfigured("database", "is damaged")])
def test_a_fault_in_one_that_tells_leaves_out_only_its_own(fault: Exception) -> None:
    """A damaged database is when everybody looks at the metrics."""

    def fails() -> Shown:
        raise fault

    board = Board(Role.GATEWAY)
    board.add(fails)
    board.add(lambda: {"seintje_disclosures": {(): 7}})
    assert value_of(exposed(board), "seintje_disclosures_total") == 7


def test_two_in_one_interpreter_count_apart() -> None:
    one, other = Metrics(Role.RUN), Metrics(Role.RUN)
    one.turned("facts", 3, ticked=False)
    shown = [it.exposition(is_ready=True).decode() for it in (one, other)]
    records = [value_of(it, "seintje_records_total", shard="facts") for it in shown]
    assert records == [3, 0]


def test_a_type_that_is_in_no_catalogue_is_other() -> None:
    """Whoever sends facts cannot make series."""
    metrics = Metrics(Role.GATEWAY)
    for number in range(100):
        metrics.offered(f"made-up-{number}", "refused")
    text = metrics.exposition(is_ready=True).decode()
    assert value_of(text, "seintje_facts_total", type="other", outcome="refused") == 100
    assert "made-up" not in text
