"""A whole edge in memory: a fake clock, a memory store, and phones that are lists of what was sent to them."""

from __future__ import annotations

import hashlib
from itertools import count
from pathlib import Path

from sipedge.auth.ha1 import Ha1Set
from sipedge.config import Address, EdgeConfig, plain_listeners
from sipedge.engine import Engine, Outside
from sipedge.listeners import Listener
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, make_response, parse, serialise
from sipedge.store.memory import MemoryStore
from sipedge.telemetry import Telemetry
from tests.sipedge.routing.network import ALICE, BOB, NORTH, SOUTH, SOUTH_ALICE, fill, subscriber

PASSWORD = "correct horse"
_DIGITS = str.maketrans("", "", ".:")
GATEWAY = "198.51.100.2"


class World:
    """One edge at 192.0.2.1:5060, and everybody around it.

    listeners: further ones than UDP and TCP. settings: fields of EdgeConfig.
    """

    def __init__(self, *, cold: bool = False, listeners: tuple[Listener, ...] = (), **settings) -> None:
        self.now = 1000.0
        self.wall = 1_800_000_000.0
        self.wire: list[tuple[bytes, Flow]] = []
        self._numbers = count(1)
        self.store = fill(MemoryStore(cold=cold))
        for facts, domain in ((ALICE, NORTH), (BOB, NORTH), (SOUTH_ALICE, SOUTH)):
            self.give_password(facts, domain)
        here = Address("192.0.2.1", 5060)
        listeners = plain_listeners((here,)) + listeners
        config = EdgeConfig("edge1", listeners, here, "", (), b"k" * 32, Path("var"), **settings)
        self.peer_names: dict[int, tuple[str, ...]] = {}  # by connection: what its certificate proves
        self.reused: list[tuple[Flow, int, str]] = []
        outside = Outside(
            lambda: self.now, lambda: self.wall, self._entropy, self._send,
            lambda flow: self.peer_names.get(flow.connection, ()),
            lambda *reuse: self.reused.append(reuse),
        )  # fmt: skip
        self.telemetry = Telemetry()
        self.engine = Engine(config, self.store, self.telemetry, outside)

    def give_password(self, facts, domain, password=PASSWORD):
        """Make `password` the subscriber's only one."""
        key = (facts.domain_id, facts.username)
        ha1 = Ha1Set.from_password(facts.username, domain.name, password)
        number, active = facts.main_number, facts.is_active
        self.store.subscribers.put(
            key, subscriber(facts.id, facts.username, domain, number, is_active=active, credentials=[ha1])
        )

    def phone(self, host: str, port: int = 5060, transport: str = "udp", connection: int = 0) -> Phone:
        """A peer at an address."""
        return Phone(self, Flow(transport, host, port, 0, connection))

    def pass_time(self, seconds: float, step: float = 0.1) -> None:
        """Let the clocks go on, with the edge's timers."""
        until = self.now + seconds
        while self.now < until:
            self.now += step
            self.wall += step
            self.engine.tick()

    @property
    def calls(self):
        """The call records, oldest first."""
        return list(self.store.calls.records.values())

    def _entropy(self, size: int) -> bytes:
        return hashlib.sha256(str(next(self._numbers)).encode()).digest()[:size]

    def _send(self, data: bytes, flow: Flow) -> None:
        self.wire.append((data, flow))


