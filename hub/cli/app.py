"""The command tree, its language, and what an error becomes.

Knows every group of commands; the work is theirs. Whatever they raise ends here as a message and an
exit code: 2 for what the user can put right, 3 for what is wrong outside.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NoReturn

import typer
from typer.core import TyperGroup

from hub import __version__
from hub.cli.commands import COMMANDS, GROUPS
from hub.cli.help_nl import in_dutch
from hub.cli.screen import LANGUAGES, Language, Screen

_LOCALES: Final = ("SEINTJE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_OUTSIDE: Final = 3
_WRONG: Final = 2
_FAULT: Final = 1  # what Python itself ends with


def run(argv: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one command line; always ends in SystemExit."""
    language, rest = language_of(argv, environ)
    # What libraries say goes to a log, where there is one: it may quote what nobody may see.
    logging.basicConfig(handlers=[logging.NullHandler()])
    # in boxes on a terminal; elsewhere plain, for `| grep`, and without the time that rich takes
    command = typer.main.get_command(app("rich" if sys.stdout.isatty() else None))
    if language == "nl":
        in_dutch(command)
    stdout = sys.stdout
    try:
        command(rest, prog_name="seintje", obj=Screen(language, environ))
    except SystemExit as end:
        if sys.stdout is not stdout:  # what Typer does when the pipe of `--help | head` breaks
            raise SystemExit(0) from end
        raise
    except Exception as fault:
        _end_of_process(fault)


class Commands(TyperGroup):
    """The root of the tree: translates what commands raise, once for all of them."""

    def invoke(self, ctx: Any) -> Any:
        from hub.errors import Misconfigured, SeintjeError, Unavailable

        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _leave_quietly()
        except Misconfigured as error:
            # several mistakes at once stand below each other, each with its own place
            _end(error.do.strip() if "\n" in error.do else f"{error.where} — {error.do}", _WRONG)
        except Unavailable as error:
            _end(str(error), _OUTSIDE)
        except SeintjeError:
            raise
        except OSError as error:
            _end(f"{error.filename or 'seintje'} — {error.strerror or error}", _OUTSIDE)
        else:
            return answer


def app(markup: Literal["rich"] | None) -> typer.Typer:
    """The tree of all commands."""
    root = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode=markup)
    root.callback()(seintje)
    groups = {"": root}
    for path, told in GROUPS.items():
        above, _, name = path.rpartition(" ")
        group = typer.Typer(name=name, help=told, no_args_is_help=True, rich_markup_mode=markup)
        groups[above].add_typer(group)
        groups[path] = group
    for command in COMMANDS:
        above, _, name = command.words.rpartition(" ")
        example = f"Example: seintje {command.words} {command.example}".rstrip()
        groups[above].command(name, epilog=example)(command.runs)
    return root


def _tell_release(asked: bool) -> None:
    if asked:
        typer.echo(f"seintje {__version__}")
        raise typer.Exit


def seintje(
    lang: str = typer.Option(None, "--lang", metavar="nl|en", help="Language of what people read."),
    version: bool = typer.Option(
        False,
        "--version",
        help="Tell the release, and nothing else.",
        is_eager=True,
        callback=_tell_release,
    ),
) -> None:
    """The hub between the systems of gemeenten and corporaties: facts in, joint alerts out."""


def language_of(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[Language, list[str]]:
    """The language of a command line, and the rest of it: `--lang` may stand anywhere before `--`.

    Without `--lang` that of SEINTJE_LANG or the locale, and Dutch where it is neither of ours.
    """
    rest: list[str] = []
    asked: str | None = None
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--lang":
            asked = next(words, "")
        elif word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
        else:
            rest.append(word)
    if asked is not None and asked not in LANGUAGES:
        _end(f"--lang {asked} — nl, en", _WRONG)
    locale = next((environ[name] for name in _LOCALES if environ.get(name)), "")
    return _known(asked or locale[:2]), rest


def _known(language: str) -> Language:
    return next((known for known in LANGUAGES if known == language), "nl")


def _end_of_process(fault: Exception) -> NoReturn:
    """What nobody expected. Where there is a log it stands in there, without its text: of a hub
    that may quote a fact. Else whoever typed the command sees it whole."""
    logs = sys.modules.get("hub.telemetry.logs")
    if logs is None or not logs.are_started():
        raise fault
    logs.tell_end(fault)
    raise SystemExit(_FAULT)


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"{message}\n")
    raise SystemExit(code)


def _leave_quietly() -> None:
    # `| head` has had enough. What is still in the buffer would fail once more at the very end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)
