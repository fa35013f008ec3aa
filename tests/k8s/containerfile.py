"""The Containerfile as instructions, and what we ask of it.

Nothing here builds: there may be no builder. `tests.k8s.image` runs what its RUN lines say.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

FILE: Final = Path(__file__).resolve().parents[2] / "Containerfile"

_PINNED: Final = re.compile(r"[a-z0-9./:_-]+@sha256:(\{fill\}|[0-9a-f]{64})")
_FETCHES: Final = re.compile(r"\b(curl|wget|git clone)\b|https?://")
_INSTALLS: Final = re.compile(r"\binstall\b.* -r ")
_LABELS: Final = ("title", "licenses", "version", "revision")


class Instruction(Struct, frozen=True):
    """One instruction, in one line."""

    word: str
    rest: str


class Stage(Struct, frozen=True):
    """One stage; the last has no name."""

    name: str
    image: str
    instructions: Sequence[Instruction]

    def of(self, word: str) -> list[str]:
        return [it.rest for it in self.instructions if it.word == word]


def instructions(text: str) -> Iterator[Instruction]:
    """What stands in it, without comments, each on one line."""
    told = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in told.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield Instruction(word.upper(), " ".join(rest.split()))


def stages(text: str) -> list[Stage]:
    """The stages, in their order; what stands before the first FROM is left out."""
    found: list[tuple[str, str, list[Instruction]]] = []
    for it in instructions(text):
        if it.word == "FROM":
            image, _, name = it.rest.partition(" AS ")
            found.append((name, image, []))
        elif found:
            found[-1][2].append(it)
    return [Stage(name, image, tuple(lines)) for name, image, lines in found]


def problems(text: str) -> list[str]:
    """What is wrong with it."""
    return [*_of_images(text), *_of_steps(text), *_of_the_last(stages(text)[-1])]


def _of_images(text: str) -> Iterator[str]:
    named = {"${PYTHON_IMAGE}", *(it.name for it in stages(text))}
    for it in instructions(text):
        if it.word == "ARG" and "IMAGE" in it.rest:
            image = it.rest.partition("=")[2]
            if not _PINNED.fullmatch(image):
                yield f"{image} is not pinned by its digest"
        if it.word == "FROM" and it.rest.partition(" AS ")[0] not in named:
            yield f"FROM {it.rest}: an image that no ARG names"


def _of_steps(text: str) -> Iterator[str]:
    known: set[str] = set()
    for stage in stages(text):
        for it in stage.instructions:
            if it.word == "ADD":
                yield f"ADD {it.rest}: COPY says what comes from where"
            if it.word == "RUN" and _FETCHES.search(it.rest):
                yield f"RUN fetches: {it.rest}"
            is_install = it.word == "RUN" and _INSTALLS.search(it.rest) is not None
            if is_install and "--require-hashes" not in it.rest:
                yield f"without hashes: {it.rest}"
            if it.word == "COPY":
                yield from _of_copy(it.rest, known)
        known.add(stage.name)


def _of_copy(rest: str, known: set[str]) -> Iterator[str]:
    words = shlex.split(rest)
    source = words[0].removeprefix("--from=") if words[0].startswith("--from=") else None
    if source is not None and source not in known:
        yield f"COPY from {source}: no stage before it"
    if source is None and "." in words[:-1]:
        yield f"COPY {rest}: it takes everything, secrets too"


def _of_the_last(last: Stage) -> Iterator[str]:
    users = last.of("USER")
    if not users or not re.fullmatch(r"[1-9][0-9]{4,}:[1-9][0-9]{4,}", users[-1]):
        yield "USER: numeric, and not of the machine"
    if last.of("ENTRYPOINT") != ['["seintje"]']:
        yield "ENTRYPOINT: seintje, and no shell"
    labels = " ".join(last.of("LABEL"))
    for name in _LABELS:
        if f"org.opencontainers.image.{name}=" not in labels:
            yield f"LABEL org.opencontainers.image.{name} is missing"
    if not any("seintje.cdx.json" in it for it in last.of("COPY")):
        yield "no bill of materials"
    if any("pip" in it for it in last.of("RUN")):
        yield "the image installs something"
