"""What is shared is started once, lasts until the last has gone, and is started anew after that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.kafka.program import Program
from tests.kafka.sharing import shared_by_all
from tests.kafka.test_program import SLEEPS


def start(folder: Path) -> tuple[str, Sequence[Program]]:
    programs = [Program(folder / name, SLEEPS, "up") for name in ("one", "two")]
    for program in programs:
        program.start()
    return str([program.pid for program in programs]), programs


def refuse(folder: Path) -> tuple[str, Sequence[Program]]:
    raise AssertionError("it runs already")


def test_who_comes_later_joins_and_is_told_the_same(tmp_path: Path) -> None:
    with (
        shared_by_all(tmp_path / "it", start) as first,
        shared_by_all(tmp_path / "it", refuse) as second,
    ):
        assert first == second


def test_what_has_ended_is_started_anew(tmp_path: Path) -> None:
    with shared_by_all(tmp_path / "it", start) as first:
        pass
    with shared_by_all(tmp_path / "it", start) as second:
        assert first != second


def test_when_a_part_of_it_has_ended_all_of_it_is_started_anew(tmp_path: Path) -> None:
    started: list[Program] = []

    def start_and_tell(folder: Path) -> tuple[str, Sequence[Program]]:
        told, programs = start(folder)
        started.extend(programs)
        return told, programs

    with shared_by_all(tmp_path / "it", start_and_tell) as first:
        started[0].kill()
        with shared_by_all(tmp_path / "it", start) as second:
            assert first != second
