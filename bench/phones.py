"""Phones that register by our own driver: full registrations, and refreshes with the nonce of last time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.driver import Drive, WrongAnswerError, branch
from bench.seed import DOMAIN
from bench.sipp import Counts

_URI: Final = f"sip:{DOMAIN}"
_HA2: Final = hashlib.md5(f"REGISTER:{_URI}".encode(), usedforsecurity=False).hexdigest()
_STALE: Final = b"SIP/2.0 401 "
_OK: Final = b"SIP/2.0 200 "


@dataclass(slots=True)
class Phone:
    """One phone: what it knows of its registration. nonce: '' before the first challenge."""

    name: str
    ha1: str
    call_id: str
    nonce: str = ""
    nonce_count: int = 0
    cseq: int = 0


class Phones:
    """Phones at one address and port, which register at `target`."""

    def __init__(self, names: Sequence[str], password: str, place: tuple[str, int], target: tuple[str, int]) -> None:
        run = os.urandom(4).hex()
        self._place, self._target = place, target
        self._phones = [Phone(name, _md5(f"{name}:{DOMAIN}:{password}"), f"{name}-{run}") for name in names]

    def register(self, count: int, rate: float) -> Counts:
        """Full registrations, the phones one after the other and again: each asks for a new challenge."""
        return self._drive(count, rate, is_refresh=False)

    def refresh(self, count: int, rate: float) -> Counts:
        """Refreshes: one request each, with the nonce of last time and the next nonce count.

        An answer other than 200 is a failure, 401 with stale=true too: it would be a full registration.
        """
        return self._drive(count, rate, is_refresh=True)

    def _drive(self, count: int, rate: float, *, is_refresh: bool) -> Counts:
        phones = self._phones
        run = os.urandom(4).hex()
        first = self._signed if is_refresh else self._plain

        def request(job: int) -> bytes:
            return first(phones[job % len(phones)], branch(job, 0, run))

        def answered(job: int, data: bytes) -> bytes | None:
            if data.startswith(_OK):
                return None
            phone = phones[job % len(phones)]
            if is_refresh or not data.startswith(_STALE):
                raise WrongAnswerError(data[:40].decode("ascii", "replace"))
            phone.nonce, phone.nonce_count = nonce_of(data), 0
            return self._signed(phone, branch(job, 1, run))

        return Drive(self._place, self._target, count, rate).run(request, answered)

    def _plain(self, phone: Phone, key: str) -> bytes:
        return self._message(phone, key, "")

    def _signed(self, phone: Phone, key: str) -> bytes:
        phone.nonce_count += 1
        count = f"{phone.nonce_count:08x}"
        response = _md5(f"{phone.ha1}:{phone.nonce}:{count}:0a4f113b:auth:{_HA2}")
        credentials = (
            f'Authorization: Digest username="{phone.name}",realm="{DOMAIN}",nonce="{phone.nonce}",uri="{_URI}",'
            f'response="{response}",algorithm=MD5,cnonce="0a4f113b",qop=auth,nc={count}\r\n'
        )
        return self._message(phone, key, credentials)

    def _message(self, phone: Phone, key: str, credentials: str) -> bytes:
        phone.cseq += 1
        host, port = self._place
        return (
            f"REGISTER {_URI} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch={key};rport\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{phone.name}@{DOMAIN}>;tag={phone.cseq}\r\nTo: <sip:{phone.name}@{DOMAIN}>\r\n"
            f"Call-ID: {phone.call_id}\r\nCSeq: {phone.cseq} REGISTER\r\n"
            f"Contact: <sip:{phone.name}@{host}:{port}>\r\n{credentials}Expires: 3600\r\nUser-Agent: bench\r\n"
            f"Content-Length: 0\r\n\r\n"
        ).encode()


def nonce_of(data: bytes) -> str:
    """The nonce of a challenge. Raises WrongAnswerError when there is none."""
    _, found, rest = data.partition(b'nonce="')
    nonce, end, _ = rest.partition(b'"')
    if not found or not end:
        raise WrongAnswerError("a challenge without a nonce")
    return nonce.decode("ascii", "replace")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
