"""SIP, SIPS and tel URIs (RFC 3261 §19.1, RFC 3966), and when two of them are the same.

A Uri keeps its parts as they were received, so that writing it gives the text back; only scheme and
host are lower-cased. User parts are read more liberally than §25.1 asks (phones dial `#31#` unescaped),
but never so that a part could end elsewhere than the sender meant.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final, NamedTuple

MAX_URI_LENGTH: Final = 4096
_CACHED_LENGTH: Final = 256  # longer ones are not kept: 2,048 entries of ≤ 256 characters stay below 3 MB

# Printable ASCII without space " : < > @ \ : what before the '@' cannot be taken for something else.
_USER = r"[!#-9;=?A-\[\]-~]"
_AFTER_COLON = r"[!#-;=?A-\[\]-~]"
_HOST = r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}"
_SIP_URI = re.compile(
    rf"(?P<scheme>[Ss][Ii][Pp][Ss]?):(?>(?:({_USER}++)(?>(?::({_AFTER_COLON}*+))?)@)?)({_HOST})(?::([0-9]{{1,5}}))?"
    r"((?>(?:;[!#-:=A-\[\]-~]++)*))(?:\?([!#-;=?A-\[\]-~]*+))?"
)
_OTHER_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,63}):([!#-;=?-~]++)")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_VISUAL_SEPARATORS = re.compile(r"[-.()]")  # RFC 3966 §3
_PHONE_DIGITS = re.compile(r"\+?[0-9().-]+")

Params = tuple[tuple[str, str | None], ...]

# §19.1.4: these make a difference even when only one of the two URIs has them.
_DISTINGUISHING_PARAMS = frozenset({"user", "ttl", "method", "maddr", "transport"})


class UriError(ValueError):
    """The text is not a URI that can be represented."""


class Uri(NamedTuple):
    """A parsed URI. A tuple, because several are made for each message.

    scheme: lower-case. user, password: as received, still %-escaped; None when absent.
    host: lower-case, IPv6 without brackets; '' for tel and other schemes. port: None when absent.
    params: (name, value) in order, as received; a value of None means there was no '='.
    headers: what stood after '?', raw; '' when there was none.
    A tel URI has its number in `user`; of any other scheme the opaque part stands there.
    """

    scheme: str
    user: str | None
    password: str | None
    host: str
    port: int | None
    params: Params = ()
    headers: str = ""

    def __str__(self) -> str:
        scheme, user, password, host, port, params, headers = self
        text = user or ""
        if password is not None:
            text += f":{password}"
        if host:
            if text:
                text += "@"
            text += f"[{host}]" if ":" in host else host
            if port is not None:
                text += f":{port}"
        if params:
            text += "".join([f";{n}" if v is None else f";{n}={v}" for n, v in params])
        return f"{scheme}:{text}?{headers}" if headers else f"{scheme}:{text}"

    @property
    def host_port(self) -> str:
        """host[:port], an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def is_sip(self) -> bool:
        """Whether this is a sip: or sips: URI."""
        return self.scheme in ("sip", "sips")

    @property
    def user_unescaped(self) -> str | None:
        """The user with %-escapes decoded. May hold any character, NUL included: check before storing."""
        if self.user is None or "%" not in self.user:
            return self.user
        return unescape(self.user)

    def param(self, name: str) -> str | None:
        """The value of a parameter, raw; '' when it stands there without a value, None when it does not.

        name: lower-case. Escaped letters in names are understood (RFC 4475 §3.1.1.3).
        """
        for known, value in self.params:
            if known == name or _fold(known) == name:
                return value or ""
        return None

    def has_param(self, name: str) -> bool:
        """Whether the parameter is there, with a value or without."""
        return self.param(name) is not None

    def with_params(self, *params: tuple[str, str | None]) -> Uri:
        """A copy in which these parameters stand (those of the same name are replaced)."""
        names = {name for name, _ in params}
        kept = tuple(item for item in self.params if _fold(item[0]) not in names)
        return self._replace(params=kept + params)

    def without_params(self, *names: str) -> Uri:
        """A copy without the parameters of these (lower-case) names."""
        return self._replace(params=tuple(item for item in self.params if _fold(item[0]) not in names))


def parse_uri(text: str) -> Uri:
    """Parse one URI, without angle brackets or surrounding space. Raises UriError."""
    if len(text) <= _CACHED_LENGTH:
        return _parse_cached(text)
    if len(text) > MAX_URI_LENGTH:
        raise UriError("URI too long")
    return _parse(text)


