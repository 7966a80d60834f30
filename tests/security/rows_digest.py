"""Rows about who somebody is: by digest alone, and without telling who exists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sipedge.auth import digest
from sipedge.auth.nonce import NonceFactory, NonceState
from sipedge.handlers import authentication
from sipedge.handlers.fast_register import FastRegistrar
from sipedge.sip.message import Request, Response
from tests.security.edges import BOB, BOB_URI, NORTH, Scene, again, one, register, statuses
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.world import Phone
from tests.sipedge.routing.network import ASLEEP
from tests.sipedge.routing.network import NORTH as NORTH_DOMAIN

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
                "handlers/authentication.py _entitled",
                edit(authentication._entitled, ("claimed not in (None, subscriber.username)", "False")),
                edit(authentication.identify, ("user != proven.username", "False")),
            )
            for check in (nobody_registers_somebody_else, nobody_calls_as_somebody_else)
        ),
        proof(
            the_from_of_another_domain_is_not_ones_own,
            "handlers/authentication.py identify",
            edit(authentication.identify, ("own is None or not user", "False")),
        ),
        proof(
            alice_of_one_reseller_is_not_alice_of_the_other,
            "auth/authenticate.py find_authorization",
            swap(authentication, "find_authorization", _any_realm),
            edit(authentication.prove, ("key = (domain.id, username)", 'key = (1, "alice")')),
            swap(NonceFactory, "check", lambda *_: NonceState.FRESH),
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
    assert set(known.values()) == {digest.MOST_TRIED + 2}, known  # HA2, and the fast path's one


def the_fast_path_does_as_much_for_all() -> None:
    a_wrong_password_costs_the_same_work_for_all()


def _answered_early(condition: str, status_code: int) -> Any:
    """An edge that looks at who is meant before it looks at the password."""
    check = "    if given is not None:\n"
    asked = f"    if {condition}:\n        exchange.reply({status_code})\n        return None\n"
    return edit(authentication.prove, (check, asked + check))


_TELLS = _answered_early("subscriber is None", 404)
_SUSPENDED_FIRST = _answered_early("subscriber is not None and not subscriber.is_active", 403)

GUESSING_USERS = Row(
    "guessing-users",
    "guessing users: reply, header set or time differs between known, unknown, suspended",
    "all the same until the password is right; equal digest work for unknown users",
    [
        proof(
            challenges_do_not_tell_who_exists,
            "handlers/authentication.py prove",
            _TELLS,
            swap(FastRegistrar, "receive", lambda *_: False),
        ),
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
            edit(digest.verify, ("range(MOST_TRIED - len(tried))", "range(0)")),
        ),
        proof(
            the_fast_path_does_as_much_for_all,
            "auth/digest.py verify_first",
            edit(
                digest.verify_first, ("    secret = ", "    if not credentials:\n        return False\n    secret = ")
            ),
        ),
    ],
)

ROWS = [NOT_ONES_OWN, GUESSING_USERS]
