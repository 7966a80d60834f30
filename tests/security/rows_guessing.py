"""Rows about guessing passwords, and about answers that are worth more than what was sent for them."""

from __future__ import annotations

from typing import Any

from sipedge.auth.challenge import challenge as written_challenge
from sipedge.engine import Engine
from sipedge.guards.bans import lifted
from sipedge.guards.guard import BURST_SECONDS, Guard, GuardLimits
from sipedge.handlers import authentication, door, exchange
from sipedge.handlers.exchange import Exchange
from sipedge.sip.message import Request, serialise
from tests.security.edges import BOB_URI, NORTH, Scene, one, register, statuses, wire
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.world import PASSWORD, Phone

WORDS = 200
SOURCE, AOR = "203.0.113.66", (1, "alice")


def guess(phone: Phone, password: str, username: str = "alice") -> list[Any]:
    """Try one password."""
    message = register(phone, username)
    return phone.ask(phone.authorised(one(phone.ask(message)), message, username, password=password))


def a_password_is_not_found_by_trying_and_its_owner_gets_in() -> None:
    scene = Scene()
    for number in range(WORDS):
        scene.world.now += 0.1
        word = PASSWORD if number > WORDS // 2 and number % 10 == 0 else f"word{number}"
        assert statuses(guess(scene.mallory, word)) == [401], number
    assert statuses(guess(scene.alice, PASSWORD)) == [200]
    assert scene.bindings() == [scene.alice.uri]


