"""The fast path of REGISTER against the general one: two edges hear the same, one of them without the fast path."""

import hashlib
import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipedge.handlers import fast_register
from sipedge.handlers.fast_register import FastRegistrar
from sipedge.sip.flow import Flow
from tests.sipedge.handlers.world import PASSWORD, World

FLOW = Flow("udp", "192.0.2.50", 5060)
BEHIND_NAT = Flow("udp", "203.0.113.7", 40_001)


class Refusing:
    """No fast path."""

    def receive(self, _data: bytes, _flow: Flow, _now: float) -> bool:
        return False


class Counting:
    """The fast path, and how often it was taken."""

    def __init__(self, world: World) -> None:
        self.taken = 0
        self._path = FastRegistrar(world.engine.services, world.engine._receive)

    def receive(self, data: bytes, flow: Flow, now: float) -> bool:
        taken = self._path.receive(data, flow, now)
        self.taken += taken
        return taken


@dataclass(frozen=True)
class Said:
    """One REGISTER, as its lines; credentials: what the phone does about them."""

    uri: str = "sip:north.example"
    via: str = "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{n}"
    from_: str = "<sip:alice@north.example>;tag=f"
    to: str = "<sip:alice@north.example>"
    call_id: str = "c1"
    cseq: str = "{n} REGISTER"
    contact: str = "<sip:alice@192.0.2.50:5060>"
    more: tuple[str, ...] = ("Expires: 600",)
    credentials: str = "right"
    end: bytes = b"\r\n\r\n"

    def lines(self, number: int) -> list[str]:
        """All but the credentials."""
        return [
            f"REGISTER {self.uri} SIP/2.0",
            f"Via: {self.via.format(n=number)}",
            "Max-Forwards: 70",
            f"From: {self.from_}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq.format(n=number)}",
            f"Contact: {self.contact}",
            *self.more,
        ]


