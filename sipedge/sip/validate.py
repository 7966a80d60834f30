"""Whether a message that could be parsed may be worked with (RFC 3261 §8.2, §16.3), and what is owed if not.

Only what every element has to check stands here: Max-Forwards 0, Require and Proxy-Require, methods and
content types are the handlers' affair, and headers that nobody here reads (Date, …) are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sipedge.sip.message import HeaderError, Message, Request, Response
from sipedge.sip.parse import KNOWN_METHODS
from sipedge.sip.reasons import reason_phrase

MAX_HEADERS: Final = 200  # of a request
MAX_VIAS: Final = 70  # the Max-Forwards that a request starts with (§8.1.1.6)
URI_SCHEMES: Final = frozenset({"sip", "sips", "tel"})

# §7.3.1: only headers whose values form a list may be repeated. Content-Length is the parser's.
_SINGLE_HEADERS: Final = frozenset(
    {"From", "To", "Call-ID", "CSeq", "Max-Forwards"} | {"Expires", "Event", "Content-Type", "Content-Encoding"}
)


@dataclass(frozen=True, slots=True)
class Rejection:
    """The answer owed to a request that is refused. headers: what the response has besides the usual."""

    status_code: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


def validate_request(request: Request) -> Rejection | None:
    """What a request is refused with, None when it is in order.

    An ACK is judged in the same way; the caller drops it instead of answering (no response to an ACK).
    """
    if request.version != "SIP/2.0":
        return Rejection(505, reason_phrase(505))
    try:
        if len(request.headers) > MAX_HEADERS:
            raise HeaderError("Too Many Header Fields")
        _check_mandatory(request)
        if request.cseq.method != request.method:
            raise _mismatch(request.method)
        _ = request.max_forwards
        _check_request_uri(request)
        if request.method == "REGISTER":
            _check_register(request)
    except HeaderError as error:
        return Rejection(error.status, error.reason)
    return None


def validate_response(response: Response) -> str | None:
    """Why a response has to be discarded (§18.1.2), None when it is in order."""
    try:
        _check_mandatory(response)
        _ = response.cseq
    except HeaderError as error:
        return error.reason
    return None


def _check_mandatory(message: Message) -> None:
    """§8.1.1: Via, From, To, Call-ID and CSeq; Max-Forwards is missing in requests by RFC 2543."""
    via = message.get("Via")
    if message.repeats_a_name() or (via and "," in via):
        _check_repeated(message)
    if message.top_via.protocol != "SIP/2.0":
        raise HeaderError("Malformed Via")
    _ = message.from_, message.to
    call_id = message.call_id
    if " " in call_id or "\t" in call_id:
        raise HeaderError("Malformed Call-ID")


def _check_repeated(message: Message) -> None:
    vias = message.get_all("Via")
    if len(vias) + "".join(vias).count(",") > MAX_VIAS:
        raise HeaderError("Too Many Via")
    single = [name for name, _ in message.headers if name in _SINGLE_HEADERS]
    if len(set(single)) == len(single):
        return
    first: dict[str, str] = {}
    for name, value in message.headers:
        if name in _SINGLE_HEADERS and first.setdefault(name, value) != value:
            raise HeaderError(f"Several {name}")


def _mismatch(method: str) -> HeaderError:
    """400; for a method that nobody knows 501, whatever its CSeq says (RFC 4475 §3.1.2.18)."""
    return HeaderError("CSeq Method Mismatch") if method in KNOWN_METHODS else HeaderError(reason_phrase(501), 501)


def _check_request_uri(request: Request) -> None:
    uri = request.uri
    if uri.scheme not in URI_SCHEMES and not _is_call_for_service(request):
        raise HeaderError(reason_phrase(416), 416)
    if uri.headers:
        raise HeaderError("Header Fields In Request-URI")  # §19.1.1


def _is_call_for_service(request: Request) -> bool:
    """urn:service:… (RFC 5031), by which a phone calls for help where it knows no number."""
    uri = request.uri
    return request.method == "INVITE" and uri.scheme == "urn" and (uri.user or "").lower().startswith("service:")


def _check_register(request: Request) -> None:
    """§10.3: what the registrar reads besides To: the Contacts."""
    _ = request.contacts
