"""Rows about Authorization: sent again, and broken."""

from __future__ import annotations

from typing import Any

from sipedge.auth import authenticate as authenticating
from sipedge.auth import digest
from sipedge.auth.nonce import NonceFactory, NonceLedger, NonceState
from sipedge.sip.message import Request, Response
from sipedge.transaction.layer import TransactionLayer
from tests.security.edges import ALICE_URI, BOB_URI, NORTH, Scene, again, one, register, statuses
from tests.security.matrix import Row, edit, proof, swap

# captured Authorization sent again


def captured_register(scene: Scene) -> Request:
    """A REGISTER of alice's as somebody on the way saw it."""
    message = register(scene.alice)
    challenge = one(scene.alice.ask(message))
    signed = scene.alice.authorised(challenge, message, "alice")
    assert statuses(scene.alice.ask(signed)) == [200]
    return signed


def is_stale(answers: list[Any]) -> bool:
    """One 401 or 407 with stale=true."""
    answer = one(answers)
    text = answer.get("WWW-Authenticate") or answer.get("Proxy-Authenticate") or ""
    return answer.status_code in (401, 407) and "stale=true" in text


def a_captured_register_binds_nothing() -> None:
    scene = Scene()
    signed = captured_register(scene)
    neighbour = scene.world.phone("192.0.2.50", 5999)  # behind the same NAT
    stolen = again(signed, neighbour, Call_ID="stolen", Contact=f"<{neighbour.uri}>")
    assert is_stale(neighbour.ask(stolen))
    assert scene.bindings() == [scene.alice.uri]


def a_captured_register_removes_nothing() -> None:
    scene = Scene()
    signed = captured_register(scene)
    assert is_stale(scene.alice.ask(again(signed, scene.alice, Call_ID="stolen", Contact="*", Expires="0")))
    assert scene.bindings() == [scene.alice.uri]


def a_captured_invite_calls_nobody() -> None:
    scene = Scene().with_bob()
    invite = scene.alice.request("INVITE", BOB_URI, sender=ALICE_URI)
    challenge = one(scene.alice.ask(invite))
    signed = scene.alice.authorised(challenge, invite, "alice")
    scene.alice.ask(signed)
    assert len(scene.bob.received()) == 1
    assert is_stale(scene.alice.ask(again(signed, scene.alice, Call_ID="stolen")))
    assert scene.bob.received() == []


def a_nonce_is_of_one_source() -> None:
    scene = Scene()
    message = register(scene.alice)
    challenge = one(scene.alice.ask(message))
    unused = scene.alice.authorised(challenge, message, "alice")  # it never arrived
    stolen = again(unused, scene.mallory, Contact=f"<{scene.mallory.uri}>")
    assert is_stale(scene.mallory.ask(stolen))
    assert scene.bindings() == []


def a_nonce_count_has_to_rise() -> None:
    scene = Scene()
    message = register(scene.alice)
    challenge = one(scene.alice.ask(message))
    for count, expected in ((5, 200), (5, 401), (4, 401), (6, 200)):
        signed = scene.alice.authorised(challenge, message, "alice", nc=count)
        answer = one(scene.alice.ask(again(signed, scene.alice, CSeq=f"{10 + count} REGISTER", Call_ID=f"c{expected}")))
        assert answer.status_code == expected, count


def a_nonce_that_is_not_ours_opens_nothing() -> None:
    scene = Scene()
    message = register(scene.alice)
    challenge = one(scene.alice.ask(message))
    made_up = Response(401, "", [("WWW-Authenticate", f'Digest realm="north.example", nonce="{"0" * 48}"')])
    assert len(challenge.get("WWW-Authenticate").split('nonce="')[1].split('"')[0]) == 48
    assert is_stale(scene.alice.ask(scene.alice.authorised(made_up, message, "alice")))
    assert scene.bindings() == []


def a_nonce_ends() -> None:
    scene = Scene()
    message = register(scene.alice)
    challenge = one(scene.alice.ask(message))
    scene.world.pass_time(301, step=10)
    assert is_stale(scene.alice.ask(scene.alice.authorised(challenge, message, "alice")))
    assert scene.bindings() == []


def a_nonce_is_of_one_realm() -> None:
    scene = Scene()
    south = scene.alice.request(
        "REGISTER", "sip:south.example", sender="sip:alice@south.example", to="sip:alice@south.example"
    )
    challenge = one(scene.alice.ask(register(scene.alice)))
    assert is_stale(scene.alice.ask(scene.alice.authorised(challenge, south, "alice", domain="south.example")))


def a_retransmission_gets_the_same_answer_again() -> None:
    scene = Scene()
    message = register(scene.alice)
    challenge = one(scene.alice.ask(message))
    signed = scene.alice.authorised(challenge, message, "alice")
    first, second = scene.alice.ask(signed), scene.alice.ask(signed)
    assert statuses(first) == [200]
    assert first == second