class Twins:
    """The same edge twice, and a phone that says everything to both."""

    def __init__(self, *, cold: bool = False) -> None:
        self.worlds = [World(cold=cold, rate_limit=50.0), World(cold=cold, rate_limit=50.0)]
        self.fast = Counting(self.worlds[0])
        self.worlds[0].engine._fast = self.fast
        self.worlds[1].engine._fast = Refusing()
        self._number = 0
        self._last = b""
        self._nonce = ""  # both have the same randomness
        self._uses = 0

    def hear(self, data: bytes, flow: Flow) -> list[list[str]]:
        """Gives what both answered, the lines of each answer sorted."""
        answers = []
        for world in self.worlds:
            world.engine.receive(data, flow)
            while world.store.settle():
                continue
            answers.append([sorted(sent.decode("latin-1").split("\r\n")) for sent, _ in world.wire])
            world.wire.clear()
        assert answers[0] == answers[-1]
        return answers[0]

    def say(self, said: Said, flow: Flow = FLOW, spoil: tuple[int, int] | None = None) -> list[list[str]]:
        """A REGISTER, first without credentials where it has to be, and what came back last."""
        self._number += 1
        if said.credentials == "again":
            return self.hear(self._last, flow)
        if said.credentials in ("right", "wrong", "long", "twice"):
            self._challenge(said, flow)
            self._number += 1
        self._uses += said.credentials != "old"
        self._last = self._written(said, spoil)
        return self.hear(self._last, flow)

    def same(self) -> None:
        """Both came to the same."""
        one, other = self.worlds
        assert one.store.bindings._rows == other.store.bindings._rows
        assert one.engine.counts() == other.engine.counts()
        assert one.engine.services.guard._rates._full_at == other.engine.services.guard._rates._full_at
        assert one.engine.services.ledger._counts == other.engine.services.ledger._counts
        for figures in ("_requests", "_responses", "_events"):
            assert +getattr(one.telemetry, figures) == +getattr(other.telemetry, figures)
        assert one.telemetry.security_log.counts == other.telemetry.security_log.counts

    def _challenge(self, said: Said, flow: Flow) -> None:
        for answer in self.hear(self._written(replace(said, credentials="none"), None), flow):
            if found := re.search(r'nonce="([0-9a-f]+)"', "".join(answer)):
                self._nonce = found[1]
                self._uses = 0

    def _written(self, said: Said, spoil: tuple[int, int] | None) -> bytes:
        lines = said.lines(self._number)
        if said.credentials != "none" and self._nonce:
            lines.insert(8, f"Authorization: {self._credentials(said, self._nonce)}")
        data = bytearray("\r\n".join(lines).encode("latin-1") + said.end)
        if spoil is not None:
            data[spoil[0] % len(data)] = spoil[1]
        return bytes(data)

    def _credentials(self, said: Said, nonce: str) -> str:
        user = "alice@north.example" if said.credentials == "long" else "alice"
        password = "wrong" if said.credentials == "wrong" else PASSWORD
        nc = f"{self._uses:08x}"
        ha1, ha2 = _md5(f"{user}:north.example:{password}"), _md5("REGISTER:sip:north.example")
        response = _md5(f"{ha1}:{nonce}:{nc}:cn:auth:{ha2}")
        return (
            f'Digest username="{user}", realm="north.example", nonce="{nonce}", uri="sip:north.example", '
            f'response="{response}", algorithm=MD5, cnonce="cn", qop=auth, nc={nc}'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


USUAL = Said()
VIAS = (
    "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{n};rport",
    "SIP/2.0/UDP 192.0.2.50:5060;rport;branch=z9hG4bK{n}",
    "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK{n}",
    "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{n}",
    "SIP/2.0/UDP 10.0.0.9:64000;branch=z9hG4bK{n};rport",
    "SIP/2.0/UDP 10.0.0.9:99999;branch=z9hG4bK{n};rport",
    "SIP/2.0/UDP 192.0.2.50:5060;rport;branch=z9hG4bK{n};rport",
    "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{n};received=1.2.3.4",
    "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK",
    "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{n}, SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKx",
    "SIP/2.0/TCP 192.0.2.50:5060;branch=z9hG4bK{n}",
    "SIP/2.0/UDP 999.1:5060;branch=z9hG4bK{n}",
    "SIP/2.0/UDP phone.example;branch=z9hG4bK{n}",
)
CONTACTS = (
    "<sip:alice@192.0.2.50:5060>;expires=120",
    "<sip:alice@192.0.2.50:5060>;expires=0",
    "<sip:alice@192.0.2.50:5060>;expires=9",
    "<sip:alice@192.0.2.50:5060>;q=0.5",
    "<sip:alice@192.0.2.50:5060;transport=udp>",
    "<sip:alice@192.0.2.50:5060;transport=TCP>",
    "<sip:alice@192.0.2.50:5060;line=abc;ob>",
    "<sip:alice@192.0.2.50:5060;=abc>",
    "<sip:alice@10.0.0.9:5060>",
    "<sip:192.0.2.50>",
    "<sip:alice@0.0.0.0>",
    "<sip:alice@192.0.2.1:5060>",
    "<sip:alice@phone.example>",
    '<sip:alice@192.0.2.50:5060>;+sip.instance="<urn:uuid:1>"',
    '<sip:alice@192.0.2.50:5060>;+sip.instance="<urn:uuid:1>";reg-id=1',
    "<sip:alice@192.0.2.50:5060>, <sip:alice@192.0.2.51>",
    "sip:alice@192.0.2.50:5060",
    "*",
)
TOS = (
    "<sip:ALICE@north.example>",
    "<sip:bob@north.example>",
    "<sip:nobody@north.example>",
    '"Alice A." <sip:alice@north.example>',
    "Alice <sip:alice@north.example>",
    "<sip:alice@north.example>;tag=x",
    "<sip:alice@south.example>",
    "<sip:alice@north.example:5060>",
    "<sip:al%69ce@north.example>",
    "<sip:alice@elsewhere.example>",
)
MORE = (
    (),
    ("Expires: 0",),
    ("Expires: 30",),
    ("Expires: 99999",),
    ("Expires: soon",),
    ("Expires: 600", "Expires: 600"),
    ("Expires: 600", "User-Agent: Snom/10  "),
    ("Expires: 600", "User-Agent: friendly-scanner"),
    ("Expires: 600", "Allow: INVITE, ACK", "Supported: path, outbound", "Content-Length: 0"),
    ("Expires: 600", "Allow: INVITE", "Allow: ACK"),
    ("Expires: 600", "Require: path"),
    ("Expires: 600", "Path: <sip:192.0.2.9;lr>"),
    ("Expires: 600", "Content-Length: 5"),
    ("Expires: 600", "Max-Forwards: 9"),
    ("Expires: 600", "Call-ID: c2"),
    ("Expires: 600", "X-Anything: goes"),
    ("e\xe9: 600",),
    ("Expires:600", "Subject: a", " b"),
    ("Contact: <sip:alice@192.0.2.60>",),
    ("Expires: 600", "CSeq: 7 REGISTER"),
)


@st.composite
def saids(draw: st.DrawFn) -> Said:
    """The usual REGISTER with some of its lines otherwise."""
    change = draw(st.sampled_from(["nothing", "via", "contact", "to", "more", "uri", "call_id", "cseq", "from", "end"]))
    said = replace(
        USUAL, credentials=draw(st.sampled_from(["right", "right", "right", "none", "wrong", "long", "old", "again"]))
    )
    if change == "via":
        return replace(said, via=draw(st.sampled_from(VIAS)))
    if change == "contact":
        return replace(said, contact=draw(st.sampled_from(CONTACTS)))
    if change == "to":
        return replace(said, to=draw(st.sampled_from(TOS)))
    if change == "more":
        return replace(said, more=draw(st.sampled_from(MORE)))
    if change == "uri":
        uris = [
            "sip:NORTH.example",
            "sip:north.example:5060",
            "sip:192.0.2.1",
            "sip:elsewhere.example",
            "sip:a@north.example",
        ]
        return replace(said, uri=draw(st.sampled_from(uris)))
    if change == "call_id":
        return replace(said, call_id=draw(st.sampled_from(["c2", "a b", "c\u00e9", "x" * 600])))
    if change == "cseq":
        return replace(
            said, cseq=draw(st.sampled_from(["1 REGISTER", "{n} INVITE", "99999999999 REGISTER", "{n}  REGISTER"]))
        )
    if change == "from":
        return replace(
            said, from_=draw(st.sampled_from(["<sip:alice@north.example>", "sip:a@b;tag=1", '"\\"" <sip:a@b>;tag=1']))
        )
    if change == "end":
        return replace(said, end=draw(st.sampled_from([b"\r\n\r\nbody", b"\r\n", b"", b"\r\n\r\n\r\n"])))
    return said


SPOILS = st.none() | st.tuples(st.integers(0, 700), st.integers(0, 255))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(saids(), st.sampled_from([FLOW, FLOW, FLOW, BEHIND_NAT]), SPOILS), min_size=1, max_size=5),
    st.booleans(),
)
def test_both_paths_say_and_do_the_same(said: list[tuple[Said, Flow, tuple[int, int] | None]], cold: bool) -> None:
    twins = Twins(cold=cold)
    for one, flow, spoil in said:
        twins.say(one, flow, spoil)
        twins.same()


