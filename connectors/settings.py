"""The settings file of a connector: strict YAML, judged at start, every mistake with what to write.

What all connectors have in common stands at the top; what is of one kind stands below its name:

    hub: {address: https://hub.example.nl, keyFile: corporatie-maas.key}
    party: corporatie-maas
    source: urn:nld:kvknr:90000001:systeem:primair
    vera: {address: https://vera.example.nl, …}

Files are named from where the settings file lies. Secrets are never in it: it names their files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, structs

from connectors.secret import Secret, Token
from hub.domain.marked import Node, Problem, Reader
from hub.errors import Misconfigured
from hub.wire.yaml import parse

K = TypeVar("K", bound=Struct)

_ADDRESS: Final = r"^https?://[^\s/@]+(/\S*)?$"
_LISTEN: Final = r"^[A-Za-z0-9.\[\]:-]+:[0-9]{1,5}$"
_SOURCE: Final = r"^urn:nld:(oin:[0-9A-Z]{20}|kvknr:[0-9]{8}):systeem:[A-Za-z0-9._-]+$"
_PARTY: Final = r"^[a-z0-9-]{1,64}$"

_GEMEENTE: Final = r"^[0-9]{4}$"

# A description says in words what a pattern asks for: nobody reads one in an error.
Address: TypeAlias = Annotated[
    str,
    Meta(
        pattern=_ADDRESS,
        description="an address, like https://system.example.nl/api, without a password in it",
    ),
]
Gemeente: TypeAlias = Annotated[
    str,
    Meta(
        pattern=_GEMEENTE,
        description='the CBS code of a gemeente, four digits between quotes: "0988"',
    ),
]
PartyId: TypeAlias = Annotated[
    str, Meta(pattern=_PARTY, description="the id of a party, like corporatie-maas")
]
ListenAt: TypeAlias = Annotated[
    str, Meta(pattern=_LISTEN, description="HOST:PORT, like 127.0.0.1:8330")
]
SourceUrn: TypeAlias = Annotated[
    str,
    Meta(
        pattern=_SOURCE,
        description="the URN of the party and its system: urn:nld:kvknr:90000001:systeem:primair",
    ),
]

_PATTERN: Final = re.compile(r"matching regex '(?P<pattern>.*)'", re.DOTALL)


class Part(Struct, forbid_unknown_fields=True, rename="camel", frozen=True, kw_only=True):
    """A part of a settings file: no field but those that it has. Whoever inherits says `frozen` and
    `kw_only` again. Fields are plain types, other parts, `Path` (from where the file lies) and
    `Secret` or `Token` (of which the file names the file)."""


class HubAt(Part, frozen=True, kw_only=True):
    """Where the hub is, and the file with the API key of the party. `plain_http`: send that key
    unencrypted to another machine, in a network of which every part is trusted."""

    address: Address
    key_file: Token
    plain_http: bool = False


class Common(Part, frozen=True, kw_only=True):
    """What the settings of every connector say.

    `state`: the folder for what must outlive the process, of this connector alone; without it one
    that is called after the file, beside it. `listen`: where
    metrics, health and what the other side calls are served; None: nowhere. `every_seconds`: how
    often a source is read that had nothing more.
    """

    hub: HubAt
    party: PartyId
    source: SourceUrn
    state: Path = Path()
    listen: ListenAt | None = None
    every_seconds: Annotated[float, Meta(ge=0.05, le=86_400)] = 60.0


class Settings(Struct, Generic[K], frozen=True):
    """The settings of one connector: the common ones, and those of its kind."""

    common: Common
    own: K


def read(file: Path, name: str, kind: type[K]) -> Settings[K]:
    """The settings of the connector `name`. Misconfigured: a line for each thing that is wrong."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        do = "it cannot be read; write one (docs/connectors), or name it: --settings FILE"
        raise Misconfigured(str(file), do) from None
    tree = parse(text)
    if isinstance(tree, Problem):
        raise Misconfigured(str(file), f"line {tree}")
    reader = Reader()
    whole = reader.mapping(tree, "the file", [*_names(Common), name], ["hub", "party", "source"])
    common = _Reading(reader, file.parent).part(_without(tree, name), Common, "")
    own = _Reading(reader, file.parent).part(whole.get(name, _NOTHING), kind, name)
    if reader.problems:
        lines = [f"{file}:{problem}" for problem in sorted(set(reader.problems))]
        raise Misconfigured(str(file), "\n" + "\n".join(lines))
    assert isinstance(common, Common)
    assert isinstance(own, kind)
    if common.state == Path():
        common = structs.replace(common, state=file.parent / f"seintje-{file.stem}")
    return Settings(common, own)


