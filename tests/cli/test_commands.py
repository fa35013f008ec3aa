"""What holds for every command: help with an example, both languages, exit codes, slips."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from hub import __version__
from hub.cli.app import app, language_of
from hub.cli.commands import COMMANDS, GROUPS
from hub.cli.help_nl import DUTCH, joined
from tests.cli.terminal import command, environment, on_terminal, piped, seintje

CALLED = [it.words for it in COMMANDS]


def texts(tree: Any) -> Iterator[str]:
    yield joined(tree.help)
    for parameter in (tree.get_help_option(typer.Context(tree)), *tree.params):
        if getattr(parameter, "help", None):
            yield joined(parameter.help)
    for below in getattr(tree, "commands", {}).values():
        yield from texts(below)


@pytest.mark.parametrize("words", [*CALLED, *GROUPS, ""])
def test_every_command_has_help_in_both_languages(words: str) -> None:
    dutch = seintje(*words.split(), "--help")
    english = seintje(*words.split(), "--help", "--lang", "en")
    assert (dutch.code, english.code) == (0, 0)
    assert dutch.out != english.out
    assert b"Show this message" not in dutch.out
    if words in CALLED:
        assert f"Voorbeeld: seintje {words}" in joined(dutch.out.decode())
        assert f"Example: seintje {words}" in joined(english.out.decode())


def test_each_text_of_the_help_has_its_dutch_and_no_dutch_is_left_over() -> None:
    english = set(texts(typer.main.get_command(app(None))))
    assert english == set(DUTCH)


def test_the_first_line_of_each_command_fits_in_the_list() -> None:
    for language in ("nl", "en"):
        for group in ("", *GROUPS):
            shown = seintje(*group.split(), "--help", "--lang", language).out.decode()
            assert "..." not in shown.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("backtst", "backtest"), ("agreement chek", "check"), ("parties key creat", "create")],
)
def test_a_command_with_a_slip_is_answered_with_what_was_meant(slip: str, meant: str) -> None:
    ran = seintje(*slip.split())
    assert (ran.code, ran.out) == (2, b"")
    assert f"'{meant}'" in ran.err


def test_without_a_command_there_is_help() -> None:
    assert seintje().code == 2
    assert "backtest" in seintje().err


def test_help_on_a_terminal_is_drawn() -> None:
    code, shown = on_terminal("--help")
    assert (code, "╭" in shown) == (0, True)


def test_no_colour_where_it_is_not_wanted() -> None:
    _, shown = on_terminal("agreement", "show", NO_COLOR="1")
    assert not re.search("\x1b\\[(?:[0-9]+;)*[349][0-7]m", shown)


def test_help_that_is_not_read_to_its_end_is_no_error() -> None:
    process = subprocess.Popen(
        command("ingest", "--help"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), told) == (0, b"")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("seintje backt", {"backtest"}),
        ("seintje parties key ", {"create", "list", "revoke", "rotate"}),
    ],
)
def test_the_shell_completes_what_is_typed(typed: str, completed: set[str]) -> None:
    at = str(len(typed.split(" ")) - 1)
    ran = piped(_SEINTJE_COMPLETE="complete_bash", COMP_WORDS=typed, COMP_CWORD=at)
    assert set(ran.out.decode().split()) == completed


def test_the_module_is_the_command() -> None:
    assert b"backtest" in piped("--help").out


@pytest.mark.parametrize(
    ("argv", "environ", "language"),
    [
        pytest.param([], {}, "nl", id="Dutch where nothing is said"),
        pytest.param([], {"LANG": "C.UTF-8"}, "nl", id="and where the locale is nobody's"),
        pytest.param([], {"LANG": "en_GB.UTF-8"}, "en", id="the locale"),
        pytest.param([], {"LANG": "en_GB", "LC_ALL": "nl_NL"}, "nl", id="LC_ALL goes first"),
        pytest.param([], {"LANG": "nl_NL", "SEINTJE_LANG": "en"}, "en", id="the setting"),
        pytest.param(["--lang", "en"], {"LANG": "nl_NL"}, "en", id="the option"),
        pytest.param(["x", "--lang=en"], {}, "en", id="the option, later"),
        pytest.param(["x", "--", "--lang", "en"], {}, "nl", id="no option any more"),
    ],
)
def test_the_language_is_that_of(argv: list[str], environ: dict[str, str], language: str) -> None:
    assert language_of(argv, environ)[0] == language


def test_the_release_is_told() -> None:
    assert seintje("--version").out.decode() == f"seintje {__version__}\n"


def test_a_language_that_we_do_not_speak_is_told() -> None:
    ran = seintje("backtest", "--lang", "fr")
    assert ran.code == 2
    assert "nl, en" in ran.err


def test_ctrl_c_ends_quietly() -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        command("backtest", "-"),
        stdin=reading,
        stderr=subprocess.PIPE,
        env=environment(),
        # in a shell's background job it would be ignored, and this would wait for ever
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(reading)
    os.write(writing, b"not an event\n" * 5000)  # more than a buffer: it is reading when we go on
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(2)
    rest = process.stderr.read()
    process.stderr.close()
    os.close(writing)
    assert process.wait() == 130
    assert b"Traceback" not in rest


def test_what_libraries_say_is_no_part_of_an_answer() -> None:
    away = piped("parties", "key", "create", "gemeente-weert", SEINTJE_KAFKA_BROKERS="127.0.0.1:1")
    assert (away.code, away.out) == (3, b"")
    assert away.err.startswith("Kafka (SEINTJE_KAFKA_BROKERS) does not answer")
    assert len(away.err.splitlines()) == 1
