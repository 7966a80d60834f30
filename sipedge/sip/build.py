"""Messages that follow from another one: responses (RFC 3261 §8.2.6), ACK (§17.1.1.3), CANCEL (§9.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sipedge.sip.fields import CSeq
from sipedge.sip.headers import HeaderList
from sipedge.sip.model import Request, Response
from sipedge.sip.params import HeaderError
from sipedge.sip.reasons import reason_phrase

INITIAL_MAX_FORWARDS: Final = "70"  # §8.1.1.6

_ALWAYS_COPIED = frozenset({"Via", "From", "To", "Call-ID", "CSeq"})
_COPIED_TO_TRYING = _ALWAYS_COPIED | {"Timestamp"}  # §8.2.6.1
_COPIED_TO_DIALOG = _ALWAYS_COPIED | {"Record-Route"}  # §12.1.1
_LISTS = frozenset({"Via", "Record-Route"})


def make_response(
    request: Request,
    status_code: int,
    reason: str | None = None,
    *,
    to_tag: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """A response with Via, From, To, Call-ID and CSeq of the request, as far as it has them.

    reason: None takes the standard phrase. to_tag: put into To where the request has none there; never into
    a 100. Record-Route is copied into 101 … 299. headers: further ones, names canonical.
    """
    copied = _ALWAYS_COPIED
    if status_code < 300:
        copied = _COPIED_TO_DIALOG if status_code > 100 else _COPIED_TO_TRYING
    chosen = [item for item in request.headers if item[0] in copied]
    if request.repeats_a_name():
        chosen = _without_doubles(chosen)
    if to_tag is not None and status_code != 100:
        _tag(chosen, request, to_tag)
    chosen += headers
    return Response(status_code, reason_phrase(status_code) if reason is None else reason, chosen, body)


def trying(request: Request) -> bytes:
    """The 100 to a request that could be parsed, as it goes out: what `make_response` makes and `serialise` writes."""
    chosen = [item for item in request.headers if item[0] in _COPIED_TO_TRYING]
    if request.repeats_a_name():
        chosen = _without_doubles(chosen)
    lines = "\r\n".join(map(": ".join, chosen))
    return f"SIP/2.0 100 Trying\r\n{lines}\r\nContent-Length: 0\r\n\r\n".encode("utf-8", "surrogateescape")


def make_ack(request: Request, response: Response) -> Request:
    """The ACK for a non-2xx response to an INVITE, which is sent on the INVITE's own transaction.

    request: the INVITE as it was sent, its top Via ours. Raises HeaderError when one of both is malformed.
    """
    return _on_same_branch(request, "ACK", response.get("To") or _required(request, "To"))


def make_cancel(request: Request) -> Request:
    """The CANCEL for a request as it was sent, its top Via ours. Raises HeaderError when it is malformed."""
    return _on_same_branch(request, "CANCEL", _required(request, "To"))


def _on_same_branch(request: Request, method: str, to: str) -> Request:
    headers = [
        ("Via", str(request.top_via)),
        ("Max-Forwards", INITIAL_MAX_FORWARDS),
        ("From", _required(request, "From")),
        ("To", to),
        ("Call-ID", _required(request, "Call-ID")),
        ("CSeq", str(CSeq(request.cseq.number, method))),
    ]
    headers += [item for item in request.headers if item[0] == "Route"]
    return Request(method, request.request_uri, headers)


def _without_doubles(headers: HeaderList) -> HeaderList:
    """Of From, To and their like the first alone: a request that has two is refused, and answered with one."""
    seen: set[str] = set()
    kept: HeaderList = []
    for item in headers:
        if item[0] not in seen or item[0] in _LISTS:
            kept.append(item)
        seen.add(item[0])
    return kept


def _required(request: Request, name: str) -> str:
    value = request.get(name)
    if value is None:
        raise HeaderError(f"Missing {name}")
    return value


def _tag(headers: HeaderList, request: Request, tag: str) -> None:
    try:
        if request.to_tag is not None:
            return
    except HeaderError:
        return  # the request is refused for its To, which goes back as it came
    for position, (name, value) in enumerate(headers):
        if name == "To":
            headers[position] = (name, f"{value};tag={tag}")
            return