class Phone:
    """A user agent, or a gateway, as the tests move it. host, port: what it believes to be its own."""

    def __init__(self, world: World, flow: Flow) -> None:
        self.world = world
        self.flow = flow
        self.host, self.port = flow.host, flow.port
        self._numbers = count(1)

    @property
    def uri(self) -> str:
        """Its own contact."""
        suffix = "" if self.flow.transport == "udp" else f";transport={self.flow.transport}"
        return f"sip:ua@{self.host}:{self.port}{suffix}"

    def request(
        self, method, uri, *, sender, to=None, call_id=None, cseq=1, headers=(), body=b"", tag="f", rport=False,
        contact=None,
    ):  # fmt: skip
        """A request with all that one has to have."""
        number = f"{next(self._numbers)}{self.flow.host.translate(_DIGITS)}{self.flow.port}"
        transport = self.flow.transport.upper()
        via = f"SIP/2.0/{transport} {self.host}:{self.port};branch=z9hG4bK{number}" + (";rport" if rport else "")
        return Request(
            method,
            uri,
            [
                ("Via", via),
                ("Max-Forwards", "70"),
                ("From", f"<{sender}>;tag={tag}"),
                ("To", f"<{to or uri}>"),
                ("Call-ID", call_id or f"call-{number}"),
                ("CSeq", f"{cseq} {method}"),
                ("Contact", contact or f"<{self.uri}>"),
                *headers,
            ],
            body,
        )

    def send(self, message) -> None:
        """Put a message on the wire."""
        data = message if isinstance(message, bytes) else serialise(message)
        self.world.engine.receive(data, self.flow)

    def received(self):
        """What came since the last time, as messages."""
        mine, others = [], []
        for data, flow in self.world.wire:
            (mine if flow[:3] == self.flow[:3] else others).append((data, flow))
        self.world.wire[:] = others
        return [parse(data) for data, _ in mine]

    def ask(self, message):
        """Send, and give what came back."""
        self.send(message)
        return self.received()

    def ask_as(self, username, message, *, domain="north.example", password=PASSWORD, status=401, digest_user=None):
        """Send a request, answer the challenge, and give what came back then."""
        (challenge,) = self.ask(message)
        assert isinstance(challenge, Response)
        assert challenge.status_code == status, challenge
        again = self.authorised(challenge, message, digest_user or username, domain, password)
        return self.ask(again)

    def authorised(self, challenge, message, username, domain="north.example", password=PASSWORD, nc=1):
        """The request again, with digest credentials for the challenge."""
        asked, answered = {
            401: ("WWW-Authenticate", "Authorization"),
            407: ("Proxy-Authenticate", "Proxy-Authorization"),
        }[challenge.status_code]
        nonce = challenge.get(asked).split('nonce="')[1].split('"')[0]
        ha1, ha2 = _md5(f"{username}:{domain}:{password}"), _md5(f"{message.method}:{message.request_uri}")
        response = _md5(f"{ha1}:{nonce}:{nc:08x}:cn:auth:{ha2}")
        again = message.copy()
        number = message.cseq.number + 1
        again.set("CSeq", f"{number} {message.method}")
        again.replace_first_value("Via", message.get("Via").replace("z9hG4bK", f"z9hG4bK{number}-"))
        again.append(
            answered,
            f'Digest username="{username}", realm="{domain}", nonce="{nonce}", uri="{message.request_uri}", '
            f'response="{response}", algorithm=MD5, cnonce="cn", qop=auth, nc={nc:08x}',
        )
        return again

    def register(self, username, *, domain="north.example", expires=600, headers=(), **kwargs):
        """Register, and give the final response."""
        message = self.request(
            "REGISTER",
            f"sip:{domain}",
            sender=f"sip:{username}@{domain}",
            to=f"sip:{username}@{domain}",
            headers=[("Expires", str(expires)), *headers],
            **kwargs,
        )
        (response,) = self.ask_as(username, message, domain=domain)
        return response

    def answer(self, request, status_code, *, tag="callee", headers=(), body=b""):
        """Respond to a request that came."""
        self.send(
            make_response(request, status_code, to_tag=tag, headers=[("Contact", f"<{self.uri}>"), *headers], body=body)
        )

    def in_dialog(self, method, response, *, cseq=2, headers=(), swap=None, body=b""):
        """A request inside the dialog that `response` made: from its caller, or from the callee who got `swap`."""
        number = f"{next(self._numbers)}d{self.flow.port}{self.flow.host.translate(_DIGITS)}"
        source = swap or response
        routes = source.get_all("Record-Route")
        routes = routes if swap else routes[::-1]
        remote = str(source.contacts[0].uri)
        sender, to = (response.get("To"), response.get("From")) if swap else (response.get("From"), response.get("To"))
        transport = self.flow.transport.upper()
        return Request(
            method,
            remote,
            [
                ("Via", f"SIP/2.0/{transport} {self.host}:{self.port};branch=z9hG4bK{number}"),
                ("Max-Forwards", "70"),
                *[("Route", route) for route in routes],
                ("From", sender),
                ("To", to),
                ("Call-ID", response.call_id),
                ("CSeq", f"{cseq} {method}"),
                *headers,
            ],
            body,
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
