"""Rows about passwords: replays, broken credentials, identities, guessing who exists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sipedge.auth import authenticate as authenticating
from sipedge.auth import digest
from sipedge.auth.nonce import NonceFactory, NonceLedger, NonceState
from sipedge.handlers import authentication
from sipedge.sip.message import Request, Response
from sipedge.transaction.layer import TransactionLayer
from tests.security.edges import ALICE_URI, BOB, BOB_URI, NORTH, Scene, again, one, register, statuses
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.world import Phone
from tests.sipedge.routing.network import ASLEEP
from tests.sipedge.routing.network import NORTH as NORTH_DOMAIN

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
    stolen = again(signed, scene.mallory, Call_ID="stolen", Contact=f"<{scene.mallory.uri}>")
    assert is_stale(scene.mallory.ask(stolen))
    assert scene.bindings() == [scene.alice.uri]


def a_captured_register_removes_nothing() -> None:
    scene = Scene()
    stolen = again(captured_register(scene), scene.mallory, Call_ID="stolen", Contact="*", Expires="0")
    assert is_stale(scene.mallory.ask(stolen))
    assert scene.bindings() == [scene.alice.uri]


def a_captured_invite_calls_nobody() -> None:
    scene = Scene().with_bob()
    invite = scene.alice.request("INVITE", BOB_URI, sender=ALICE_URI)
    challenge = one(scene.alice.ask(invite))
    signed = scene.alice.authorised(challenge, invite, "alice")
    scene.alice.ask(signed)
    assert len(scene.bob.received()) == 1
    assert is_stale(scene.mallory.ask(again(signed, scene.mallory, Call_ID="stolen")))
    assert scene.bob.received() == []


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
            edit(NonceFactory._mac, ('realm.encode("utf-8", "surrogateescape")', 'b""')),
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

# digest user not the AoR


def nobody_registers_somebody_else() -> None:
    scene = Scene()
    message = register(scene.alice, "bob")
    challenge = one(scene.alice.ask(message))
    assert statuses(scene.alice.ask(scene.alice.authorised(challenge, message, "alice"))) == [403]
    assert scene.bindings(BOB) == []


def nobody_calls_as_somebody_else() -> None:
    scene = Scene().with_bob()
    for sender in ("sip:boss@north.example", "sip:+4311002@north.example", "sip:alice@elsewhere.example"):
        assert statuses(scene.call(BOB_URI, sender=sender)) == [403], sender
    scene.assert_nothing_left()
    assert scene.world.calls == []


def the_from_of_another_domain_is_not_ones_own() -> None:
    scene = Scene().with_bob()
    assert statuses(scene.call(BOB_URI, sender="sip:alice@elsewhere.example")) == [403]
    scene.assert_nothing_left()


def alice_of_one_reseller_is_not_alice_of_the_other() -> None:
    scene = Scene()
    aor = "sip:alice@south.example"
    message = scene.alice.request("REGISTER", "sip:south.example", sender=aor, to=aor)
    challenge = one(scene.alice.ask(message))
    for realm, expected in (("north.example", 401), ("south.example", 200)):
        signed = scene.alice.authorised(challenge, message, "alice", domain=realm)
        assert statuses(scene.alice.ask(again(signed, scene.alice))) == [expected]


def _any_realm(request: Request, header: str, realm: str) -> Any:
    value = request.get(header)
    return digest.parse_authorization(value) if value else None


NOT_ONES_OWN = Row(
    "identity-by-digest",
    "digest user not the AoR that is registered, or not the From of a call",
    "403; identity comes from the digest alone",
    [
        *(
            proof(
                check,
                "handlers/authentication.py prove",
                edit(authentication.prove, ("username != claimed", "False")),
            )
            for check in (nobody_registers_somebody_else, nobody_calls_as_somebody_else)
        ),
        proof(
            the_from_of_another_domain_is_not_ones_own,
            "handlers/authentication.py identify",
            edit(authentication.identify, ("own is None or sender.user_unescaped is None", "False")),
        ),
        proof(
            alice_of_one_reseller_is_not_alice_of_the_other,
            "auth/authenticate.py find_authorization",
            swap(authentication, "find_authorization", _any_realm),
            swap(authenticating, "find_authorization", _any_realm),
            edit(digest._ha1_values, ("authorization.realm != realm or ", "")),
            edit(authentication.prove, ("key = (domain.id, username)", 'key = (1, "alice")')),
        ),
    ],
)

# guessing users

KNOWN, UNKNOWN, SUSPENDED = "alice", "nobody", "asleep"


def users_of(scene: Scene) -> tuple[str, ...]:
    """A known user, one that does not exist, and a suspended one, each with a password where it exists."""
    scene.world.give_password(ASLEEP, NORTH_DOMAIN)
    return KNOWN, UNKNOWN, SUSPENDED


def wrongly_signed(phone: Phone, message: Request, username: str) -> list[Any]:
    """What comes of a wrong password."""
    challenge = one(phone.ask(message))
    assert challenge.status_code in (401, 407)
    return phone.ask(phone.authorised(challenge, message, username, password="wrong"))


def looks(answer: Response, username: str) -> list[tuple[str, int]]:
    """What a stranger can tell two answers apart by: status, reason, headers, their order, and their lengths."""
    lines = [("status", answer.status_code), (answer.reason, 0)]
    return lines + [(name, len(value.replace(username, ""))) for name, value in answer.headers]


def challenges_do_not_tell_who_exists() -> None:
    scene = Scene()
    seen = set()
    for username in users_of(scene):
        for _ in range(3):
            answer = one(scene.mallory.ask(register(scene.mallory, username, Call_ID="same")))
            seen.add(str(looks(answer, username)))
    assert len(seen) == 1, seen


def wrong_passwords_do_not_tell_who_exists() -> None:
    scene = Scene()
    seen = set()
    for username in users_of(scene):
        message = register(scene.mallory, username, Call_ID="same")
        (answer,) = wrongly_signed(scene.mallory, message, username)
        seen.add(str(looks(answer, username)))
    assert len(seen) == 1, seen


def calls_do_not_tell_who_exists() -> None:
    for method in ("INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS"):
        scene = Scene()
        seen = set()
        for username in users_of(scene):
            uri = f"sip:{username}@north.example"
            callers = [scene.mallory.request(method, uri, sender="sip:x@y.example", call_id="same")]
            callers += [scene.mallory.request(method, NORTH, to=uri, sender=uri, call_id="same")][method == "OPTIONS" :]
            for message in callers:
                answer = one(scene.mallory.ask(message))
                seen.add((message.request_uri == uri, str(looks(answer, username))))
        assert len({look for is_callee, look in seen if is_callee}) == 1, (method, seen)
        assert len({look for is_callee, look in seen if not is_callee}) <= 1, (method, seen)


def a_suspended_user_looks_alike_until_the_password_is_right() -> None:
    scene = Scene()
    users_of(scene)
    message = register(scene.alice, SUSPENDED)
    assert statuses(wrongly_signed(scene.mallory, message, SUSPENDED)) == [401]
    challenge = one(scene.alice.ask(again(message, scene.alice)))
    assert statuses(scene.alice.ask(scene.alice.authorised(challenge, message, SUSPENDED))) == [403]


def digest_work(scene: Scene, username: str) -> int:
    """How many digests the edge computes for a wrong password."""
    counted = []
    known = dict(digest._DIGESTS)

    def counting(function: Any) -> Any:
        return lambda text: counted.append(1) or function(text)

    message = register(scene.mallory, username)
    challenge = one(scene.mallory.ask(message))
    signed = scene.mallory.authorised(challenge, message, username, password="wrong")
    digest._ha2.cache_clear()
    digest._DIGESTS.update({name: counting(function) for name, function in known.items()})
    try:
        answer = one(scene.mallory.ask(signed))
    finally:
        digest._DIGESTS.update(known)
    assert answer.status_code == 401
    return len(counted)


def a_wrong_password_costs_the_same_work_for_all() -> None:
    scene = Scene()
    known = {username: digest_work(scene, username) for username in users_of(scene)}
    facts = scene.world.store.subscribers.get((1, KNOWN))
    scene.world.store.subscribers.put((1, KNOWN), replace(facts, credentials=facts.credentials * 4))
    known["with four credentials"] = digest_work(scene, KNOWN)
    assert set(known.values()) == {digest.MAX_CREDENTIALS + 1}, known


def _tells(*args: Any, **kwargs: Any) -> Any:
    """404 for who does not exist, as many servers do."""
    if args[4] is None:
        return authenticating.Refused(404, "Not Found")
    return _authenticate(*args, **kwargs)


_authenticate = authenticating.authenticate
_TELLS = swap(authentication, "authenticate", _tells)
_SUSPENDED_FIRST = edit(
    authentication.prove,
    ("    if isinstance(result, Challenge):", "    if subscriber and not subscriber.is_active:\n        "
     'exchange.reply(403)\n    elif isinstance(result, Challenge):'),
)  # fmt: skip

GUESSING_USERS = Row(
    "guessing-users",
    "guessing users: reply, header set or time differs between known, unknown, suspended",
    "all the same until the password is right; equal digest work for unknown users",
    [
        proof(challenges_do_not_tell_who_exists, "handlers/authentication.py prove", _TELLS),
        proof(wrong_passwords_do_not_tell_who_exists, "handlers/authentication.py prove", _TELLS),
        proof(calls_do_not_tell_who_exists, "handlers/authentication.py identify", _TELLS),
        proof(
            a_suspended_user_looks_alike_until_the_password_is_right,
            "handlers/authentication.py prove",
            _SUSPENDED_FIRST,
        ),
        proof(
            a_wrong_password_costs_the_same_work_for_all,
            "auth/digest.py verify",
            edit(digest.verify, ("range(MAX_CREDENTIALS - len(tried))", "range(0)")),
        ),
    ],
)

ROWS = [REPLAY, BROKEN_CREDENTIALS, NOT_ONES_OWN, GUESSING_USERS]
