"""Parsed header field values: name-addr, Via, CSeq, delta-seconds (RFC 3261 §20, §25.1).

Each parse function takes one value, unfolded and without its header name, and raises HeaderError with
the status that the sender is owed. The values are tuples, because several are made for each message.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from sipedge.sip.params import (
    QUOTED,
    TCHAR,
    HeaderError,
    find_param,
    parse_params,
    quote,
    set_params,
    str_params,
    unquote,
)
from sipedge.sip.uri import MAX_URI_LENGTH, Params, Uri, UriError, checked_ipv6, parse_uri, parse_uri_params

MAX_CSEQ: Final = 2**31 - 1  # §8.1.1.5
MAX_DELTA_SECONDS: Final = 2**32 - 1  # §20.19
_CACHED_LENGTH: Final = 256  # longer values are not kept: 2,048 entries stay below 4 MB

_NAME_ADDR = re.compile(
    rf'[ \t]*+(?:({QUOTED})[ \t]*+|([^"<>,;:\\]*+))<([^<>"]{{1,{MAX_URI_LENGTH}}}+)>(.*+)', re.DOTALL
)
# What nearly all phones write, read in one go: the same result as by the long way, in half of the time.
_PORT = r"(?>(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?)"
_USUAL_NAME_ADDR = re.compile(
    rf'(?>(?:"([^"\\]*+)" ?)?)<(sips?):([A-Za-z0-9._+-]{{1,256}}+)@([A-Za-z0-9][A-Za-z0-9.-]{{0,254}}+){_PORT}'
    rf"((?>(?:;[A-Za-z0-9=.-]++)*))>(?>(?:;tag=({TCHAR}++)|(;.*+))?)",
    re.DOTALL,
)
_USUAL_VIA = re.compile(
    rf"SIP/2\.0/(UDP|TCP|TLS) ([a-z0-9][a-z0-9.-]{{0,254}}+){_PORT}(?>(;rport)?);branch=({TCHAR}++)(?>(;rport)?)"
)
_VIA = re.compile(
    rf"({TCHAR}++)[ \t]*+/[ \t]*+({TCHAR}++)[ \t]*+/[ \t]*+({TCHAR}++)[ \t]++"
    rf"(\[[0-9A-Fa-f:.]{{2,45}}\]|[A-Za-z0-9_][A-Za-z0-9_.-]{{0,254}})"
    rf"(?>(?:[ \t]*+:[ \t]*+([0-9]{{1,5}}))?)(?>(?:[ \t]++(?=;|$))?)(?>(;.*+)?)",
    re.DOTALL,
)
_CSEQ = re.compile(rf"([0-9]{{1,40}}+)[ \t]++({TCHAR}++)")


class NameAddr(NamedTuple):
    """A value of From, To, Contact, Route, Record-Route, Path … (§20.10).

    display: the display name, unquoted, '' when there is none. params: header parameters (behind the
    '>'), names lower-case, values raw.
    """

    display: str
    uri: Uri
    params: Params = ()

    def __str__(self) -> str:
        display = f"{quote(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{str_params(self.params)}"

    @property
    def tag(self) -> str | None:
        """The tag parameter (§19.3), None when there is none."""
        for name, value in self.params:
            if name == "tag":
                return unquote(value) if value is not None and value[:1] == '"' else value or ""
        return None

    def param(self, name: str) -> str | None:
        """The unquoted value of a parameter (name lower-case), '' when it has none, None when absent."""
        return find_param(self.params, name)

    def with_params(self, *changes: tuple[str, str | None]) -> NameAddr:
        """A copy with these parameters set. Values must be tokens, or quoted already (`quote`)."""
        return self._replace(params=set_params(self.params, changes))


def parse_name_addr(text: str) -> NameAddr:
    """Parse one name-addr or addr-spec with its parameters. Raises HeaderError."""
    return _name_addr_cached(text) if len(text) <= _CACHED_LENGTH else _name_addr(text)


def _name_addr(text: str) -> NameAddr:
    usual = _USUAL_NAME_ADDR.fullmatch(text)
    try:
        if usual is not None:
            return _usual_name_addr(usual)
        match = _NAME_ADDR.fullmatch(text)
        if match is None:
            return _addr_spec(text)
        quoted, plain, uri, params = match.groups()
        display = unquote(quoted) if quoted is not None else plain.strip(" \t")
        return NameAddr(display, parse_uri(uri), parse_params(params) if params else ())
    except UriError as error:
        raise HeaderError("Malformed Address") from error


def _usual_name_addr(match: re.Match[str]) -> NameAddr:
    display, scheme, user, host, port, uri_params, tag, params = match.groups()
    uri = Uri(scheme, user, None, host.lower(), int(port) if port else None, ())
    if uri_params:
        uri = uri._replace(params=parse_uri_params(uri_params))
    if tag is not None:
        return NameAddr(display or "", uri, (("tag", tag),))
    return NameAddr(display or "", uri, parse_params(params) if params else ())


_name_addr_cached = lru_cache(maxsize=2048)(_name_addr)


def _addr_spec(text: str) -> NameAddr:
    # §20.10: without <>, parameters belong to the header, and the URI has no comma, '?' or ';'.
    uri, semicolon, params = text.partition(";")
    if "," in uri or "?" in uri:
        raise HeaderError("Address Must Be In Angle Brackets")
    return NameAddr("", parse_uri(uri.strip(" \t")), parse_params(semicolon + params))


class Via(NamedTuple):
    """One value of Via (§20.42).

    transport: upper-case. host: lower-case, IPv6 without brackets. port: None when absent.
    params: names lower-case, values raw. protocol: 'SIP/2.0' in all that is valid.
    """

    transport: str
    host: str
    port: int | None
    params: Params = ()
    protocol: str = "SIP/2.0"

    def __str__(self) -> str:
        return f"{self.protocol}/{self.transport} {self.sent_by}{str_params(self.params)}"

    @property
    def sent_by(self) -> str:
        """host[:port], an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def branch(self) -> str | None:
        """The transaction's branch (§8.1.1.7), None when there is none (RFC 2543)."""
        for name, value in self.params:
            if name == "branch":
                return value
        return None

    @property
    def received(self) -> str | None:
        """The source address that the receiver noted (§18.2.1), IPv6 without brackets (RFC 5118 §4.5)."""
        value = find_param(self.params, "received")
        return value.strip("[]") if value else None

    @property
    def wants_rport(self) -> bool:
        """Whether `rport` stands there without a value: the sender asks for it (RFC 3581 §3)."""
        return ("rport", None) in self.params

    @property
    def rport(self) -> int | None:
        """The source port that the receiver noted (RFC 3581 §4), None when absent, empty or no port."""
        value = find_param(self.params, "rport")
        if not value or not (value.isascii() and value.isdigit() and len(value) <= 5):
            return None
        return int(value) if 0 < int(value) <= 65535 else None

    def param(self, name: str) -> str | None:
        """The unquoted value of a parameter (name lower-case), '' when it has none, None when absent."""
        return find_param(self.params, name)

    def with_params(self, *changes: tuple[str, str | None]) -> Via:
        """A copy with these parameters set. Values must be tokens, hosts, or quoted already."""
        return self._replace(params=set_params(self.params, changes))

    def with_source(self, host: str, port: int) -> Via:
        """A copy that notes where the packet came from: `received` where that differs from sent-by or rport was
        asked for (§18.2.1, RFC 3581 §4), and the port in `rport` where it was asked for, or where a NAT changed the
        address of a datagram: its sender needs it as much, and those that did not ask do not mind.

        What the sender himself wrote there is replaced. The same object when nothing has to be noted.
        """
        if len(self.params) == 1 and host == self.host and self.params[0][0] == "branch":
            return self  # the usual Via of who listens where he sends from
        names = [name for name, _ in self.params]
        has_rport = "rport" in names
        if not has_rport and host == self.host and "received" not in names:
            return self
        received: tuple[str, str | None] = ("received", host)
        changes = (("rport", str(port)), received) if has_rport or self._is_translated(host) else (received,)
        return self._replace(params=set_params(self.params, changes))

    def _is_translated(self, host: str) -> bool:
        """Whether a NAT stands between: sent-by is an address, and the datagram came from another one."""
        is_address = ":" in self.host or self.host.replace(".", "").isdigit()
        return self.transport == "UDP" and is_address and self.host != host


