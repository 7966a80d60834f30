"""Calls between endpoints of the tests: what each side of a dialog sends (RFC 3261 §12, §13)."""

import re
from dataclasses import dataclass, field
from typing import Self

from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Headers, Received, credentials, read, token, write

SDP = b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 8\r\n"
NOTHING = Received("", (), b"")
_URI = re.compile(r"<([^>]*)>")


@dataclass
class Side:
    """One side of a dialog: `local` and `remote` are From and To as this side writes them."""

    endpoint: Endpoint
    call_id: str
    local: str
    remote: str
    target: str
    routes: list[str] = field(default_factory=list)
    cseq: int = 1

    def request(self, method: str, headers: Headers = (), body: bytes = b"") -> bytes:
        """The next request of the dialog; an ACK has its INVITE's number."""
        self.cseq += method != "ACK"
        common = [
            ("Via", self.endpoint.via()),
            ("Max-Forwards", "70"),
            *(("Route", route) for route in self.routes),
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq} {method}"),
            ("Contact", f"<{self.endpoint.contact()}>"),
        ]
        return write(f"{method} {self.target} SIP/2.0", [*common, *headers], body)

    def hang_up_heard_by(self, other: "Side") -> int:
        """Sends a BYE, which the other side gets and answers with 200; returns the status that comes back."""
        bye = self.request("BYE")
        self.endpoint.send(bye)
        other.endpoint.send(answer_to(other.hears("BYE"), "200 OK"))
        key = read(bye).transaction
        return self.endpoint.next(lambda m: m.status >= 200 and m.transaction == key, "the answer to a BYE").status

    def hears(self, method: str) -> Received:
        """Waits for a request of this call."""
        wanted = f"{method} "
        return self.endpoint.next(lambda m: m.start.startswith(wanted) and m.get("Call-ID") == self.call_id, method)


@dataclass
class OutgoingCall(Side):
    """The caller's side, from its INVITE on."""

    invite: bytes = b""

    @classmethod
    def begin(cls, endpoint: Endpoint, uri: str, from_uri: str, headers: Headers = ()) -> Self:
        """Sends an INVITE."""
        call = cls(endpoint, token(), f"<{from_uri}>;tag={token()}", f"<{uri}>", uri, cseq=0)
        call.invite = call.request("INVITE", [*headers, ("Content-Type", "application/sdp")], SDP)
        endpoint.send(call.invite)
        return call

    @classmethod
    def begin_signed(cls, endpoint: Endpoint, uri: str, account: Account) -> Self:
        """Sends an INVITE, which must be challenged, and then the one that is let through."""
        first = cls.begin(endpoint, uri, account.uri)
        challenged = first.final()
        assert challenged.status == 407, challenged
        return cls.begin(endpoint, uri, account.uri, [credentials(challenged, account, "INVITE", uri)])

    def hears_status(self, status: int) -> Received:
        """Waits for this status; a final one is acknowledged."""
        return self._acknowledged(self.endpoint.next(lambda m: self._answers(m) and m.status == status, str(status)))

    def final(self) -> Received:
        """Waits for the final response, and acknowledges it."""
        found = self.endpoint.next(lambda m: self._answers(m) and m.status >= 200, "a final response to the INVITE")
        return self._acknowledged(found)

    def final_by_now(self) -> Received | None:
        """The final response, acknowledged, if it has come."""
        found = self.endpoint.find(lambda m: self._answers(m) and m.status >= 200)
        return self._acknowledged(found) if found else None

    def cancel(self) -> Received:
        """Sends the CANCEL of the INVITE (§9.1); returns the answer to the CANCEL itself."""
        return self.endpoint.transact(self._like_invite("CANCEL", self.remote))

    def _answers(self, message: Received) -> bool:
        return bool(message.status) and message.get("Call-ID") == self.call_id and message.method == "INVITE"

    def _acknowledged(self, response: Received) -> Received:
        if 200 <= response.status < 300:
            self.remote = response.get("To")
            self.target = uri_in(response.get("Contact"))
            self.routes = list(reversed(response.get_all("Record-Route")))
            self.endpoint.send(self.request("ACK"))
        elif response.status >= 300:
            self.endpoint.send(self._like_invite("ACK", response.get("To")))
        return response

    def _like_invite(self, method: str, to: str) -> bytes:
        invite = read(self.invite)
        kept = [(name, invite.get(name)) for name in ("Via", "Max-Forwards", "From", "Call-ID")]
        number = invite.get("CSeq").partition(" ")[0]
        return write(f"{method} {invite.uri} SIP/2.0", [*kept, ("To", to), ("CSeq", f"{number} {method}")])


@dataclass
class IncomingCall(Side):
    """The callee's side, from the INVITE that came."""

    invite: Received = NOTHING

    @classmethod
    def await_invite(cls, endpoint: Endpoint) -> Self:
        """Waits for an INVITE."""
        invite = endpoint.next(lambda message: message.start.startswith("INVITE "), "an INVITE")
        return cls(
            endpoint,
            invite.get("Call-ID"),
            f"{invite.get('To')};tag={token()}",
            invite.get("From"),
            uri_in(invite.get("Contact")),
            invite.get_all("Record-Route"),
            invite=invite,
        )

    @classmethod
    def ringing(cls, endpoint: Endpoint) -> Self:
        """Waits for an INVITE, and answers 180."""
        call = cls.await_invite(endpoint)
        call.reply("180 Ringing")
        return call

    def reply(self, status: str) -> None:
        """Sends a response to the INVITE that carries no session."""
        self.endpoint.send(answer_to(self.invite, status, self.local, self._routing()))

    def answer(self) -> None:
        """Sends 200 with a session."""
        headers = [*self._routing(), ("Content-Type", "application/sdp")]
        self.endpoint.send(answer_to(self.invite, "200 OK", self.local, headers, SDP))

    def hears_cancel(self) -> None:
        """Waits for the CANCEL, answers it, ends the INVITE with 487, and waits for the ACK."""
        self.endpoint.send(answer_to(self.hears("CANCEL"), "200 OK", self.local))
        self.reply("487 Request Terminated")
        self.hears("ACK")

    def _routing(self) -> list[tuple[str, str]]:
        routes = [("Record-Route", route) for route in self.invite.get_all("Record-Route")]
        return [*routes, ("Contact", f"<{self.endpoint.contact()}>")]


def answer_to(request: Received, status: str, to: str = "", headers: Headers = (), body: bytes = b"") -> bytes:
    """A response (§8.2.6)."""
    vias = [("Via", via) for via in request.get_all("Via")]
    copied = [("From", request.get("From")), ("To", to or request.get("To"))]
    keys = [("Call-ID", request.get("Call-ID")), ("CSeq", request.get("CSeq"))]
    return write(f"SIP/2.0 {status}", [*vias, *copied, *keys, *headers], body)


def connect(caller: OutgoingCall, callee: IncomingCall) -> None:
    """The callee answers, and the call stands."""
    callee.answer()
    caller.hears_status(200)
    callee.hears("ACK")


def uri_in(value: str) -> str:
    """The URI of a name-addr."""
    found = _URI.search(value)
    assert found is not None, value
    return found[1]
