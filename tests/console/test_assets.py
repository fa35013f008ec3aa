"""Stylesheets and icon: kept for good by browsers, free to ship, and all that templates name."""

from __future__ import annotations

import re

from hub.console.assets import Assets
from tests.browser.design_system import PACKAGES, STATIC, classes_used, kept, tokens_for
from tests.console.front import Front

CSS = "".join((STATIC / name).read_text("utf-8") for name in ("utrecht.css", "voorbeeld.css"))
OWN = (STATIC / "console.css").read_text("utf-8")
MOST_BYTES = 128_000


async def test_a_page_loads_its_stylesheets_under_a_name_of_their_content(front: Front) -> None:
    visitor = front.visitor()
    page = await visitor.get("/sign-in")
    links = [it.attributes["href"] for it in page.root.all("link")]
    assert len(links) == 4
    for link in links:
        answer = await visitor.client.get(link)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] in ("text/css; charset=utf-8", "image/svg+xml")
        assert answer.headers["x-content-type-options"] == "nosniff"
        tag = answer.headers["etag"]
        again = await visitor.client.get(link, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


async def test_what_is_not_there_is_not_found(front: Front) -> None:
    visitor = front.visitor()
    digest = Assets.load().by_name["console.css"].digest
    for path in (
        f"{digest}/x.css",
        "x/console.css",
        f"{digest}/EUPL-1.2.md",
        f"{digest}/..%2fapp.py",
    ):
        assert (await visitor.client.get(f"/static/{path}")).status_code == 404


def test_every_class_of_the_design_system_that_templates_name_is_there() -> None:
    # Some only say what something is, and look like nothing.
    plain = {"utrecht-alert__icon", "utrecht-table__row"}
    missing = {name for name in classes_used() - plain if f".{name}" not in CSS}
    assert not missing


def test_every_token_that_our_own_stylesheet_uses_is_there() -> None:
    used = set(re.findall(r"var\((--[\w-]+)", OWN))
    assert not {name for name in used if f"{name}:" not in CSS + OWN}


def test_what_is_bundled_is_small_and_says_whose_it_is() -> None:
    assert sum(len(it.content) for it in Assets.load().by_name.values()) < MOST_BYTES
    for name, package in zip(("utrecht.css", "voorbeeld.css"), PACKAGES, strict=True):
        head = (STATIC / name).read_text("utf-8")[:400]
        assert package in head
        assert "EUPL-1.2" in head
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in (STATIC / "EUPL-1.2.md").read_text("utf-8")


def test_no_stylesheet_loads_anything() -> None:
    assert not re.search(
        r"url\(|@import|https?://", re.sub(r"/\*.*?\*/", "", CSS + OWN, flags=re.S)
    )


def test_of_a_stylesheet_only_rules_for_our_classes_are_kept() -> None:
    css = (
        '@charset "UTF-8";\n.a { b: c }\n.a, .x { d: e }\n.a:is(.x, .y) { f: g }\n'
        "@media (print) { .x { h: i } .a { j: k } }\n@media (print) { .x { l: m } }\np { n: o }"
    )
    assert "".join(kept(css, frozenset({"a"})).split()) == (".a{b:c}.a{d:e}@media(print){.a{j:k}}")


def test_of_tokens_those_are_kept_that_are_used_and_what_they_are_made_of() -> None:
    theme = ".t {\n  --a: var(--b);\n  --b: 1px;\n  --c: 2px; /* d */\n}\n"
    assert tokens_for("p { q: var(--a, 0) }", theme) == (
        ".voorbeeld-theme {\n  --a: var(--b);\n  --b: 1px;\n}\n"
    )