def test_a_usual_phone_takes_the_fast_path() -> None:
    twins = Twins()
    for said, expected in (
        (USUAL, 2),  # new: decided at length
        (USUAL, 2),
        *((replace(USUAL, via=via), 2) for via in VIAS[:5]),
        (replace(USUAL, more=MORE[8]), 2),
        (replace(USUAL, to=TOS[3]), 2),
    ):
        taken = twins.fast.taken
        [answer] = twins.say(said)
        assert "SIP/2.0 200 OK" in answer
        assert twins.fast.taken - taken == expected, said


@pytest.mark.parametrize(
    "said", [replace(USUAL, more=MORE[4]), replace(USUAL, contact=CONTACTS[3]), replace(USUAL, to=TOS[6])]
)
def test_what_is_unusual_does_not(said: Said) -> None:
    twins = Twins()
    twins.say(USUAL)
    taken = twins.fast.taken
    twins.say(replace(said, credentials="none"))
    assert twins.fast.taken == taken


@pytest.mark.parametrize("broken", ["renew", "response_contacts"])
def test_what_breaks_our_code_gets_500_and_leaves_nothing_behind(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    twins = Twins()
    twins.say(USUAL)
    world = twins.worlds[0]
    twins.worlds = [world]
    with monkeypatch.context() as patch:
        patch.setattr(fast_register, broken, lambda *_: int("broken"))
        [answer] = twins.say(USUAL)
    assert any(line.startswith("SIP/2.0 500") for line in answer)
    assert (world.telemetry.exceptions, world.engine.unanswered) == (1, 0)
    [answer] = twins.say(USUAL)
    assert "SIP/2.0 200 OK" in answer
