"""SIP messages as a client of the tests writes and reads them; on purpose without the edge's own parser."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

Headers = Sequence[tuple[str, str]]

_PARAM = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')


@dataclass(frozen=True, slots=True)
class Account:
    """A subscriber as its phone knows it."""

    username: str
    password: str
    domain: str = "localhost"

    @property
    def uri(self) -> str:
        """Its address-of-record."""
        return f"sip:{self.username}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was received; `get` gives "" for a header field that is not there."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status(self) -> int:
        """A response's status code; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """A request's method; that of the CSeq for a response."""
        return self.get("CSeq").partition(" ")[2] if self.status else self.start.partition(" ")[0]

    @property
    def uri(self) -> str:
        """A request's URI."""
        return self.start.split(" ")[1]

    @property
    def transaction(self) -> tuple[str, str]:
        """What a request and its responses have in common here: Call-ID and CSeq."""
        return self.get("Call-ID"), self.get("CSeq")

    def get(self, name: str) -> str:
        """The first value of this name."""
        return next(iter(self.get_all(name)), "")

    def get_all(self, name: str) -> list[str]:
        """All lines of this name."""
        return [value for known, value in self.headers if known.lower() == name.lower()]


def read(data: bytes) -> Received:
    """Reads what the edge or a test of ours has written."""
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Received(start, tuple((name.strip(), value.strip()) for name, _, value in pairs), body)


def write(start: str, headers: Headers, body: bytes = b"") -> bytes:
    """A whole message; nothing is checked, so that wrong ones can be written too."""
    lines = [start, *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def token() -> str:
    """Something new, for a tag, a branch or a Call-ID."""
    return secrets.token_hex(8)


def credentials(challenged: Received, account: Account, method: str, uri: str) -> tuple[str, str]:
    """The header field that answers a 401 or 407 (RFC 3261 §22, RFC 8760; qop=auth, nonce count 1)."""
    given = challenged.get("WWW-Authenticate") or challenged.get("Proxy-Authenticate")
    params = {name: quoted or plain for name, quoted, plain in _PARAM.findall(given)}
    realm, nonce, cnonce = params["realm"], params["nonce"], token()
    digest = _DIGESTS[params["algorithm"]]
    ha1 = digest(f"{account.username}:{realm}:{account.password}")
    response = digest(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{digest(f'{method}:{uri}')}")
    name = "Authorization" if challenged.status == 401 else "Proxy-Authorization"
    value = (
        f'Digest username="{account.username}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
        f'response="{response}", algorithm={params["algorithm"]}, qop=auth, nc=00000001, cnonce="{cnonce}"'
    )
    return name, value


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


_DIGESTS = {"MD5": _md5, "SHA-256": _sha256}
