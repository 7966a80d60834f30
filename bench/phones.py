"""Phones that register by our own driver: full registrations, and refreshes with the nonce of last time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.driver import Drive, WrongAnswerError, branch
from bench.seed import DOMAIN
from bench.sipp import Counts

_URI: Final = f"sip:{DOMAIN}"
_HA2: Final = hashlib.md5(f"REGISTER:{_URI}".encode(), usedforsecurity=False).hexdigest()
_CHALLENGE: Final = b"SIP/2.0 401 "
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
    """Phones at one address and port, which register at `target`. contact_port: where they are called, if elsewhere."""

    def __init__(
        self,
        names: Sequence[str],
        password: str,
        place: tuple[str, int],
        target: tuple[str, int],
        contact_port: int = 0,
    ) -> None:
        run = os.urandom(4).hex()
        self._place, self._target = place, target
        self._contact_port = contact_port or place[1]
        self._phones = [Phone(name, _md5(f"{name}:{DOMAIN}:{password}"), f"{name}-{run}") for name in names]

    def register(self, count: int, rate: float) -> Counts:
        """Full registrations, the phones one after the other and again: each asks for a new challenge."""
        return self._drive(count, rate, self._plain, challenges=True)

    def refresh(self, count: int, rate: float, *, challenges: bool = False) -> Counts:
        """Refreshes: one request each, with the nonce of last time and the next nonce count.

        challenges: whether a phone may answer a new challenge, as it must every 300 s; otherwise a 401 is a failure.
        """
        return self._drive(count, rate, self._signed, challenges=challenges)

    def unregister(self, count: int, rate: float) -> Counts:
        """The first of them go: Expires: 0."""
        return self._drive(count, rate, lambda phone, key: self._signed(phone, key, expires=0), challenges=True)

    def _drive(self, count: int, rate: float, first: Callable[[Phone, str], bytes], *, challenges: bool) -> Counts:
        phones = self._phones
        run = os.urandom(4).hex()
        expires: dict[int, int] = {}

        def request(job: int) -> bytes:
            data = first(phones[job % len(phones)], branch(job, 0, run))
            expires[job] = 0 if b"Expires: 0\r" in data else 3600
            return data

        def answered(job: int, data: bytes) -> bytes | None:
            if data.startswith(_OK):
                return None
            phone = phones[job % len(phones)]
            if not challenges or not data.startswith(_CHALLENGE):
                raise WrongAnswerError(data[:40].decode("ascii", "replace"))
            phone.nonce, phone.nonce_count = nonce_of(data), 0
            return self._signed(phone, branch(job, 1, run), expires[job])

        return Drive(self._place, self._target, count, rate).run(request, answered)

    def _plain(self, phone: Phone, key: str) -> bytes:
        return self._message(phone, key, "")

    def _signed(self, phone: Phone, key: str, expires: int = 3600) -> bytes:
        phone.nonce_count += 1
        count = f"{phone.nonce_count:08x}"
        response = _md5(f"{phone.ha1}:{phone.nonce}:{count}:0a4f113b:auth:{_HA2}")
        credentials = (
            f'Authorization: Digest username="{phone.name}",realm="{DOMAIN}",nonce="{phone.nonce}",uri="{_URI}",'
            f'response="{response}",algorithm=MD5,cnonce="0a4f113b",qop=auth,nc={count}\r\n'
        )
        return self._message(phone, key, credentials, expires)

    def _message(self, phone: Phone, key: str, credentials: str, expires: int = 3600) -> bytes:
        phone.cseq += 1
        host, port = self._place
        return (
            f"REGISTER {_URI} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch={key}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{phone.name}@{DOMAIN}>;tag={phone.cseq}\r\nTo: <sip:{phone.name}@{DOMAIN}>\r\n"
            f"Call-ID: {phone.call_id}\r\nCSeq: {phone.cseq} REGISTER\r\n"
            f"Contact: <sip:{phone.name}@{host}:{self._contact_port}>\r\n{credentials}Expires: {expires}\r\n"
            f"User-Agent: bench\r\nContent-Length: 0\r\n\r\n"
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
