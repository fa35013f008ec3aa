"""A page: a template filled in, with the headers that every page has.

Jinja2 escapes everything that is put in. A page may load our stylesheets and icon, send forms to
ourselves, and nothing else: no script at all, no frame around it, nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from hub.console.assets import Assets
from hub.console.reaching import link_to
from hub.console.words import LANGUAGES, Words
from hub.settings import Language

HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_TEMPLATES: Final = Path(__file__).with_name("templates")


class Pages(Struct, frozen=True, eq=False):
    """Templates, texts and what goes with them."""

    assets: Assets
    words: Mapping[Language, Words]
    environment: Environment

    @classmethod
    def load(cls) -> Self:
        return cls(Assets.load(), {it: Words.load(it) for it in LANGUAGES}, _environment())

    def html(self, template: str, fields: Mapping[str, Any]) -> str:
        return self.environment.get_template(template).render(assets=self.assets.by_name, **fields)


@cache  # what it compiles is code
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["link_to"] = link_to
    return environment
