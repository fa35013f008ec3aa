"""Pages as a test reads them: their text, their links, and the forms that can be sent."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

import httpx
from msgspec import Struct, field

_VOID: Final = frozenset({"br", "img", "input", "link", "meta"})


class Element(Struct):
    """An element with what is in it."""

    tag: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> Iterator[Element]:
        """Every element below it of this name, with these attributes (`class_` is a word of)."""
        for it in self.inside:
            if isinstance(it, Element):
                if it.tag == tag and it._has(attributes):
                    yield it
                yield from it.all(tag, **attributes)

    @property
    def text(self) -> str:
        """What somebody reads, with single spaces."""
        parts = (it if isinstance(it, str) else f" {it.text} " for it in self.inside)
        return " ".join("".join(parts).split())

    def _has(self, wanted: dict[str, str]) -> bool:
        name = {"class_": "class", "for_": "for"}
        return all(
            value in self.attributes.get(name.get(key, key), "").split()
            if key == "class_"
            else self.attributes.get(name.get(key, key)) == value
            for key, value in wanted.items()
        )


class Form(Struct):
    """A form with what it holds already."""

    method: str
    action: str
    fields: dict[str, str]


class Page(Struct):
    """An answer that is a page."""

    answer: httpx.Response
    root: Element

    @property
    def text(self) -> str:
        [main] = self.root.all("main")
        return main.text

    @property
    def title(self) -> str:
        [title] = (it for head in self.root.all("head") for it in head.all("title"))
        return title.text

    @property
    def heading(self) -> str:
        [heading] = self.root.all("h1")
        return heading.text

    @property
    def links(self) -> list[str]:
        return [it.attributes["href"] for it in self.root.all("a")]

    def links_to(self, beginning: str) -> list[str]:
        """The links that begin so, each once and in the order of the page."""
        return list(dict.fromkeys(it for it in self.links if it.startswith(beginning)))

    @property
    def forms(self) -> list[Form]:
        return [
            Form(
                it.attributes["method"],
                it.attributes["action"],
                {
                    one.attributes["name"]: one.attributes.get("value", "")
                    for one in it.all("input")
                },
            )
            for it in self.root.all("form")
        ]

    def form(self, ending: str) -> Form:
        """The form that is sent to an address with this ending."""
        [found] = (it for it in self.forms if it.action.endswith(ending))
        return found


def page_of(answer: httpx.Response) -> Page:
    assert answer.headers["content-type"] == "text/html; charset=utf-8", answer.text
    reader = _Reader()
    reader.feed(answer.text)
    reader.close()
    assert len(reader.open) == 1, f"not closed: {[it.tag for it in reader.open[1:]]}"
    return Page(answer, reader.open[0])


class _Reader(HTMLParser):
    """Strict where browsers are not: what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)
