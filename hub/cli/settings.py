"""`seintje settings`: what holds in this environment, where it came from, and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.options import AsJson
from hub.cli.screen import Screen, screen_of

if TYPE_CHECKING:
    from hub.settings import Found, Role

_WRONG: Final = 2
_COLUMNS: Final = {
    "nl": ("instelling", "waarde", "komt uit"),
    "en": ("setting", "value", "comes from"),
}
_ORIGINS: Final = {
    "nl": {"default": "", "variable": "omgeving", "option": "optie"},
    "en": {"default": "", "variable": "environment", "option": "option"},
}


def settings(
    ctx: typer.Context,
    role: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE",
            help="Only what this command reads, and whether it could start with it: run, worker, "
            "gateway, deliver, connect or topics.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every setting, and where it came from.

    What is wrong is told on stderr; exit 2 if something is. No secret is shown: settings only name
    the files that hold them. All of them stand in docs/settings.md.
    """
    screen = screen_of(ctx, as_json=as_json)
    asked = _role(role)
    found = _found(screen, asked)
    _show(screen, found, asked)
    for it in found.mistakes:
        screen.say(str(it))
    if found.mistakes:
        raise typer.Exit(_WRONG)


def _found(screen: Screen, asked: Role | None) -> Found:
    from msgspec.structs import replace

    from hub.compose.starting import examined
    from hub.settings import read

    found = read(screen.environ)
    if "lang" not in found.origins:  # without a word on it that of the locale
        found = replace(found, settings=replace(found.settings, lang=screen.language))
    return found if asked is None else examined(asked, found)


def _role(name: str | None) -> Role | None:
    from hub.settings import Role

    if name is None:
        return None
    known = {it.value: it for it in Role}
    if name not in known:
        raise typer.BadParameter(f"one of {', '.join(known)}", param_hint="--role")
    return known[name]


def _show(screen: Screen, found: Found, role: Role | None) -> None:
    from hub.settings.table import SETTINGS

    fields = [it for it, row in SETTINGS.items() if role is None or role in row.roles]
    rows = [_row(found, field) for field in fields]
    if not screen.shows_tables:
        screen.rows(rows)
        return
    origins = _ORIGINS[screen.language]
    cells = [(it["setting"], _cell(screen, it), origins[it["from"]]) for it in rows]
    screen.table(_COLUMNS[screen.language], cells)


def _row(found: Found, field: str) -> dict[str, Any]:
    """One setting; `value` None: none is set, and `holds` says what there is without it."""
    from hub.settings.found import Origin
    from hub.settings.setting import variable_of
    from hub.settings.table import SETTINGS
    from hub.settings.words import in_words

    value = in_words(getattr(found.settings, field))
    return {
        "setting": variable_of(field),
        "value": value or None,
        "holds": value or SETTINGS[field].without,
        "from": found.origins.get(field, Origin.DEFAULT).value,
        "readBy": sorted(SETTINGS[field].roles),
        "wrong": [str(it) for it in found.mistakes if field in it.fields],
    }


def _cell(screen: Screen, row: dict[str, Any]) -> str:
    if row["wrong"]:
        return screen.words(nl="✗ fout", en="✗ wrong")
    holds = row["holds"]
    return str(row["value"] or (holds if holds == "–" else f"({holds})"))
