"""What people read, word for word, and that the HTML is as plain as the text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from connectors.mail_digest import Digest
from connectors.mail_words import said
from hub.domain.time import parse_instant

CONSOLE = "https://hub.example.nl"
BY = parse_instant("2026-03-13T10:00:00+01:00")


def test_three_in_dutch() -> None:
    found = said(Digest(3, new=2, critical=1, waiting=3, late=1, answer_by=BY), CONSOLE, "nl")
    assert found.subject == "Seintje: er staan 3 seintjes voor u klaar"
    assert found.text == (
        "Er staan 3 seintjes voor u klaar.\n"
        "\n"
        "- Nieuw: 2\n"
        "- Kritiek: 1\n"
        "- Wacht op uw antwoord: 3, het eerste uiterlijk vrijdag 13 maart 2026 om 10:00 uur\n"
        "- Antwoord is te laat: 1\n"
        "\n"
        "Bekijk ze in Seintje:\n"
        "https://hub.example.nl\n"
        "\n"
        "In deze mail staat met opzet niet over wie het gaat. De mail komt vanzelf; u kunt er niet"
        " op antwoorden.\n"
    )


def test_one_in_dutch() -> None:
    found = said(Digest(1, waiting=1, answer_by=BY), CONSOLE, "nl")
    assert found.subject == "Seintje: er staat 1 seintje voor u klaar"
    assert "- Wacht op uw antwoord: 1, uiterlijk vrijdag 13 maart 2026 om 10:00 uur\n" in found.text
    assert "Nieuw" not in found.text
    assert "Bekijk het in Seintje:" in found.text


def test_in_english() -> None:
    found = said(Digest(2, new=1, waiting=1, answer_by=BY), CONSOLE, "en")
    assert found.subject == "Seintje: 2 alerts are waiting for you"
    assert "- Waiting for your answer: 1, by Friday 13 March 2026, 10:00\n" in found.text


class Read(HTMLParser):
    """The words of a page, its elements, and what they lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[str] = []
        self.led: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.led += [it for it in attrs if it[0] not in ("style", "charset", "name", "content")]

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_html_says_the_same_and_loads_nothing(language: str) -> None:
    assert language in ("nl", "en")
    digest = Digest(3, new=2, critical=1, waiting=3, late=1, answer_by=BY)
    found = said(digest, CONSOLE, "nl" if language == "nl" else "en")
    page = Read(found.html)
    assert page.led == [("lang", language), ("href", CONSOLE)]
    assert set(page.elements) == {
        "html", "head", "meta", "title", "body", "main", "h1", "ul", "li", "p", "a",
    }  # fmt: skip
    in_text = {word.strip(".:") for word in found.text.split()} - {"-", CONSOLE}
    assert in_text <= {word.strip(".:") for word in page.words}


def test_an_address_with_signs_of_html_stays_an_address() -> None:
    page = Read(said(Digest(1, new=1), 'https://hub.example.nl/?a=1&b="2"', "nl").html)
    assert ("href", 'https://hub.example.nl/?a=1&b="2"') in page.led
