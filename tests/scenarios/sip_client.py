"""A SIP endpoint that does what a scenario says, and keeps all that it gets.

It is synchronous: a scenario reads as the sequence of what each side sends and sees. A wait has a deadline; a
request by UDP is sent again as RFC 3261 §17.1.2 wants, so that a lost datagram is no failure.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.scenarios.sip_message import Account, Headers, Received, credentials, read, token, write
from tests.scenarios.waiting import DEADLINE
from tests.scenarios.wires import wire_to

_T1: Final = 0.5
_WINDOW: Final = 50  # requests under way at once, so that their answers fit into the socket's buffer


class Endpoint:
    """One address of a phone or a gateway. Use it as a context, so that its socket is closed.

    edge: where the edge listens for the transport. authority: by whose certificates TLS believes the edge. origin: what
    a WebSocket says whose page it is; None for a client that is no page.
    """

    def __init__(
        self,
        edge: tuple[str, int],
        host: str = "127.0.0.1",
        port: int = 0,
        transport: str = "udp",
        *,
        authority: Path | None = None,
        origin: str | None = None,
    ) -> None:
        self.edge = edge
        self.transport = transport
        self._wire = wire_to(edge, transport, host=host, port=port, authority=authority, origin=origin)
        self.sent_by = self._wire.sent_by
        self.host, _, found = self.sent_by.partition(":")
        self.port = int(found or 0)
        self._backlog: list[Received] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes its socket or connection."""
        self._wire.close()

    def contact(self, user: str = "phone") -> str:
        """The URI under which this endpoint can be called."""
        transport = "ws" if self.transport == "wss" else self.transport  # RFC 7118 §5.1
        return f"sip:{user}@{self.sent_by};transport={transport}"

    def via(self) -> str:
        """A Via value for a new transaction."""
        return f"SIP/2.0/{self.transport.upper()} {self.sent_by};branch=z9hG4bK{token()}"

    def send(self, data: bytes) -> None:
        """Sends it to the edge, whatever it is."""
        self._wire.send(data)

    def request(
        self, method: str, uri: str, from_uri: str, to_uri: str, *, cseq: int = 1, headers: Headers = ()
    ) -> bytes:
        """A request outside of a dialog."""
        common = (
            ("Via", self.via()),
            ("Max-Forwards", "70"),
            ("From", f"<{from_uri}>;tag={token()}"),
            ("To", f"<{to_uri}>"),
            ("Call-ID", token()),
            ("CSeq", f"{cseq} {method}"),
        )
        return write(f"{method} {uri} SIP/2.0", [*common, *headers])

    def find(self, wanted: Callable[[Received], bool]) -> Received | None:
        """The first message that is `wanted`, if it has come; waits for nothing."""
        while self._receive(0):
            continue
        return self._take(wanted)

    def next(self, wanted: Callable[[Received], bool], what: str, seconds: float = DEADLINE) -> Received:
        """The first message that is `wanted`; what else comes is kept. Fails when it does not come in time."""
        deadline = time.monotonic() + seconds
        while (found := self._take(wanted)) is None:
            if not self._receive(deadline - time.monotonic()):
                raise AssertionError(f"not within {seconds} s: {what}; there were {[m.start for m in self._backlog]}")
        return found

    def all_now(self) -> list[Received]:
        """All that has come and was not asked for yet; waits for nothing."""
        while self._receive(0):
            continue
        found, self._backlog = self._backlog, []
        return found

    def transact(self, data: bytes) -> Received:
        """Sends a request that is no INVITE; returns its final response."""
        return self.transact_all([data])[0]

    def transact_all(self, requests: Sequence[bytes], window: int = _WINDOW) -> list[Received]:
        """The same for many, `window` of them at a time; the responses in the order of the requests."""
        answers: list[Received] = []
        for start in range(0, len(requests), window):
            answers += self._transact_window(requests[start : start + window])
        return answers

    def challenge(self, account: Account, method: str = "REGISTER") -> Received:
        """A 401 with a nonce for the account."""
        uri = f"sip:{account.domain}"
        challenged = self.transact(self.request(method, uri, account.uri, account.uri))
        assert challenged.status == 401, challenged
        return challenged

    def signed_register(
        self,
        account: Account,
        challenged: Received,
        *,
        contact: str = "",
        expires: int = 600,
        cseq: int = 1,
        headers: Headers = (),
    ) -> bytes:
        """A REGISTER with credentials that answer the challenge."""
        uri = f"sip:{account.domain}"
        signature = credentials(challenged, account, "REGISTER", uri)
        where = ("Contact", contact or f"<{self.contact(account.username)}>")
        given = (where, ("Expires", str(expires)), signature, *headers)
        return self.request("REGISTER", uri, account.uri, account.uri, cseq=cseq, headers=given)

    def register(self, account: Account, *, contact: str = "") -> Received:
        """Registers, with digest; returns the final response to the second request."""
        return self.transact(self.signed_register(account, self.challenge(account), contact=contact))

    def unregister_all(self, account: Account) -> None:
        """Removes all bindings of the account, so that no call goes to a phone that is gone."""
        answer = self.transact(self.signed_register(account, self.challenge(account), contact="*", expires=0))
        assert answer.status == 200, answer

    def signed_registers(self, accounts: Sequence[Account]) -> list[bytes]:
        """A REGISTER with credentials for each account, its challenge fetched already."""
        asking = [self.request("REGISTER", f"sip:{one.domain}", one.uri, one.uri) for one in accounts]
        challenges = self.transact_all(asking)
        return [self.signed_register(one, answer) for one, answer in zip(accounts, challenges, strict=True)]

    def _take(self, wanted: Callable[[Received], bool]) -> Received | None:
        for number, message in enumerate(self._backlog):
            if wanted(message):
                return self._backlog.pop(number)
        return None

    def _transact_window(self, requests: Sequence[bytes]) -> list[Received]:
        waiting = {read(data).transaction: data for data in requests}
        order = list(waiting)
        answers: dict[tuple[str, str], Received] = {}
        deadline = time.monotonic() + DEADLINE
        pause = _T1
        while waiting and time.monotonic() < deadline:
            for data in waiting.values():
                self.send(data)
            self._collect(waiting, answers, min(time.monotonic() + pause, deadline))
            pause = 2 * pause if self.transport == "udp" else deadline
        assert not waiting, f"{len(waiting)} of {len(requests)} requests got no final response"
        return [answers[key] for key in order]

    def _collect(
        self, waiting: dict[tuple[str, str], bytes], answers: dict[tuple[str, str], Received], until: float
    ) -> None:
        while waiting:
            for message in self._backlog:
                if message.status >= 200 and waiting.pop(message.transaction, None) is not None:
                    answers[message.transaction] = message
            self._backlog = [message for message in self._backlog if message.transaction not in answers]
            if not waiting or not self._receive(until - time.monotonic()):
                return

    def _receive(self, seconds: float) -> bool:
        """Puts what comes within so many seconds into the backlog; False when nothing does."""
        found = self._wire.receive(seconds) if seconds >= 0 else None
        self._backlog += map(read, found or ())
        return found is not None
