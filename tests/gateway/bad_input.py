"""Bad input: requests that no decent client sends, and what each must be answered.

Whole requests as bytes, for a socket. `KEY` in them stands for an API key, which is as long.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from tests.gateway.desk import BATCH, STRUCTURED
from tests.gateway.raw import request
from tests.streams.world import signed

KEY: Final = "KEY"
_JSON: Final = "application/json"
_EVENT: Final = signed(id_="bad")
_GOOD: Final = msgspec.json.encode(_EVENT)
_CRLF: Final = b"\r\n"


class Bad(NamedTuple):
    """A request, and how its answer begins: the status and the slug. No slug: it is a good one
    after all, or there is nothing there. Several: which, depends on who is asked."""

    name: str
    sent: bytes
    status: int
    slug: str


def _post(name: str, body: bytes, slug: str = "malformed", media: str = STRUCTURED) -> Bad:
    status = {"too-large": 413, "unsupported-media-type": 415}.get(slug, 400)
    return Bad(name, request("POST /v1/events", KEY, body, Content_Type=media), status, slug)


def _with(instead: object, place: str = "data") -> bytes:
    """The event with something else in one place."""
    return msgspec.json.encode({**_EVENT, place: instead})


def _raw(instead: bytes) -> bytes:
    """The event with this, as it is, in place of its data."""
    return msgspec.json.encode({**_EVENT, "data": 0}).replace(b'"data":0', b'"data":' + instead)


_NOT_JSON: Final = {
    "nothing": b"",
    "white space": b" \n\t ",
    "no end": b"{",
    "brackets": b"[" * 60_000,
    "braces": b'{"a":' * 12_000,
    "deep and whole": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep inside": _raw(b"[" * 20_000 + b"]" * 20_000),
    "deep in a key": _raw(b'{"x":' * 9_000 + b"1" + b"}" * 9_000),
    "not a number": _raw(b'{"cost":NaN}'),
    "infinity": _raw(b'{"cost":Infinity}'),
    "minus infinity": _raw(b"-Infinity"),
    "a key twice": _GOOD.replace(b'"id":', b'"id":"x","id":', 1),
    "a key twice inside": _raw(b'{"a":1,"a":2}'),
    "a key twice, escaped": _raw(b'{"a":1,"\\u0061":2}'),
    "half a pair in a text": _raw(b'{"a":"\\ud800"}'),
    "half a pair in a key": _raw(b'{"\\udfff":1}'),
    "half a pair in the id": _GOOD.replace(b'"bad"', b'"\\ud83d"'),
    "no UTF-8": _GOOD.replace(b'"bad"', b'"\xff\xfe"'),
    "UTF-8 longer than it may be": _GOOD.replace(b'"bad"', b'"\xc0\xaf"'),
    "a surrogate in UTF-8": _GOOD.replace(b'"bad"', b'"\xed\xa0\x80"'),
    "UTF-8 cut short": _GOOD.replace(b'"bad"', b'"\xe2\x82"'),
    "above Unicode": _GOOD.replace(b'"bad"', b'"\xf4\x90\x80\x80"'),
    "a byte order mark": b"\xef\xbb\xbf" + _GOOD,
    "UTF-16": _GOOD.decode().encode("utf-16"),
    "UTF-16 without a mark": _GOOD.decode().encode("utf-16-le"),
    "UTF-32": _GOOD.decode().encode("utf-32"),
    "a control character": _GOOD.replace(b'"bad"', b'"a\x01b"'),
    "a line end in a text": _GOOD.replace(b'"bad"', b'"a\nb"'),
    "an escape that is none": _GOOD.replace(b'"bad"', b'"\\x41"'),
    "more behind it": _GOOD + b"x",
    "another one behind it": _GOOD + _GOOD,
    "zeros behind it": _GOOD + b"\0\0",
    "a comma too many": b'{"a":1,}',
    "a comment": b"/* */" + _GOOD,
    "other quotes": b"{'a':1}",
    "a number with a zero": _raw(b"01"),
    "a number with a plus": _raw(b"+1"),
    "a hexadecimal number": _raw(b"0x10"),
    "null": b"null",
    "a number": b"7",
    "a text": b'"event"',
    "a list": b"[]",
    "an empty object": b"{}",
}
_WRONG: Final = {
    "a number larger than floats": _raw(b'{"cost":1e400}'),
    "a number with a thousand digits": _raw(b'{"cost":' + b"9" * 1000 + b"}"),
    "a number with as many digits as fit": _raw(b'{"cost":' + b"9" * 60_000 + b"}"),
    "an exponent without end": _raw(b'{"cost":1e' + b"9" * 5_000 + b"}"),
    "a number too small": _raw(b'{"cost":1e-' + b"9" * 5_000 + b"}"),
    "a zero in a text": _raw(b'{"cause":"a\\u0000b"}'),
    "a list for the data": _with([1, 2]),
    "a text for the data": _with("x"),
    "nothing for the data": _with(None),
    "an object for a text": _with({**_EVENT["data"], "startDate": {"x": 1}}),
    "a list for a text": _with({**_EVENT["data"], "startDate": ["2026-01-01"]}),
    "a number for a text": _with({**_EVENT["data"], "startDate": 20260101}),
    "a text for a list": _with({**_EVENT["data"], "references": "x"}),
    "references without end": _with(
        {**_EVENT["data"], "references": [{"scheme": "lease"}] * 1500},
    ),
    "names that Python knows": _with({**_EVENT["data"], "__class__": "x", "__proto__": {}}),
}
_MEDIA: Final = (
    "text/plain", "application/xml", "multipart/form-data; boundary=x", "", "/", "*/*", "json",
    "application/x-www-form-urlencoded", "application/cloudevents+avro", "application/json-seq",
    "application/cloudevents+json; charset=utf-16", "application/json;charset=\"latin-1\"",
    "application/json; charset=utf-7", "x" * 5_000,
)  # fmt: skip


def _bodies() -> Iterator[Bad]:
    for name, body in _NOT_JSON.items():
        yield _post(f"body: {name}", body)
        if name != "nothing":  # which is what an acknowledgement says
            yield from _small(name, body)
    for tenth in range(1, 10):
        cut = _GOOD[: len(_GOOD) * tenth // 10]
        yield _post(f"body: cut after {tenth} tenths", cut)
        yield _post(f"batch: cut after {tenth} tenths", b"[" + cut, media=BATCH)
    for name, body in _WRONG.items():
        yield _post(f"data: {name}", body, "malformed,schema-violation,bsn-found")
    yield _post("event: too large", b" " * 70_000, "too-large")
    yield _post("batch: too large", b" " * (8 << 20) + b"[]", "too-large", BATCH)
    yield _post("batch: too many", b"[" + b",".join([b"1"] * 1001) + b"]", "too-large", BATCH)
    yield _post("batch: an object", _GOOD, "malformed", BATCH)
    yield _post("batch: of lists", b"[[]]", "", BATCH)
    yield _post("batch: of nothing good", b'[null,1,"x",{}]', "", BATCH)
    for media in _MEDIA:
        yield _post(f"media type: {media[:50]}", _GOOD, "unsupported-media-type", media)
    zeros = b"[" + b" " * (64 << 20) + b"]"
    bombs = {"gzip": gzip.compress(zeros), "deflate": zlib.compress(zeros), "br": b"\x00" * 100}
    for coding, packed in bombs.items():
        sent = request("POST /v1/events", KEY, packed, Content_Type=BATCH, Content_Encoding=coding)
        yield Bad(f"zip bomb: {coding}", sent, 415, "unsupported-media-type")
    sent = request("POST /v1/events", KEY, bombs["gzip"], Content_Type=BATCH)
    yield Bad("zip bomb: that says nothing of it", sent, 400, "malformed")
    for coding in ("gzip, gzip", "identity, gzip", "x" * 1000):
        sent = request("POST /v1/events", KEY, _GOOD, Content_Type=BATCH, Content_Encoding=coding)
        yield Bad(f"coding: {coding[:20]}", sent, 415, "unsupported-media-type")


def _small(name: str, body: bytes) -> Iterator[Bad]:
    """The same for a call that reads a small object."""
    sent = request("POST /v1/households/lookup", KEY, body, Content_Type=_JSON)
    too_large = len(body) > 4096
    slugs = "too-large" if too_large else "invalid-body,schema-violation"
    yield Bad(f"look-up: {name}", sent, 413 if too_large else 400, slugs)


def _head(*lines: bytes, first: bytes = b"POST /v1/events HTTP/1.1", body: bytes = b"") -> bytes:
    """A request of these lines, with a host, a key and a media type."""
    usual = (b"Host: hub", b"Authorization: Bearer KEY", b"Content-Type: application/json")
    return _CRLF.join([first, *usual, *lines, b"", body])


def _http(name: str, sent: bytes) -> Bad:
    return Bad(f"http: {name}", sent, 400, "malformed-request")


_CHUNKED: Final = b"Transfer-Encoding: chunked"
_LENGTHS: Final = (
    b"-1", b"+2", b"0x2", b"2,3", b"2, 2", b"2 2", b"1e1", b"", b"two", b"2;q=1",
    b"9" * 30, b"\xb2",
)  # fmt: skip
_CODINGS: Final = (
    b"identity", b"gzip", b"xchunked", b"chunked, identity", b"chunked, gzip", b"chunked;q=1",
    b"\x0bchunked", b'"chunked"', b"chunked\x00",
)  # fmt: skip
_CHUNKS: Final = {
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "a size that is none": b"zz\r\n{}\r\n0\r\n\r\n",
    "a negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a size without end": b"f" * 40 + b"\r\n{}\r\n0\r\n\r\n",
    "a size with 0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "more than its size": b"2\r\n{}{}\r\n0\r\n\r\n",
}


def _frames() -> Iterator[Bad]:
    """Where a request ends: what two who read it may read in two ways."""
    for value in _LENGTHS:
        yield _http(f"length {value!r}", _head(b"Content-Length: " + value, body=b"{}"))
    two = (b"Content-Length: 2", b"Content-Length: 3")
    yield _http("two lengths", _head(*two, body=b"{} "))
    yield _http("one length twice", _head(two[0], two[0], body=b"{}"))
    yield _http("a length and chunks", _head(two[0], _CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"))
    yield _http("chunks and a length", _head(_CHUNKED, two[0], body=b"2\r\n{}\r\n0\r\n\r\n"))
    for value in _CODINGS:
        sent = _head(b"Transfer-Encoding: " + value, body=b"2\r\n{}\r\n0\r\n\r\n")
        yield _http(f"coding {value!r}", sent)
    for name, body in _CHUNKS.items():
        yield _http(f"chunk with {name}", _head(_CHUNKED, body=body))
    yield _http("a space before the colon", _head(b"Content-Length : 2", body=b"{}"))
    yield _http("a header over two lines", _head(b"X: a", b" b", b"Content-Length: 2", body=b"{}"))
    yield _http("a line without a colon", _head(b"nonsense", b"Content-Length: 2", body=b"{}"))
    yield _http("a header without a name", _head(b": x"))
    yield _http("a zero in a header", _head(b"X: a\x00b"))
    yield _http("a line end that is half", _head(b"X: a\rY: b"))
    yield _http("no host", b"GET /v1/alerts HTTP/1.1\r\n\r\n")
    yield _http("two hosts", _head(b"Host: other", first=b"GET /v1/alerts HTTP/1.1"))
    yield Bad("chunks: not JSON", _head(_CHUNKED, body=b"1\r\n{\r\n0\r\n\r\n"), 400, "malformed")
    length = b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"
    yield _http("chunks and a length behind them", _head(_CHUNKED, body=length))
    trailers = b"2\r\n{}\r\n0\r\nX: y\r\nContent-Type: text/plain\r\n\r\n"
    yield Bad("chunks: something behind", _head(_CHUNKED, body=trailers), 400, "malformed")
    behind = b"2\r\n{}\r\n0\r\nX: " + b"x" * 600_000 + b"\r\n\r\n"
    yield Bad("chunks: much behind", _head(_CHUNKED, body=behind), 431, "headers-too-large")
    beside = b"2;" + b"x" * 600_000 + b"\r\n{}\r\n0\r\n\r\n"
    yield Bad("chunks: much beside", _head(_CHUNKED, body=beside), 431, "headers-too-large")
    nobody = b"POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    nobody += b"2\r\n{}\r\n0\r\nAuthorization: Bearer KEY\r\n\r\n"
    yield Bad("chunks: a key behind", nobody, 401, "unauthenticated")


_FIRST_LINES: Final = (
    b"nonsense", b"", b" ", b"GET", b"GET /v1/alerts",
    b"GET /v1/alerts HTTP/9.9", b"GET /v1/alerts HTTP/1.1 x", b"GET /v1/alerts http/1.1",
    b"GET /v1/alerts HTTQ/1.1", b"FOO /v1/alerts HTTP/1.1", b"get /v1/alerts HTTP/1.1",
    b"G\x00T /v1/alerts HTTP/1.1", b"GET /a b HTTP/1.1", b"GET v1/alerts HTTP/1.1",
    b"CONNECT hub:443 HTTP/1.1", b"PRI * HTTP/2.0",
    b"GET /\xc3\xa9 HTTP/1.1", b"GET /\x7f HTTP/1.1", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
)  # fmt: skip
_METHODS: Final = ("TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE")
_PATHS: Final = (
    "/%00", "/v1/alerts%00", "/v1/alerts/%00", "/v1%2falerts", "/v1/%2e%2e/v1/alerts",
    "/../v1/alerts", "/v1/../../etc/passwd", "/v1/./alerts", "//v1/alerts", "/v1//alerts",
    "/v1/alerts/", "/v1/alerts;x=1", "/health%7a/", "/v1/alerts%2f",
    "/v1/alerts/..%2f..%2fhealthz", "/v1/alerts/%c0%ae%c0%ae",
    "/v1/alerts/%ff%fe", "/v1/alerts/%", "/v1/alerts/%zz", "/v1/alerts/%25%30%30", "/v1\\alerts",
    "/V1/ALERTS", "/v1/alerts%20", "/v1/alerts/%0d%0aX-Injected:%201", "/.env", "/v1/receipts/%00",
    "/v1/receipts/" + "x" * 5_000, "/v1/events/a/" + "/" * 2_000 + "/receipt", "/docs", "/metrics/",
    "/v1/schemas/..%2f..%2fkey",
)  # fmt: skip
_QUERIES: Final = (
    "cursor=%00", "cursor=" + "A" * 20_000, "cursor=%ff", "cursor=YWZ0ZXI6LTE", "limit=NaN",
    "limit=9999999999999999999999", "limit=-1", "limit=1e3", "limit=%D9%A1", "wait=31",
    "status=open&status=%00", "status=" + "open," * 4_000 + "x", "cursor=a&cursor=b", "x=1",
    "&".join(f"x{it}=1" for it in range(3_000)), "%0d%0aX-Injected:%201=1", "order=%27%20OR%201=1",
    "status[]=open", "%s%n%x=1",
)  # fmt: skip


def _addresses() -> Iterator[Bad]:
    for first in _FIRST_LINES:
        yield _http(f"first line {first[:40]!r}", _head(first=first))
    for method in _METHODS:
        sent = _head(first=f"{method} /v1/alerts HTTP/1.1".encode())
        yield Bad(f"method: {method}", sent, 405, "method-not-allowed")
    for path in _PATHS:
        if path.startswith("/"):
            # Which of the two depends on whether it may be an id; nothing of anybody is found.
            yield Bad(
                f"path: {path[:50]}",
                request(f"GET {path}", KEY),
                404,
                "not-found,invalid-parameter",
            )
    for query in _QUERIES:
        known = "unknown-parameter,invalid-parameter"
        yield Bad(f"query: {query[:40]}", request(f"GET /v1/alerts?{query}", KEY), 400, known)


_HEADERS: Final = {
    "accept": {"Accept": "text/event-stream;q=" + "9" * 300},
    "many likes": {"Accept": "a/b;q=0.1," * 2_000},
    "languages": {"Accept_Language": "nl;q=0.5," * 2_000 + "\xff"},
    "an upgrade": {"Connection": "Upgrade", "Upgrade": "websocket"},
    "another upgrade": {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c"},
    "a tag": {"If_None_Match": "W/" * 5_000},
    "ranges": {"Range": "bytes=" + "0-1," * 3_000},
    "where it came from": {"X_Forwarded_For": "127.0.0.1," * 1_000, "Forwarded": "for=_x"},
    "another method": {"X_HTTP_Method_Override": "DELETE"},
    "a cookie": {"Cookie": "a=" + "b" * 20_000},
}


def _headers() -> Iterator[Bad]:
    for name, headers in _HEADERS.items():
        yield Bad(f"header: {name}", request("GET /v1/alerts", KEY, **headers), 200, "")
    long = request("GET /v1/alerts", KEY, X="x" * 40_000)
    yield Bad("header: too large", long, 431, "headers-too-large")
    many = request("GET /v1/alerts", KEY, **{f"X{it}": "y" for it in range(200)})
    yield Bad("header: too many", many, 431, "headers-too-large")
    for position in ("AQ", "!", "x" * 9_000, "%00"):
        sent = request("GET /v1/alerts", KEY, Accept="text/event-stream", Last_Event_ID=position)
        yield Bad(f"header: position {position[:5]}", sent, 400, "invalid-parameter")
    act = "POST /v1/alerts/al-" + "a" * 26 + "/acknowledgement"
    for key in ("", "k" * 256, "k" * 20_000):
        sent = request(act, KEY, b"", Idempotency_Key=key)
        yield Bad(f"header: key of {len(key)}", sent, 404, "not-found")
    binary = request("POST /v1/events", KEY, b"{}", Content_Type=_JSON, ce_id="\x01")
    yield _http("a control character in an attribute", binary)
    sent = request("POST /v1/events", KEY, b"{}", Content_Type=_JSON, ce_id="%00%ff", ce_type="x")
    yield Bad("header: attributes", sent, 400, "malformed,unknown-type")
    expects = request("POST /v1/events", KEY, Content_Type=_JSON, Content_Length="99999999",
                      Expect="100-continue")  # fmt: skip
    yield Bad("header: asks first", expects, 413, "too-large")


CORPUS: Final = (*_bodies(), *_frames(), *_addresses(), *_headers())