_NOTHING: Final = Node({}, 1, 1)


class _Reading:
    """Reads a tree into structs, a field at a time, so that each mistake is told."""

    def __init__(self, reader: Reader, folder: Path) -> None:
        self._reader = reader
        self._folder = folder

    def part(self, node: Node, kind: type[Struct], what: str) -> Struct | None:
        """The part; None if something in it is wrong."""
        before = len(self._reader.problems)
        fields = {it.encode_name: it for it in structs.fields(kind)}
        required = [name for name, it in fields.items() if it.required]
        found = self._reader.mapping(node, what or "the file", fields, required)
        values = {
            fields[name].name: self._value(value, fields[name].type, f"{what}.{name}".lstrip("."))
            for name, value in found.items()
            if name in fields
        }
        if len(self._reader.problems) > before:
            return None
        try:
            return kind(**values)
        except ValueError as error:  # of its own `__post_init__`
            self._reader.complain(node, f"{what}: {error}")
            return None

    def _value(self, node: Node, kind: Any, what: str) -> Any:
        part = _part_of(kind)
        if part is not None and node.value is not None:
            return self.part(node, part, what)
        listed = _listed_part_of(kind)
        if listed is not None and isinstance(node.value, tuple):
            return self._parts(node, kind, listed, what)
        try:
            return msgspec.convert(_plain(node), kind, dec_hook=self._made)
        except ValueError as error:  # msgspec's own is one
            self._reader.complain(node, f"{what}: {_in_words(str(error), kind)}")
            return None

    def _parts(self, node: Node, kind: Any, listed: type[Part], what: str) -> Any:
        """A list of parts, each with its own mistakes."""
        assert isinstance(node.value, tuple)
        found = tuple(
            self.part(it, listed, f"{what}[{place}]") for place, it in enumerate(node.value)
        )
        try:  # how many there may be
            msgspec.convert([{}] * len(found), _lengths_of(kind))
        except ValueError as error:
            self._reader.complain(node, f"{what}: {error}")
        return found

    def _made(self, kind: type, value: Any) -> Any:
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise ValueError("write the name of a file or folder")
        file = self._folder / Path(value).expanduser()
        makers: Mapping[type, Callable[[Path], Any]] = {
            Path: Path,
            Secret: Secret.read,
            Token: Token.read,
        }
        return makers[kind](file)


def _part_of(kind: Any) -> type[Part] | None:
    """The part that a field holds, if it holds one; it may be left out."""
    kinds = [it for it in (get_args(kind) or (kind,)) if it is not type(None)]
    [only] = kinds if len(kinds) == 1 else [None]
    return only if isinstance(only, type) and issubclass(only, Part) else None


def _listed_part_of(kind: Any) -> type[Part] | None:
    """The part of which a field holds a list, if it does."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return _part_of(get_args(kind)[0]) if get_origin(kind) is tuple else None


def _lengths_of(kind: Any) -> Any:
    """A list of anything, as long as a list of this kind may be."""
    metas = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return Annotated[(list[Any], *metas)] if metas else list[Any]


def _metas_of(kind: Any) -> Iterator[Meta]:
    """What is said of a kind and of what it is made of."""
    for it in get_args(kind):
        if isinstance(it, Meta):
            yield it
        yield from _metas_of(it)


def _names(kind: type[Struct]) -> list[str]:
    return [it.encode_name for it in structs.fields(kind)]


def _without(tree: Node, name: str) -> Node:
    if not isinstance(tree.value, Mapping):
        return tree
    rest = {key: value for key, value in tree.value.items() if key != name}
    keys = {key: value for key, value in tree.keys.items() if key != name}
    return Node(rest, tree.line, tree.column, keys)


def _plain(node: Node) -> Any:
    if isinstance(node.value, Mapping):
        return {key: _plain(value) for key, value in node.value.items()}
    if isinstance(node.value, tuple):
        return [_plain(value) for value in node.value]
    return node.value


def _in_words(told: str, kind: Any) -> str:
    """What msgspec tells, for whoever writes the file."""
    described = [it.description for it in _metas_of(kind) if it.description]
    if len(described) == 1 and told.startswith("Expected `str"):  # 0988 without its quotes
        return f"write {described[0]}"
    found = _PATTERN.search(told)
    if found is not None:
        pattern = found["pattern"].replace("\\\\", "\\")  # it is told as a literal of Python
        own = {it.pattern: it.description for it in _metas_of(kind) if it.description}
        expected = own.get(pattern) or f"a text of the form {pattern}"
        return f"write {expected}"
    return told