def many_sources_do_not_find_it_either_and_lock_nobody_out() -> None:
    scene = Scene()
    found = 0
    sources = [scene.world.phone(f"203.0.113.{number}") for number in range(WORDS // 4)]
    for number in range(WORDS):
        scene.world.now += 0.1
        source = sources[number // 4]
        found += statuses(guess(source, PASSWORD if number > 60 and number % 4 == 3 else f"word{number}")) == [200]
    assert found == 0
    assert statuses(guess(scene.alice, PASSWORD)) == [200]


def one_source_does_not_try_many_users_for_long() -> None:
    scene = Scene()
    for number in range(120):
        scene.world.now += 0.1
        if not scene.mallory.ask(register(scene.mallory, f"user{number}")):
            break
        guess(scene.mallory, "1234", f"user{number}")
    assert scene.mallory.ask(register(scene.mallory)) == []  # banned: silence
    assert [ban.source for ban in scene.world.engine.services.guard.bans] == ["203.0.113.66"]
    assert statuses(guess(scene.alice, PASSWORD)) == [200]
    scene.world.pass_time(601, step=1)
    assert statuses(scene.mallory.ask(register(scene.mallory))) == [401]  # bans end


def edges_count_together() -> None:
    here, there = Guard(GuardLimits(), lambda _: False), Guard(GuardLimits(), lambda _: False)
    for _ in range(10):
        here.failed(SOURCE, AOR, 0.0, 0.0)
    there.failed(SOURCE, AOR, 0.0, 0.0)
    assert there.may_check(SOURCE, AOR, 0.0, lambda: False)
    for key, number in here.take_counts(100):
        there.learn(key, number, 0.0, 0.0)
    assert not there.may_check(SOURCE, AOR, 0.0, lambda: False)
    assert there.may_check("192.0.2.50", AOR, 0.0, lambda: False)  # the owner, from elsewhere


def a_ban_is_shared_and_lifted() -> None:
    here, there = Guard(GuardLimits(source=3), lambda _: False), Guard(GuardLimits(), lambda _: False)
    for number in range(3):
        here.failed(SOURCE, (1, f"user{number}"), 0.0, 0.0)
    ban = one(here.take_bans())
    assert there.adopt(ban, 0.0, 0.0)
    assert there.is_banned(SOURCE, 1.0)
    there.adopt(lifted(ban, "admin", 1.0), 1.0, 1.0)
    assert not there.is_banned(SOURCE, 1.0)


def guesses_are_told_without_the_secret() -> None:
    scene = Scene()
    guess(scene.mallory, "a-guess")
    event = one(scene.world.telemetry.security_log.take())
    assert (event["kind"], event["source"], event["aor"]) == ("login_failed", "203.0.113.66", "alice@north.example")
    assert "a-guess" not in str(event)


_CHECKED_ALWAYS = swap(Guard, "may_check", lambda *_: True)
_NEVER_BANNED = swap(Guard, "_judge", lambda *_: None)

GUESSING_PASSWORDS = Row(
    "guessing-passwords",
    "guessing passwords",
    "budgets for (source, AoR), source, AoR, shared among edges; the right password from elsewhere keeps working, so "
    "that nobody can be locked out by a stranger; bans are seen and lifted in the panel",
    [
        proof(
            a_password_is_not_found_by_trying_and_its_owner_gets_in,
            "guards/guard.py Guard.may_check",
            _CHECKED_ALWAYS,
            _NEVER_BANNED,
        ),
        proof(
            many_sources_do_not_find_it_either_and_lock_nobody_out, "guards/guard.py Guard.may_check", _CHECKED_ALWAYS
        ),
        proof(one_source_does_not_try_many_users_for_long, "guards/guard.py Guard.failed", _NEVER_BANNED),
        proof(edges_count_together, "guards/guard.py Guard.learn", swap(Guard, "learn", lambda *_: None)),
        proof(a_ban_is_shared_and_lifted, "guards/guard.py Guard.adopt", swap(Guard, "adopt", lambda *_: True)),
        proof(
            guesses_are_told_without_the_secret,
            "handlers/guarding.py refused",
            swap(authentication.guarding, "refused", lambda *_args, **_words: None),
        ),
    ],
)

# spoofed Via, amplification

SPOOFED = "203.0.113.200"


def spoofed() -> list[bytes]:
    """Requests of somebody who writes another's address wherever one stands."""
    via = f"SIP/2.0/UDP {SPOOFED}:9;branch=z9hG4bKs;rport=9;received={SPOOFED};maddr={SPOOFED}"
    found = []
    for method in ("REGISTER", "INVITE", "OPTIONS", "MESSAGE", "BYE", "CANCEL", "SUBSCRIBE", "FOO"):
        for uri in (NORTH, BOB_URI, f"sip:x@{SPOOFED}"):
            found.append(wire(f"Contact: <sip:x@{SPOOFED}>", "Content-Length: 0", method=method, uri=uri))
        found.append(wire("Proxy-Require: foo, bar", "Require: x", "Max-Forwards: 0", method=method, uri=BOB_URI))
        found.append(wire("Max-Forwards: x", "Content-Length: 999", method=method, uri=BOB_URI))
    return [data.replace(b"SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bKwire", via.encode()) for data in found]


def answers_go_to_the_packets_source_once_and_are_small() -> None:
    for data in spoofed():
        scene = Scene()
        scene.world.engine.receive(data, scene.mallory.flow)
        sent = list(scene.world.wire)
        scene.world.pass_time(40)
        assert scene.world.wire == sent, data  # nothing is repeated
        assert len(sent) <= 1, data
        for answer, flow in sent:
            assert (flow.host, flow.port) == (scene.mallory.flow.host, scene.mallory.flow.port), data
            assert len(answer) <= 2 * len(data), (data, answer)


def the_smallest_requests_are_answered_by_twice_as_much_at_most() -> None:
    for method in ("REGISTER", "INVITE", "OPTIONS"):
        scene = Scene()
        short = (
            f"{method} {NORTH} SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK\r\nf: <{NORTH}>;tag=1\r\nt: <{NORTH}>\r\n"
            f"i: 1\r\nCSeq: 1 {method}\r\n\r\n"
        ).encode()
        scene.mallory.send(short)
        assert all(len(answer) <= 2 * len(short) for answer, _ in scene.world.wire), method


def a_challenge_is_sent_once() -> None:
    scene = Scene()
    message: Request = scene.mallory.request("INVITE", BOB_URI, sender="sip:alice@north.example")
    assert statuses(scene.mallory.ask(message)) == [407]
    scene.world.pass_time(40)
    assert scene.mallory.received() == []
    assert scene.world.engine.counts()["transactions"] == 0


def _to_via(asked: Exchange, response: Any) -> None:
    via = asked.request.top_via
    flow = asked.flow._replace(host=via.host, port=via.port or 5060)
    asked.services.send(serialise(response), flow)


def with_a_transaction(asked: Exchange, status_code: int, *rest: Any, **words: Any) -> None:
    """An edge that keeps a transaction for whoever it answers."""
    if asked.request.method != "CANCEL":
        asked.open()
    _reply(asked, status_code, *rest, **words)


def _wordy(*args: Any) -> str:
    return written_challenge(*args) + ', opaque="' + "o" * 500 + '"'


_reply = Exchange.reply

AMPLIFICATION = Row(
    "amplification",
    "spoofed Via, amplification",
    "the answer goes to the packet's source; one datagram for each unauthenticated request, at most twice its size",
    [
        proof(
            answers_go_to_the_packets_source_once_and_are_small,
            "handlers/exchange.py Exchange.respond",
            swap(Exchange, "respond", _to_via),
        ),
        proof(
            the_smallest_requests_are_answered_by_twice_as_much_at_most,
            "handlers/exchange.py Exchange.respond",
            swap(exchange, "MOST_FOR_ONE", 10),
            swap(authentication, "challenge", _wordy),
        ),
        proof(
            a_challenge_is_sent_once, "handlers/authentication.py prove", swap(Exchange, "reply", with_a_transaction)
        ),
    ],
)


# scanners by name

SCANNERS_BY_NAME = ("*friendly-scanner*", "*sipvicious*", "*sipcli*", "*vaxsip*")


def scanners_that_say_so_get_silence() -> None:
    scene = Scene()
    scene.world.store.user_agents.load(SCANNERS_BY_NAME)
    for agent in ("friendly-scanner", "sipvicious", "SIPVicious 0.3", "sipcli/v1.8", "VaxSIPUserAgent/3.1"):
        message = register(scene.mallory, User_Agent=agent)
        assert scene.mallory.ask(message) == [], agent
    assert statuses(scene.mallory.ask(register(scene.mallory, User_Agent="Yealink SIP-T46S"))) == [401]


def floods_from_one_source_are_not_read() -> None:
    scene = Scene(rate_limit=20)
    data = serialise(register(scene.mallory))
    for _ in range(1000):
        scene.mallory.send(data)
    assert 20 <= len(scene.world.wire) <= 20 * BURST_SECONDS + 1
    assert statuses(guess(scene.alice, PASSWORD)) == [200]


SCANNERS = Row(
    "scanners",
    "scanners that give their names, floods from one source",
    "silence; others are served",
    [
        proof(
            scanners_that_say_so_get_silence,
            "handlers/door.py _is_scanner",
            swap(door, "_is_scanner", lambda *_: False),
        ),
        proof(
            floods_from_one_source_are_not_read,
            "engine.py Engine.receive, guards/guard.py Guard.charge",
            edit(Engine.receive, ("self._guard.refuses(flow.host, now)", "False")),
        ),
    ],
)

ROWS = [GUESSING_PASSWORDS, AMPLIFICATION]
MORE = [SCANNERS]
