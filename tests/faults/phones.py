"""Phones that register and unregister, and a ledger of what the edge acknowledged to them.

A phone does as phones do: it keeps its nonce, takes a new one when it is told that the old one is stale, raises its
CSeq, and asks again after a 503. What an answer says that no fault excuses is an `offence`.
"""

import asyncio
import hashlib
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.faults.stock import DOMAIN, PASSWORD, username
from tests.faults.wire import TIMEOUT, Peer
from tests.scenarios.sip_message import Received, token, write

EXPIRES: Final = 3600
_PARAM: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')
_TRIES: Final = 4


@dataclass
class Phone:
    """One subscriber's phone. `may_be`: which states of its registration agree with what was acknowledged."""

    peer: Peer
    name: str
    password: str = PASSWORD
    call_id: str = field(default_factory=token)
    cseq: int = 0
    nonce: str = ""
    nonce_count: int = 0
    may_be: frozenset[bool] = frozenset({False})
    offences: list[str] = field(default_factory=list)
    acknowledged: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0

    @property
    def uri(self) -> str:
        """Its address-of-record."""
        return f"sip:{self.name}@{DOMAIN}"

    @property
    def contact(self) -> str:
        """Where it can be called."""
        return f"<sip:{self.name}@{self.peer.sent_by}>"

    async def set(self, registered: bool, seconds: float = TIMEOUT) -> int:
        """Registers (or refreshes), or unregisters. Returns the status in the end, 0 for none in time."""
        self.may_be |= {registered}
        headers = [("Contact", self.contact), ("Expires", str(EXPIRES if registered else 0))]
        answer = await self._ask(headers, seconds)
        if answer is not None and answer.status == 200:
            self.may_be = frozenset({registered})
            self.acknowledged += 1
            if registered != (f"sip:{self.name}@" in answer.get("Contact")):
                self.offences.append(f"200 says {answer.get('Contact')!r}, asked was {registered}")
        return answer.status if answer is not None else 0

    async def is_served(self) -> bool:
        """Whether the edge says that this phone is registered (a REGISTER without Contact, §10.2.3)."""
        answer = await self._ask([], TIMEOUT)
        return answer is not None and answer.status == 200 and f"sip:{self.name}@" in answer.get("Contact")

    async def _ask(self, headers: Sequence[tuple[str, str]], seconds: float) -> Received | None:
        answer = None
        for _ in range(_TRIES):
            request, has_proof = self._register(headers), bool(self.nonce)
            answer = await self.peer.transact(request, seconds)
            if answer is None:
                self.unanswered += 1
                return None
            if answer.status != 401:
                break
            params = {name: quoted or plain for name, quoted, plain in _PARAM.findall(answer.get("WWW-Authenticate"))}
            if has_proof and params.get("stale", "").lower() != "true":
                self.offences.append("the right password got a 401 that is not stale")
            self.nonce, self.nonce_count = params["nonce"], 0
        if answer is not None and answer.status != 200:
            self._refused(answer)
        return answer

    def _refused(self, answer: Received) -> None:
        self.refused[answer.status] += 1
        if answer.status != 503:
            self.offences.append(answer.start)
        elif not answer.get("Retry-After").isdigit():
            self.offences.append("503 without Retry-After")

    def _register(self, headers: Sequence[tuple[str, str]]) -> bytes:
        self.cseq += 1
        target = f"sip:{DOMAIN}"
        proof = [("Authorization", self._proof(target))] if self.nonce else []
        common = [
            ("Via", self.peer.via()),
            ("Max-Forwards", "70"),
            ("From", f"<{self.uri}>;tag={token()}"),
            ("To", f"<{self.uri}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq} REGISTER"),
        ]
        return write(f"REGISTER {target} SIP/2.0", [*common, *headers, *proof])

    def _proof(self, target: str) -> str:
        self.nonce_count += 1
        count, cnonce = f"{self.nonce_count:08x}", token()
        secret = _md5(f"{self.name}:{DOMAIN}:{self.password}")
        response = _md5(f"{secret}:{self.nonce}:{count}:{cnonce}:auth:{_md5(f'REGISTER:{target}')}")
        return (
            f'Digest username="{self.name}", realm="{DOMAIN}", nonce="{self.nonce}", uri="{target}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc={count}, cnonce="{cnonce}"'
        )


class Registrations:
    """Phones that register, refresh and unregister at random, until they are told to stop.

    pause: seconds between two requests of a phone, on average.
    """

    def __init__(self, phones: Sequence[Phone], pause: float, seed: int) -> None:
        self.phones = phones
        self._pause = pause
        self._random = random.Random(seed)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins. Needs a running loop."""
        self._stopping.clear()
        self._tasks = [asyncio.create_task(self._live(phone)) for phone in self.phones]

    async def stop(self) -> None:
        """Begins nothing new, and waits until what is under way has its answer."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    async def abandon(self) -> None:
        """Ends at once: who asks these phones later begins with what may be."""
        self._stopping.set()  # in Python 3.11 wait_for loses a cancellation that comes together with its result
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def acknowledged(self) -> int:
        """Requests that were answered with 200."""
        return sum(phone.acknowledged for phone in self.phones)

    @property
    def unavailable(self) -> int:
        """Requests that were answered with 503."""
        return sum(phone.refused[503] for phone in self.phones)

    @property
    def offences(self) -> list[str]:
        """What was answered that should not have been."""
        return [f"{phone.name}: {offence}" for phone in self.phones for offence in phone.offences]

    def against(self, found: dict[str, float]) -> list[str]:
        """What was acknowledged and is not so: names of phones. found: who is registered in PostgreSQL."""
        return [
            f"{phone.name} is {'there' if phone.name in found else 'not there'}, acknowledged is {set(phone.may_be)}"
            for phone in self.phones
            if (phone.name in found) not in phone.may_be
        ]

    async def _live(self, phone: Phone) -> None:
        await asyncio.sleep(self._random.uniform(0, self._pause))
        while not self._stopping.is_set():
            await phone.set(self._random.random() < 0.7)
            await asyncio.sleep(self._random.uniform(0, 2 * self._pause))


def phones_at(peer: Peer, numbers: range) -> list[Phone]:
    """These phones of the stock, all at one address."""
    return [Phone(peer, username(number)) for number in numbers]


async def until_registered(phone: Phone) -> float:
    """Seconds until a phone's registration is taken; until then it is told 503."""
    began = time.monotonic()
    while (status := await phone.set(True)) != 200:
        assert status == 503
        await asyncio.sleep(0.05)
    return time.monotonic() - began


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
