"""`seintje status`: one picture, a live screen, and parts that go away and come back."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from hub.cli.exposition import Exposition
from hub.cli.finding import Severity
from hub.cli.pages import Health, Pages
from hub.cli.screen import Language
from hub.cli.status_board import draw
from hub.cli.status_figures import Figures
from hub.cli.status_picture import Picture, picture_of
from tests.cli.terminal import command, environment, seintje
from tests.cli.test_doctor import serving, telling
from tests.cli.test_run import next_row, started
from tests.kafka.broker import free_ports

WELL: Final = Health("x")
BUSY: Final = """
# TYPE seintje_facts counter
seintje_facts_total{type="a",outcome="accepted"} %(accepted)d
seintje_facts_total{type="a",outcome="refused"} 4
seintje_refusals_total{reason="bsn-found"} %(refused)d
seintje_oldest_unprocessed_seconds{shard="correlate"} 400
seintje_fact_to_view_seconds_bucket{le="0.1"} %(accepted)d
seintje_fact_to_view_seconds_bucket{le="+Inf"} %(accepted)d
seintje_shards{shard="correlate",life="running"} 2
seintje_open_alerts{rule="nuisance",severity="high"} 3
seintje_held{reason="inhibition"} 2
seintje_feed_late_seconds{party="gemeente-weert",feed="zorg"} 7200
seintje_webhook_oldest_seconds{party="gemeente-weert"} 90
seintje_webhook_attempts_total{reason="delivered"} 7
seintje_dead_letters_open{reason="processing-error"} 1
seintje_backup_last_success_timestamp_seconds 500000
seintje_data_free_bytes 5000000000
seintje_build_info{version="1.2.3",role="run"} 1
seintje_agreement_info{id="duurzame-start",version="1"} 1
"""


def pages(at: int, accepted: int, refused: int = 0, url: str = "http://a") -> Pages:
    text = BUSY % {"accepted": accepted, "refused": refused}
    return Pages(url, at, None, WELL, WELL, Exposition(text))


def shown(picture: Picture, width: int, language: Language = "en", height: int = 1000) -> str:
    console = Console(file=io.StringIO(), width=width, no_color=True)
    console.print(draw(picture, language, width, height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def values(picture: Picture) -> dict[str, str]:
    return {it.name.strip(): it.shown for it in picture.rows}


def test_figures_are_of_what_came_between_two_looks() -> None:
    picture = picture_of([pages(3000, 130, 2)], [pages(1000, 100)], "en")
    found = values(picture)
    assert (found["facts"], found["accepted"], found["bsn-found"]) == ("15.0/s", "15.0/s", "1.0/s")
    assert found["fact to view p50"] == "50 ms"
    assert found["oldest fact"] == "7 min"
    assert found["gemeente-weert zorg"] == "2 h"
    assert found["agreement"] == "duurzame-start 1"
    assert picture.processes[0].version == "1.2.3"


def test_what_nobody_tells_is_a_dash() -> None:
    picture = picture_of([Pages("http://a", 1, None, WELL, WELL, Exposition(""))], [], "en")
    assert {it.shown for it in picture.rows} == {"–"}
    assert "–" in shown(picture, 80)


def test_processes_are_added_up_and_what_is_of_the_hub_is_not() -> None:
    two = [pages(2000, 10, url="http://a"), pages(2000, 10, url="http://b")]
    figures = Figures(two)
    assert figures.total("seintje_facts_total") == 28
    assert figures.total("seintje_open_alerts") == 3
    assert figures.most("seintje_oldest_unprocessed_seconds") == 400


def test_a_process_that_was_started_anew_counts_from_nothing() -> None:
    figures = Figures([pages(2000, 10)], [pages(1000, 1000)])
    assert figures.rate("seintje_facts_total", "outcome")["accepted",] == 10.0


@pytest.mark.parametrize("width", [20, 40, 80, 100, 140, 250])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_fits_in_any_width(width: int, language: Language) -> None:
    away = Pages("http://b", 3000, "http://b: nobody answers")
    picture = picture_of([pages(3000, 130), away], [pages(1000, 100)], language)
    lines = shown(picture, width, language).splitlines()
    assert max(map(len, lines)) <= width


def test_in_a_low_window_what_is_not_good_comes_first() -> None:
    told = picture_of([pages(3000, 130)], [pages(1000, 100)], "en")
    wanted = list(dict.fromkeys(it.subject for it in told.rows))
    wrong = {it.subject for it in told.rows if it.how is not Severity.GOOD}
    assert subjects(shown(told, 60)) == wanted
    assert subjects(shown(told, 60, height=24)) == sorted(wanted, key=lambda it: it not in wrong)
    assert wanted[0] not in wrong  # so they did change places


def subjects(drawn: str) -> list[str]:
    return re.findall("╭─ ([^─]+) ─", drawn)


def test_without_colours_what_is_not_good_has_a_mark() -> None:
    told = shown(picture_of([pages(3000, 130)], [], "en"), 100)
    assert "✗ oldest fact" in told
    assert "! " in told
    assert "\x1b[3" not in told


def test_one_picture_is_rows_where_there_is_no_terminal() -> None:
    text = BUSY % {"accepted": 1, "refused": 0}
    with serving(telling(text)) as url:
        ran = seintje("status", "--at", url)
    assert ran.code == 0
    [process, *rows] = ran.rows
    assert (process["process"], process["state"], process["role"]) == (url, "ready", "run")
    # English, whatever the language: programs read it
    assert {it["subject"] for it in rows} >= {"traffic", "pipeline", "dead letters"}
    assert next(it for it in rows if it["name"] == "held")["value"] == 2


def test_a_part_that_is_not_ready_or_away_is_told_and_ends_with_1() -> None:
    with serving(telling("", reasons='["disk: almost full"]')) as url:
        away = f"http://127.0.0.1:{free_ports(1)[0]}"
        ran = seintje("status", "--once", "--at", url, "--at", away)
    assert ran.code == 1
    assert [it["state"] for it in ran.rows[:2]] == ["not-ready", "away"]
    assert ran.rows[0]["reasons"] == ["disk: almost full"]


def test_settings_say_where_processes_are() -> None:
    ports = free_ports(3)
    where = dict(zip(("LISTEN", "WORKER_LISTEN", "DELIVER_LISTEN"), ports, strict=True))
    environ = {f"SEINTJE_{name}": f"127.0.0.1:{port}" for name, port in where.items()}
    ran = seintje("status", **environ, SEINTJE_KAFKA_BROKERS="127.0.0.1:1")
    assert [it["process"] for it in ran.rows[:3]] == [f"http://127.0.0.1:{it}" for it in ports]


class Watching:
    """A live screen on a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], screen: int) -> None:
        self.process = process
        self._screen = screen
        self._shown = b""

    def until(self, text: str) -> None:
        """Until this stands in what came since the last time."""
        ends = time.monotonic() + 60
        while text.encode() not in self._shown:
            assert time.monotonic() < ends, f"{text} did not come: {self._text()}"
            assert self._read(1.0) or self.process.poll() is None, self._text()
        self._shown = self._shown.partition(text.encode())[2]

    def press(self, key: str) -> None:
        os.write(self._screen, key.encode())

    def _text(self) -> str:
        """What is shown; a character may have been cut off by the end."""
        return self._shown.decode("utf-8", "replace")

    def ended(self) -> tuple[int, str]:
        ends = time.monotonic() + 60
        while self._read(60.0):
            assert time.monotonic() < ends, f"it goes on: {self._text()}"
        return self.process.wait(60), self._text()

    def _read(self, seconds: float) -> bool:
        if not select.select([self._screen], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._screen, 65536)
        except OSError:  # Linux says so when the other end has closed
            return False
        self._shown += piece
        return bool(piece)


