"""What a digest says, in plain Dutch or English: text, and the same as simple HTML.

Counts, until when an answer is due, and where the console is. No name, no address, no rule, no id,
no picture, nothing that tells who read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from msgspec import Struct

from connectors.mail_digest import Digest
from connectors.mail_recipient import Language
from hub.domain.names import moment_of
from hub.domain.time import Instant, local, local_date, start_of_day


class Said(Struct, frozen=True):
    """A digest in words."""

    subject: str
    text: str
    html: str


class Words(Struct, frozen=True):
    """A language: what stands ready as a sentence (one, many), and what is counted of it."""

    ready: tuple[str, str]
    new: str
    critical: str
    waiting: str
    late: str
    by: tuple[str, str]
    look: tuple[str, str]
    foot: str
    weekdays: tuple[str, ...]
    moment: str


def said(digest: Digest, console: str, language: Language) -> Said:
    """The digest for people."""
    words = _WORDS[language]
    many = digest.ready != 1
    ready = words.ready[many].format(n=digest.ready)
    counts = _counts(digest, words, language)
    look = words.look[many]
    listed = "\n".join(f"- {line}" for line in counts)
    text = "\n\n".join([f"{_opened(ready)}.", listed, f"{look}\n{console}", words.foot]) + "\n"
    items = "\n".join(f"<li>{escape(line)}</li>" for line in counts)
    subject = f"Seintje: {ready}"
    html = _HTML.format(
        language=language,
        style=_STYLE,
        subject=escape(subject),
        ready=escape(_opened(ready)),
        items=items,
        console=escape(console),
        look=escape(look.rstrip(":")),
        foot=escape(words.foot),
    )
    return Said(subject, text, html)


def _counts(digest: Digest, words: Words, language: Language) -> list[str]:
    counted = [
        (words.new, digest.new, ""),
        (words.critical, digest.critical, ""),
        (words.waiting, digest.waiting, _by(digest, words, language)),
        (words.late, digest.late, ""),
    ]
    return [f"{label}: {count}{more}" for label, count, more in counted if count]


def _by(digest: Digest, words: Words, language: Language) -> str:
    if digest.answer_by is None:
        return ""
    day = moment_of(start_of_day(local_date(digest.answer_by)), language)
    weekday = words.weekdays[local_date(digest.answer_by).weekday()]
    return ", " + words.by[digest.waiting - digest.late != 1].format(
        moment=words.moment.format(day=f"{weekday} {day}", time=_time(digest.answer_by))
    )


def _time(at: Instant) -> str:
    return f"{local(at):%H:%M}"


def _opened(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


# Both colours: a program in the dark that knows only one of them shows black on black.
_STYLE: Final = (
    "font-family: sans-serif; font-size: 1rem; line-height: 1.5; "
    "color: #1a1a1a; background: #ffffff"
)
_HTML: Final = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{subject}</title>
</head>
<body style="{style}">
<main>
<h1 style="font-size: 1.25rem">{ready}</h1>
<ul>
{items}
</ul>
<p><a href="{console}" style="color: #0b3d91">{look}</a></p>
<p>{foot}</p>
</main>
</body>
</html>
"""

_WORDS: Final[Mapping[Language, Words]] = {
    "nl": Words(
        ready=("er staat 1 seintje voor u klaar", "er staan {n} seintjes voor u klaar"),
        new="Nieuw",
        critical="Kritiek",
        waiting="Wacht op uw antwoord",
        late="Antwoord is te laat",
        by=("uiterlijk {moment}", "het eerste uiterlijk {moment}"),
        look=("Bekijk het in Seintje:", "Bekijk ze in Seintje:"),
        foot=(
            "In deze mail staat met opzet niet over wie het gaat. "
            "De mail komt vanzelf; u kunt er niet op antwoorden."
        ),
        weekdays=(
            "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag",
        ),
        moment="{day} om {time} uur",
    ),
    "en": Words(
        ready=("1 alert is waiting for you", "{n} alerts are waiting for you"),
        new="New",
        critical="Critical",
        waiting="Waiting for your answer",
        late="Answer is late",
        by=("by {moment}", "the first by {moment}"),
        look=("See it in Seintje:", "See them in Seintje:"),
        foot=(
            "On purpose this mail does not say whom it is about. "
            "It is sent automatically; you cannot reply to it."
        ),
        weekdays=(
            "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
        ),
        moment="{day}, {time}",
    ),
}  # fmt: skip