def parse_via(text: str) -> Via:
    """Parse one Via value. Any protocol version is read; validate judges it. Raises HeaderError."""
    usual = _USUAL_VIA.fullmatch(text)
    if usual is not None:
        return _usual_via(usual)
    match = _VIA.fullmatch(text)
    if match is None:
        raise HeaderError("Malformed Via")
    name, version, transport, host, port, params = match.groups()
    if port is not None and not 0 < int(port) <= 65535:
        raise HeaderError("Malformed Via")
    if host[0] == "[":
        host = _reference(host)
    return Via(
        transport.upper(),
        host.lower(),
        None if port is None else int(port),
        parse_params(params) if params else (),
        f"{name.upper()}/{version}",
    )


def _reference(host: str) -> str:
    try:
        return checked_ipv6(host[1:-1])
    except UriError as error:
        raise HeaderError("Malformed Via") from error


def _usual_via(match: re.Match[str]) -> Via:
    transport, host, port, rport_before, branch, rport = match.groups()
    params: Params = (("branch", branch),)
    if rport:
        params = (*params, ("rport", None))
    if rport_before:
        params = (("rport", None), *params)
    return Via(transport, host, int(port) if port else None, params)


class CSeq(NamedTuple):
    """The value of CSeq (§20.16). number: 0 … 2**31-1."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


def parse_cseq(text: str) -> CSeq:
    """Parse a CSeq value. Raises HeaderError, also for numbers that §8.1.1.5 does not allow."""
    match = _CSEQ.fullmatch(text)
    if match is None:
        raise HeaderError("Malformed CSeq")
    number = int(match[1])
    if number > MAX_CSEQ:
        raise HeaderError("CSeq Number Too Large")
    return CSeq(number, match[2])


def parse_delta_seconds(text: str) -> int:
    """Parse a number of seconds (§20.19), more than 2**32-1 counting as that. Raises HeaderError."""
    if not (text.isascii() and text.isdigit()):
        raise HeaderError("Malformed Number Of Seconds")
    return min(int(text), MAX_DELTA_SECONDS) if len(text) <= 20 else MAX_DELTA_SECONDS