@contextmanager
def watching(*words: str, **more: str) -> Iterator[Watching]:
    screen, end = pty.openpty()
    process = subprocess.Popen(
        command("status", "--lang", "en", *words),
        stdin=end, stdout=end, stderr=end, start_new_session=True, env=environment(**more),
    )  # fmt: skip
    os.close(end)
    try:
        yield Watching(process, screen)
    finally:
        process.kill()
        process.wait()
        os.close(screen)


@pytest.mark.slow
def test_a_hub_that_goes_away_is_away_and_comes_back(tmp_path: Path) -> None:
    where = f"127.0.0.1:{free_ports(1)[0]}"
    run = ("run", "--data", tmp_path / "hub", "--listen", where)
    with watching("--at", f"http://{where}", COLUMNS="100", LINES="40") as watched:
        watched.until("away")
        for _ in range(2):
            with started(*run) as process:
                next_row(process)
                watched.until("ready")
            watched.until("away")
        watched.press("q")
        code, told = watched.ended()
    assert (code, "Traceback" in told) == (0, False)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_the_terminal_as_it_was(number: signal.Signals) -> None:
    with serving(telling("")) as url, watching("--at", url) as watched:
        watched.until("ready")
        watched.process.send_signal(number)
        code, told = watched.ended()
    assert (code, "Traceback" in told) == (0, False)
    assert "\x1b[?1049l" in told  # back from the screen of its own