def uris_equal(a: Uri, b: Uri) -> bool:
    """Whether two URIs are equal by RFC 3261 §19.1.4 (RFC 5954 for IPv6 addresses).

    sip and sips differ, as does a given port 5060 from none. tel numbers are compared by RFC 3966 §4, without visual
    separators; other schemes as text.
    """
    if a.scheme != b.scheme or a.port != b.port or _password_key(a) != _password_key(b):
        return False
    if not a.is_sip:
        return _opaque_key(a) == _opaque_key(b)
    if a.user != b.user and (a.user is None or b.user is None or unescape(a.user) != unescape(b.user)):
        return False
    if a.host != b.host and canonical_host(a.host) != canonical_host(b.host):
        return False
    if not _params_match(_folded_params(a), _folded_params(b)):
        return False
    return _header_key(a.headers) == _header_key(b.headers)


def canonical_host(host: str) -> str:
    """The one spelling of a host: an IPv6 address in its short form (RFC 5954), a name without its last dot (§25.1).

    host: of a parsed URI, so in lower case and without brackets.
    """
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    return host[:-1] if host.endswith(".") else host


def unescape(text: str) -> str:
    """Decode %-escapes (§19.1.2). Bytes that are not UTF-8 become lone surrogates."""
    if "%" not in text:
        return text
    raw = text.encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), raw).decode("utf-8", "surrogateescape")


def escape_user(text: str) -> str:
    """%-escape what may not stand in a user part by §25.1 (the inverse of `user_unescaped`)."""
    raw = text.encode("utf-8", "surrogateescape")
    return "".join(chr(c) if c in _PLAIN_USER_BYTES else f"%{c:02X}" for c in raw)


_PLAIN_USER_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/")


def _parse(text: str) -> Uri:
    match = _SIP_URI.fullmatch(text)
    if "%" in text and _BAD_ESCAPE.search(text):
        raise UriError("malformed %-escape in URI")
    if match is None:
        return _parse_other(text)
    scheme, user, password, host, port, params, headers = match.groups()
    if host[0] == "[":
        host = checked_ipv6(host[1:-1])
    if port is not None and not 0 < int(port) <= 65535:
        raise UriError("port out of range in URI")
    return Uri(
        scheme.lower(),
        user,
        password,
        host.lower(),
        None if port is None else int(port),
        parse_uri_params(params) if params else (),
        headers or "",
    )


_parse_cached = lru_cache(maxsize=2048)(_parse)


def _parse_other(text: str) -> Uri:
    match = _OTHER_URI.fullmatch(text)
    if match is None:
        raise UriError("malformed URI")
    scheme = match[1].lower()
    if scheme in ("sip", "sips"):
        raise UriError("malformed SIP URI")
    if scheme != "tel":
        return Uri(scheme, match[2], None, "", None)
    number, semicolon, params = match[2].partition(";")
    if not number:
        raise UriError("tel URI without a number")
    return Uri("tel", number, None, "", None, parse_uri_params(semicolon + params) if params else ())


def parse_uri_params(text: str) -> Params:
    """Cut `;name=value;name` as it stands in a URI. Raises UriError for an empty parameter."""
    params: list[tuple[str, str | None]] = []
    for part in text[1:].split(";"):
        name, equals, value = part.partition("=")
        if not name:
            raise UriError("empty parameter in URI")
        params.append((name, value if equals else None))
    return tuple(params)


def checked_ipv6(text: str) -> str:
    """An IPv6 address as it stood between brackets, when it is one. Raises UriError."""
    text = text.replace(":::", "::")  # RFC 5118 §4.10: what RFC 3261's ABNF produced where two colons were meant
    try:
        ipaddress.IPv6Address(text)
    except ValueError as error:
        raise UriError("malformed IPv6 address") from error
    return text


def _fold(name: str) -> str:
    return unescape(name).lower()


def _folded_params(uri: Uri) -> dict[str, str]:
    return {_fold(name): _fold(value or "") for name, value in uri.params}


def _params_match(a: dict[str, str], b: dict[str, str]) -> bool:
    for name in a.keys() | b.keys():
        if name in a and name in b:
            if a[name] != b[name]:
                return False
        elif name in _DISTINGUISHING_PARAMS:
            return False
    return True


def _password_key(uri: Uri) -> str | None:
    return None if uri.password is None else unescape(uri.password)


def _header_key(headers: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in headers.split("&")) if headers else ()
    return sorted((_fold(name), unescape(value)) for name, _, value in pairs)


def _opaque_key(uri: Uri) -> tuple[str, dict[str, str]]:
    user = uri.user or ""
    params = _folded_params(uri)
    if uri.scheme == "tel":
        user = _without_separators(unescape(user).lower())
        params = {name: _without_separators(value) if _is_number(value) else value for name, value in params.items()}
    return user, params


def _without_separators(number: str) -> str:
    return _VISUAL_SEPARATORS.sub("", number)


def _is_number(value: str) -> bool:
    """Of a tel URI's parameters: an extension, or a phone-context that is a number and no domain name."""
    return _PHONE_DIGITS.fullmatch(value) is not None