REPLAY = Row(
    "replay",
    "captured Authorization sent again",
    "nonces are ours (signed, timed, bound to realm); nonce_count rises strictly; a replay gets 401 stale=true and "
    "never a binding. A *retransmission* (same transaction) gets the same answer again",
    [
        *(
            proof(check, "auth/nonce.py NonceLedger.use", swap(NonceLedger, "use", lambda *_: True))
            for check in (
                a_captured_register_binds_nothing,
                a_captured_register_removes_nothing,
                a_captured_invite_calls_nobody,
            )
        ),
        proof(
            a_nonce_count_has_to_rise,
            "auth/nonce.py NonceLedger.use",
            edit(NonceLedger.use, ("nonce_count <= known", "False")),
        ),
        proof(
            a_nonce_that_is_not_ours_opens_nothing,
            "auth/nonce.py NonceFactory.check",
            swap(NonceFactory, "check", lambda *_: NonceState.FRESH),
        ),
        proof(
            a_nonce_ends,
            "auth/nonce.py NonceFactory.check",
            edit(NonceFactory.check, ("-1 <= age <= self._lifetime", "True")),
        ),
        proof(
            a_nonce_is_of_one_realm,
            "auth/nonce.py NonceFactory._mac",
            edit(NonceFactory._mac, ("{source} {realm}", "{source}")),
        ),
        proof(
            a_nonce_is_of_one_source,
            "auth/nonce.py NonceFactory._mac",
            edit(NonceFactory._mac, ("{source} {realm}", "{realm}")),
        ),
        proof(
            a_retransmission_gets_the_same_answer_again,
            "transaction/layer.py TransactionLayer.match_request",
            swap(TransactionLayer, "match_request", lambda *_: None),
        ),
    ],
)

# broken Authorization

_GOOD = 'username="alice", realm="north.example", nonce="n", uri="sip:north.example", response="r"'
BROKEN = (
    "",
    "Digest",
    "digest ,",
    "Digest =",
    'Digest username="alice"',
    'Digest username="alice", nonce="n", uri="u", response="r"',  # no realm
    'Digest username="alice", realm="north.example", uri="u", response="r"',  # no nonce
    f"Digest {_GOOD}, realm",
    f'Digest {_GOOD}, username="bob"',
    f"Digest {_GOOD}, nc=xyz, qop=auth, cnonce=c",
    f"Digest {_GOOD}, qop=auth",
    f"Digest {_GOOD}, qop=auth-int, nc=00000001, cnonce=c",
    f"Digest {_GOOD}, algorithm=TOKEN",
    'Digest username="al,i=ce\\"", realm="north.example", nonce="a, b=c", uri="sip:x", response="r"',
    'Digest username="alice, realm="north.example", nonce="n", uri="u", response="r"',
    'Digest username="\\", realm="north.example", nonce="n", uri="u", response="r"',
    'Digest username="al\0ice", realm="north.example", nonce="n", uri="u", response="r"',
    'Digest username="\\\0", realm="north.example", nonce="n", uri="u", response="r"',
    f"Digest {_GOOD.replace('alice', 'a' * 3000)}",
    f'Digest {_GOOD}, opaque="{"o" * 9000}"',
    "Digest " + 'x="' * 1000,
    "Digest " + "," * 4000,
    "\xe9\udcff" * 100,
    "Basic YWxpY2U6YWxpY2U=",
)


def broken_credentials_are_refused_and_break_nothing() -> None:
    scene = Scene()
    for method, header, uri in (("REGISTER", "Authorization", NORTH), ("INVITE", "Proxy-Authorization", BOB_URI)):
        for value in BROKEN:
            message = scene.alice.request(method, uri, sender=ALICE_URI, to=ALICE_URI)
            head = "\r\n".join(f"{name}: {text}" for name, text in [*message.headers, (header, value)])
            data = f"{method} {uri} SIP/2.0\r\n{head}\r\n\r\n".encode("utf-8", "surrogateescape")
            answers = [status for status in statuses(scene.alice.ask(data)) if status != 100]
            assert len(answers) == 1, value
            assert answers[0] in (400, 401, 407), (value, answers)
    assert scene.bindings() == []
    scene.assert_nothing_left()
    scene.assert_well()


def _naive(value: str) -> digest.Authorization:
    """Credentials as one would read them in a hurry."""
    params = dict(part.strip().split("=") for part in value.removeprefix("Digest ").split(","))
    return digest.Authorization(*(params[name] for name in ("username", "realm", "nonce", "uri", "response")))


BROKEN_CREDENTIALS = Row(
    "broken-authorization",
    "broken Authorization: no realm, no nonce, NUL, kilobytes, commas and escaped quotes inside values",
    "400 or 401, never an exception",
    [
        proof(
            broken_credentials_are_refused_and_break_nothing,
            "auth/digest.py parse_authorization",
            swap(authenticating, "parse_authorization", _naive),
        )
    ],
)

ROWS = [REPLAY, BROKEN_CREDENTIALS]
