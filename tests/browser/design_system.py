"""Writes what the console needs of the NL Design System into `hub/console/static/`.

Of the two packages only the rules for classes that stand in our templates, and only the tokens
that those rules or our own stylesheet use: 30 kB instead of 600. Run it after a new class in a
template, in a folder where `npm pack` left both packages of `PACKAGES`:

    .venv/bin/python -m tests.browser.design_system FOLDER
"""

from __future__ import annotations

import re
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.house.sources import ROOT

CONSOLE: Final = ROOT / "hub" / "console"
STATIC: Final = CONSOLE / "static"
PACKAGES: Final[Mapping[str, str]] = {
    "@utrecht/component-library-css@9.0.4": "package/dist/index.css",
    "@nl-design-system-unstable/voorbeeld-design-tokens@7.4.1": "package/dist/theme.css",
}
LICENCE: Final = "package/LICENSE.md"

_CLASS: Final = re.compile(r"\.([A-Za-z_][\w-]*)")
_USED: Final = re.compile(r"\butrecht-[\w-]+")
_VARIABLE: Final = re.compile(r"var\(\s*(--[\w-]+)")
_TOKEN: Final = re.compile(r"^\s*(--[\w-]+):\s*(.*?);.*$", re.MULTILINE)
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)


def classes_used() -> frozenset[str]:
    """The classes of the component library that our templates name."""
    texts = [it.read_text("utf-8") for it in (CONSOLE / "templates").glob("*.html")]
    return frozenset(name for text in texts for name in _USED.findall(text))


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each rule of a stylesheet: what stands before its braces, and between them."""
    start = 0
    while (opening := css.find("{", start)) >= 0:
        depth, at = 1, opening + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[at], 0)
            at += 1
        before = css[start:opening].rpartition(";")[2].strip()  # behind an @charset
        yield before, css[opening + 1 : at - 1]
        start = at


def kept(css: str, used: frozenset[str]) -> str:
    """The rules for these classes and for no other."""
    found = []
    for before, body in rules(css):
        if before.startswith("@"):
            inner = kept(body, used) if "media" in before else ""
            found += [f"{before} {{\n{inner}}}\n"] if inner else []
            continue
        selectors = [it for it in _apart(before) if _is_about(it, used)]
        if selectors:
            found.append(f"{', '.join(selectors)} {{{body.rstrip()}\n}}\n")
    return "".join(found)


def tokens_for(css: str, theme: str) -> str:
    """The tokens that a stylesheet uses, and those that they are made of."""
    known = dict(_TOKEN.findall(theme))
    wanted, todo = set[str](), set(_VARIABLE.findall(css)) & known.keys()
    while todo:
        wanted |= todo
        below = {name for it in todo for name in _VARIABLE.findall(known[it])}
        todo = (below & known.keys()) - wanted
    lines = [f"  {name}: {value};\n" for name, value in known.items() if name in wanted]
    return f".voorbeeld-theme {{\n{''.join(lines)}}}\n"


def _apart(selectors: str) -> list[str]:
    """At the commas that stand in no brackets."""
    parts, depth = [""], 0
    for sign in selectors:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [" ".join(part.split()) for part in parts]


def _is_about(selector: str, used: frozenset[str]) -> bool:
    classes = _CLASS.findall(selector)
    return bool(classes) and used.issuperset(classes)


def main(folder: Path) -> None:
    read = {}
    for package, path in PACKAGES.items():
        name = package.removeprefix("@").replace("/", "-").replace("@", "-")
        with tarfile.open(folder / f"{name}.tgz") as packed:
            read[package] = {
                it: (found.read().decode() if (found := packed.extractfile(it)) else "")
                for it in (path, LICENCE)
            }
    components, theme = (read[it][path] for it, path in PACKAGES.items())
    library, tokens = PACKAGES
    css = kept(_COMMENT.sub("", components), classes_used())
    own = (STATIC / "console.css").read_text("utf-8")
    shown = tokens_for(css + own, _COMMENT.sub("", theme))
    _write("utrecht.css", library, "2020-2025 Gemeente Utrecht, Frameless B.V.", css)
    _write("voorbeeld.css", tokens, "2021 NL Design System Community", shown)
    (STATIC / "EUPL-1.2.md").write_text(read[library][LICENCE], "utf-8")


def _write(name: str, package: str, owner: str, css: str) -> None:
    head = (
        f"/*\n * Out of {package}; what the console uses of it.\n * Copyright (c) {owner}\n"
        " * Licensed under the EUPL-1.2 (EUPL-1.2.md beside this file).\n */\n"
    )
    (STATIC / name).write_text(head + css, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
