"""What the settings file says of this connector, and what only shows when it is taken together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from connectors.bearer import OAuth, is_word
from connectors.encrypted import require_encrypted
from connectors.gemeente.cloudevents_event import Mode
from connectors.secret import Secret, Token
from connectors.settings import Address, Part
from hub.errors import Misconfigured

NAME: Final = "cloudevents"
SEND: Final = f"{NAME}.send"
RECEIVE: Final = f"{NAME}.receive"

SHORTEST_TOKEN: Final = 32

Rate: TypeAlias = Annotated[int, Meta(ge=1, le=100_000)]
_Host: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]
_Urn: TypeAlias = Annotated[str, Meta(pattern=r"^urn:[a-z0-9][a-z0-9-]{1,31}:[!-~]{1,150}$")]


class Send(Part, frozen=True, kw_only=True):
    """Where alerts go to.

    `origin`: the DNS name by which the receiver knows who sends. `tokenFile` or `oauth`: what it
    knows us by. `handshake` false: that we may send was agreed between organisations, `rate` a
    minute; else the receiver is asked, again after `consentHours`. `callback`: the address under
    which the receiver can call `/cloudevents/consent` here, if it consents later. `source`: that of
    the events, if it is not that of the party. `certificate`: shown to a receiver, and to who gives
    tokens, that wants to see one; its key is in the same file or in `certificateKey`.
    """

    address: Address
    origin: _Host
    mode: Mode = "structured"
    token_file: Token | None = None
    oauth: OAuth | None = None
    handshake: bool = True
    callback: Address | None = None
    consent_hours: Annotated[int, Meta(ge=1, le=8760)] = 24
    rate: Rate = 120
    source: _Urn | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None


class Proxied(Part, frozen=True, kw_only=True):
    """A certificate that a proxy has looked at: the header in which it says which, what must stand
    there, and the addresses of the proxies that may say so."""

    header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    values: Annotated[tuple[str, ...], Meta(min_length=1)]
    proxies: Annotated[tuple[str, ...], Meta(min_length=1)]


class Receive(Part, frozen=True, kw_only=True):
    """What may come in.

    `origins`: who may send, by the name that it gives itself; `*` for any. `rate`: how many
    requests a minute are welcome. `tokenFiles`: the tokens that are good, several while one is
    being replaced. `mapping`: the file for events that are no Seintje facts. `mostWaiting`: how
    many requests may wait to be read. `tokenInAddress`: also takes `?access_token=…`.
    """

    origins: Annotated[tuple[str, ...], Meta(min_length=1)]
    rate: Rate | None = 600
    token_files: tuple[Secret, ...] = ()
    certificate: Proxied | None = None
    mapping: Path | None = None
    most_waiting: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000
    token_in_address: bool = False


class CloudEventsSettings(Part, frozen=True, kw_only=True):
    """One of them, or both."""

    send: Send | None = None
    receive: Receive | None = None


def check(settings: CloudEventsSettings) -> None:
    """Misconfigured: parts that are good by themselves do not go together."""
    if settings.send is None and settings.receive is None:
        raise Misconfigured(NAME, "write `send`, `receive` or both")
    if settings.send is not None:
        _check_send(settings.send)
    if settings.receive is not None:
        _check_receive(settings.receive)


def _check_send(send: Send) -> None:
    if (send.token_file is None) == (send.oauth is None):
        raise Misconfigured(SEND, "write `tokenFile` or `oauth`, one of them")
    if send.token_file is not None and not is_word(send.token_file.reveal()):
        raise Misconfigured(f"{SEND}.tokenFile", "write the token alone into the file, on one line")
    require_encrypted(f"{SEND}.address", send.address)
    if send.oauth is not None:
        require_encrypted(f"{SEND}.oauth.tokenUrl", send.oauth.token_url)
    if send.callback is not None and not send.handshake:
        raise Misconfigured(
            f"{SEND}.callback", "leave it out, for without a handshake nobody calls"
        )


def _check_receive(receive: Receive) -> None:
    if not receive.token_files and receive.certificate is None:
        raise Misconfigured(RECEIVE, "write `tokenFiles` or `certificate`: who may send?")
    for token in receive.token_files:
        text = token.reveal()
        if not is_word(text) or len(text) < SHORTEST_TOKEN:
            do = f"make a token of at least {SHORTEST_TOKEN} letters and digits, on one line"
            raise Misconfigured(f"{RECEIVE}.tokenFiles", do)
