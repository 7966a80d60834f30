"""SIP requests and responses (RFC 3261 §7), with their header fields parsed when they are asked for.

Text is str, decoded as UTF-8 with surrogateescape, so that bytes that are no UTF-8 survive; the body is
bytes and never looked into. Other rooms import from `sipedge.sip.message`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sipedge.sip.fields import (
    CSeq,
    NameAddr,
    Via,
    parse_cseq,
    parse_delta_seconds,
    parse_name_addr,
    parse_via,
)
from sipedge.sip.headers import HeaderList, Headers
from sipedge.sip.params import HeaderError, split_list, str_params
from sipedge.sip.uri import MAX_URI_LENGTH, Uri, UriError, parse_uri

_NOT_OF_VIA: Final = frozenset({"From", "To", "CSeq"})
"""Parsed values that a response keeps when it loses a Via, as far as they are asked for again."""
_MAX_FORWARDS: Final = {str(number): number for number in range(256)}


class Message(Headers):
    """What requests and responses have in common: header fields and a body.

    The properties raise HeaderError (with the status owed to the sender) when the field is malformed,
    or when it is missing and must be there. Their values are cached; lists must not be changed.
    """

    __slots__ = ("body",)

    body: bytes

    @property
    def top_via(self) -> Via:
        """The first Via value."""
        via: Via | None = self._parsed.get("Via.top")
        if via is None:
            value = self._required("Via")
            if "," in value:
                value = next(iter(split_list(value)), "")
            via = self._parsed["Via.top"] = parse_via(value)
        return via

    @property
    def vias(self) -> list[Via]:
        """All Via values, top first."""
        vias: list[Via] | None = self._parsed.get("Via")
        if vias is None:
            vias = self._parsed["Via"] = [parse_via(value) for value in self.values("Via")]
        return vias

    @property
    def from_(self) -> NameAddr:
        """From (§20.20)."""
        value: NameAddr | None = self._parsed.get("From")
        if value is None:
            value = self._parsed["From"] = parse_name_addr(self._required("From"))
        return value

    @property
    def to(self) -> NameAddr:
        """To (§20.39)."""
        value: NameAddr | None = self._parsed.get("To")
        if value is None:
            value = self._parsed["To"] = parse_name_addr(self._required("To"))
        return value

    @property
    def from_tag(self) -> str | None:
        """The tag of From, None when there is none (RFC 2543)."""
        return self.from_.tag

    @property
    def to_tag(self) -> str | None:
        """The tag of To, None when there is none: outside a dialog."""
        return self.to.tag

    @property
    def call_id(self) -> str:
        """Call-ID (§20.8), compared byte by byte."""
        return self._required("Call-ID")

    @property
    def cseq(self) -> CSeq:
        """CSeq (§20.16)."""
        value: CSeq | None = self._parsed.get("CSeq")
        if value is None:
            value = self._parsed["CSeq"] = parse_cseq(self._required("CSeq"))
        return value

    @property
    def is_wildcard_contact(self) -> bool:
        """Whether a Contact value is '*' (§10.2.2). Beside others it is one too: the registrar judges."""
        return "*" in self.values("Contact")

    @property
    def contacts(self) -> list[NameAddr]:
        """All Contact values but for '*'."""
        return self._addresses("Contact", skip="*")

    @property
    def routes(self) -> list[NameAddr]:
        """All Route values."""
        return self._addresses("Route")

    @property
    def record_routes(self) -> list[NameAddr]:
        """All Record-Route values."""
        return self._addresses("Record-Route")

    @property
    def max_forwards(self) -> int | None:
        """Max-Forwards (§20.22), 0 … 255; None when there is none, or more than there may be (RFC 4475 §3.1.2.5)."""
        text = self.get("Max-Forwards")
        if text is None:
            return None
        number = _MAX_FORWARDS.get(text)
        if number is not None:
            return number
        if not (text.isascii() and text.isdigit()):
            raise HeaderError("Malformed Max-Forwards")
        return _MAX_FORWARDS.get(text.lstrip("0") or "0")

    @property
    def expires(self) -> int | None:
        """Expires (§20.19) in seconds, larger ones clamped to 2**32-1; None when there is none."""
        text = self.get("Expires")
        return None if text is None else parse_delta_seconds(text)

    def _required(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise HeaderError(f"Missing {name}")
        return value

    def _addresses(self, name: str, skip: str = "") -> list[NameAddr]:
        parsed: list[NameAddr] | None = self._parsed.get(name)
        if parsed is None:
            values = self.values(name) if self.get(name) is not None else []
            parsed = self._parsed[name] = [parse_name_addr(value) for value in values if value != skip]
        return parsed

    def _facts(self) -> tuple[Any, ...]:
        # Content-Length is a fact about the body: two messages do not differ by it.
        return [item for item in self.headers if item[0] != "Content-Length"], self.body

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._facts() == other._facts()

    __hash__ = None  # type: ignore[assignment]  # messages are mutable


class Request(Message):
    """A request. request_uri: as received. version: 'SIP/2.0' in all that is valid (validate answers 505).

    size: the bytes that came, 0 where it was made here.
    """

    __slots__ = ("method", "request_uri", "size", "version")

    def __init__(
        self,
        method: str,
        request_uri: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        version: str = "SIP/2.0",
    ) -> None:
        self.headers = list(headers)
        self._index = None
        self._parsed = {}
        self.body = body
        self.method = method
        self.request_uri = request_uri
        self.version = version
        self.size = 0

    @property
    def uri(self) -> Uri:
        """The request URI, parsed. Raises HeaderError (400, or 414 when it is too long)."""
        if len(self.request_uri) > MAX_URI_LENGTH:
            raise HeaderError("Request-URI Too Long", 414)
        try:
            return parse_uri(self.request_uri)
        except UriError as error:
            raise HeaderError("Malformed Request-URI") from error

    def note_source(self, host: str, port: int) -> None:
        """Write where the packet came from into the top Via, as every server transport has to (§18.2.1, RFC 3581).

        host: the source's IP literal, IPv6 without brackets. Raises HeaderError when the top Via is malformed.
        """
        via = self.top_via
        noted = via.with_source(host, port)
        if noted is via:
            return
        text, known = split_list(self._required("Via"))[0], len(via.params)
        if noted.params[:known] == via.params:
            text += str_params(noted.params[known:])  # the rest stays as the sender wrote it
        elif noted.params[: known - 1] == via.params[:-1] and len(noted.params) > known and text.endswith(";rport"):
            text += f"={port};received={host}"
        else:
            text = str(noted)
        self.replace_first_value("Via", text)
        self._parsed["Via.top"] = noted

    def rewritten(self, request_uri: str, headers: HeaderList) -> Request:
        """What goes on in its place: the same but for the request URI and the header fields."""
        copy = Request(self.method, request_uri, headers, self.body, self.version)
        copy.size = self.size
        return copy

    def without(self, name: str) -> Request:
        """A message of its own without the lines of this name, a canonical one whose values were not parsed yet."""
        copy = self.copy()
        copy.headers = [item for item in self.headers if item[0] != name]
        copy._index = index = dict(self._index or self._make_index())
        index.pop(name, None)
        return copy

    def copy(self) -> Request:
        """A message of its own with the same content; cheap."""
        copy = Request(self.method, self.request_uri, self.headers, self.body, self.version)
        copy.size = self.size
        copy._index = self._index
        copy._parsed = self._parsed
        return copy

    def _facts(self) -> tuple[Any, ...]:
        return self.method, self.request_uri, self.version, *super()._facts()

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.request_uri} {self.get('CSeq')!r}>"


class Response(Message):
    """A response. reason: the reason phrase, may be empty."""

    __slots__ = ("reason", "status_code")

    def __init__(
        self,
        status_code: int,
        reason: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> None:
        self.headers = list(headers)
        self._index = None
        self._parsed = {}
        self.body = body
        self.status_code = status_code
        self.reason = reason

    def below(self) -> Response:
        """A message of its own without the topmost Via value: as the one below it gets it (§16.7 step 3).

        Raises HeaderError when that Via cannot be split.
        """
        copy = self.copy()
        value = self.get("Via")
        if not value or "," in value:
            copy.remove_first_value("Via")
            return copy
        headers = copy.headers
        del headers[headers.index(("Via", value))]
        copy._index = None
        copy._parsed = {name: fact for name, fact in self._parsed.items() if name in _NOT_OF_VIA}
        return copy

    def copy(self) -> Response:
        """A message of its own with the same content; cheap."""
        copy = Response(self.status_code, self.reason, self.headers, self.body)
        copy._index = self._index
        copy._parsed = self._parsed
        return copy

    def _facts(self) -> tuple[Any, ...]:
        return self.status_code, self.reason, *super()._facts()

    def __repr__(self) -> str:
        return f"<Response {self.status_code} {self.reason} {self.get('CSeq')!r}>"
