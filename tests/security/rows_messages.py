"""Rows about what stands in messages: claims of identity, control characters, bodies, and what breaks our code."""

from __future__ import annotations

from typing import Any

import pytest

from sipedge.engine import Engine
from sipedge.handlers import dispatch
from sipedge.handlers.exchange import Exchange
from sipedge.proxy import forward, identity
from sipedge.routing.network import EdgeNetwork
from sipedge.sip import names, parse, serialise
from sipedge.sip.message import Request, SerialiseError
from sipedge.telemetry import Telemetry
from tests.security.edges import ALICE_URI, BOB_URI, OUTSIDE_NUMBER, Scene, one, register, statuses, wire
from tests.security.matrix import Row, edit, proof, swap

CLAIMS = ("P-Asserted-Identity", "Remote-Party-ID", "Diversion", "History-Info", "P-Preferred-Identity", "X-Freiton-Id")
BOSS = "<sip:boss@north.example>"


# claims of identity from a phone


def a_phones_claims_reach_neither_carrier_nor_callee() -> None:
    claims = [(name, BOSS) for name in CLAIMS]
    scene = Scene().with_bob()
    scene.call(OUTSIDE_NUMBER, headers=claims)
    outward = one(scene.gateway.received())
    scene.call(BOB_URI, headers=claims)
    inward = one(scene.bob.received())
    assert "boss" not in str(outward.headers) + str(inward.headers)
    assert outward.get_all("P-Asserted-Identity") == ["<sip:+4311001@north.example>"]
    assert not inward.has("P-Asserted-Identity")


def a_claim_in_odd_spelling_is_the_same_claim() -> None:
    odd = [
        f"{name.swapcase()}{space}:{fold}{BOSS}"
        for name in CLAIMS
        for space in ("", " ", "\t ")
        for fold in ("", "\r\n ")
    ]
    scene = Scene()
    invite = scene.alice.request("INVITE", OUTSIDE_NUMBER, sender=ALICE_URI)
    challenge = one(scene.alice.ask(invite))
    signed = serialise.serialise(scene.alice.authorised(challenge, invite, "alice"))
    scene.alice.send(signed.replace(b"\r\n\r\n", "\r\n".join(["", *odd, "", ""]).encode()))
    onward = one(scene.gateway.received())
    assert "boss" not in str(onward.headers)


def a_control_character_in_a_name_is_400() -> None:
    scene = Scene()
    for odd in ("\0", "\x01", "\x7f", "\x0b", "\x85", " x", "\udcff"):
        answers = scene.alice.ask(wire(f"P-Asserted-Identity{odd}: {BOSS}"))
        assert statuses(answers) == [400], repr(odd)
    scene.assert_nothing_left()
    scene.assert_well()


def a_phones_claims_in_a_dialog_or_a_response_go_no_further() -> None:
    scene = Scene()
    invite, ok = scene.standing()
    claims = [(name, BOSS) for name in CLAIMS]
    scene.bob.send(scene.bob.in_dialog("UPDATE", ok, swap=invite, headers=claims))
    update = one(scene.gateway.received())
    assert "boss" not in str(update.headers)
    scene.gateway.send(scene.gateway.in_dialog("INFO", ok))
    scene.bob.answer(one(scene.bob.received()), 200, headers=claims)
    assert "boss" not in str(one(scene.gateway.received()).headers)


def who_asks_for_privacy_is_shown_to_no_phone() -> None:
    scene = Scene().with_bob()
    known = [("P-Asserted-Identity", "<sip:+43155@pstn.example>"), ("Privacy", "id")]
    scene.gateway.send(
        scene.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@anonymous.invalid", headers=known)
    )
    assert "43155" not in str(one(scene.bob.received()).headers)


_BELIEVED = swap(identity, "from_untrusted", lambda _: None)


def _no_canonical_names(_names: Any, name: str) -> str:
    return name.rstrip()


CLAIMED_IDENTITY = Row(
    "claimed-identity",
    "P-Asserted-Identity, Remote-Party-ID, Diversion, internal headers from a phone; the same with odd spacing, "
    "folding, compact form, control characters in the name",
    "removed or replaced after the name was made canonical; a control character in a name is 400",
    [
        proof(a_phones_claims_reach_neither_carrier_nor_callee, "proxy/identity.py from_untrusted", _BELIEVED),
        proof(a_claim_in_odd_spelling_is_the_same_claim, "proxy/identity.py from_untrusted", _BELIEVED),
        proof(
            a_control_character_in_a_name_is_400,
            "sip/names.py CANONICAL_NAMES",
            swap(names._CanonicalNames, "__missing__", _no_canonical_names),
            swap(parse, "has_bare_control", lambda _: False),
        ),
        proof(a_phones_claims_in_a_dialog_or_a_response_go_no_further, "proxy/identity.py from_untrusted", _BELIEVED),
        proof(
            who_asks_for_privacy_is_shown_to_no_phone,
            "proxy/identity.py towards_untrusted",
            swap(identity, "towards_untrusted", lambda _: None),
        ),
    ],
)

# control characters from values

INJECTED = ("a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "a\x07b")


def no_value_starts_a_line_of_its_own() -> None:
    for text in INJECTED:
        for message in (
            Request("OPTIONS", "sip:x@y", [("Subject", text)]),
            Request("OPTIONS", f"sip:{text}@y", []),
            Request("OPTIONS", "sip:x@y", [(f"X{text}", "y")]),
        ):
            assert not _written(message), text


def _written(message: Request) -> bool:
    try:
        serialise.serialise(message)
    except SerialiseError:
        return False
    return True


def an_escaped_line_end_stays_escaped() -> None:
    scene = Scene().with_bob()
    for user in ("bob%0d%0aX-Evil:%201", "bob%00", "%0a", "+431%0d%0a999999"):
        scene.call(f"sip:{user}@north.example")
    assert all(b"X-Evil: 1" not in data for data, _ in scene.world.wire)
    scene.world.wire.clear()
    scene.assert_well()


_NEVER_STRAY = swap(serialise, "only_line_ends", lambda *_: True)


CONTROL_CHARACTERS = Row(
    "control-characters",
    "CR, LF, NUL in values that come from the database or from %-escapes",
    "refused when written and when serialised",
    [
        proof(no_value_starts_a_line_of_its_own, "sip/serialise.py serialise", _NEVER_STRAY),
        proof(
            an_escaped_line_end_stays_escaped,
            "sip/uri.py Uri",
            edit(
                forward.forward,
                ("rewritten(hop.request_uri,", "rewritten(request.uri.user_unescaped,"),
            ),
            swap(EdgeNetwork, "domain_of", lambda *_: int("broken")),
        ),
    ],
)

# SDP that nobody should write

NASTY_BODIES = (
    b"\0" * 500,
    b"v=0\r\no=" + b"x" * 500,
    b"v=0\r\nm=audio -1 RTP/AVP 99999999999\r\na=\r\n",
    bytes(range(256)),
    b"v=0\nm=\nc=IN IP4 999.999.999.999\n",
    b"\xff\xfe\r\n\r\nINVITE sip:x SIP/2.0\r\n\r\n",
)


def bodies_pass_as_they_are() -> None:
    for body in NASTY_BODIES:
        scene = Scene().with_bob()
        invite = scene.gateway.request(
            "INVITE",
            BOB_URI,
            sender="sip:+431999@pstn.example",
            body=body,
            headers=[("Content-Type", "application/sdp")],
        )
        scene.gateway.send(invite)
        onward = one(scene.bob.received())
        assert onward.body == body
        scene.bob.answer(onward, 200, body=body)
        answer = scene.gateway.received()[-1]
        assert (answer.status_code, answer.body) == (200, body)
        scene.assert_well()


NASTY_SDP = Row(
    "nasty-sdp",
    "SDP that nobody should write",
    "passed through; whoever reads SDP never raises",
    [
        proof(
            bodies_pass_as_they_are,
            "proxy/forward.py forward",
            edit(forward.forward, ("copy = request", 'request.body.decode("ascii")\n    copy = request')),
        )
    ],
)

# one message that breaks our code


def one_message_that_breaks_our_code_breaks_nothing_else() -> None:
    with pytest.MonkeyPatch.context() as patch:
        scene = Scene().with_bob()
        patch.setattr(EdgeNetwork, "domain_of", _breaks_at_trap(EdgeNetwork.domain_of, lambda uri: uri.user))
        route = [("Route", "<sip:north.example;lr>")]
        message = scene.alice.request("MESSAGE", "sip:trap@north.example", sender=ALICE_URI, headers=route)
        assert statuses(scene.alice.ask(message)) == [500]
        _all_is_well_after(scene, 1)


def one_message_that_breaks_a_handler_breaks_nothing_else() -> None:
    with pytest.MonkeyPatch.context() as patch:
        scene = Scene().with_bob()
        known = type(scene.world.store.subscribers)
        patch.setattr(known, "get", _breaks_at_trap(known.get, lambda key: key[1]))
        assert statuses(scene.mallory.ask(register(scene.mallory, "trap"))) == [500]
        _all_is_well_after(scene, 2)  # on the fast path, and again on the general one


def _all_is_well_after(scene: Scene, faults: int) -> None:
    assert scene.world.telemetry.exceptions == faults
    assert statuses(scene.mallory.ask(register(scene.mallory))) == [401]
    assert statuses(scene.call(BOB_URI)) == [100]
    assert len(scene.bob.received()) == 1


def _breaks_at_trap(real: Any, user_of: Any) -> Any:
    """A fault of ours that one message meets."""

    def broken(owner: Any, asked: Any) -> Any:
        return int("broken") if user_of(asked) == "trap" else real(owner, asked)

    return broken


def a_fault_outside_of_handlers_is_logged_and_survived() -> None:
    with pytest.MonkeyPatch.context() as patch:
        scene = Scene()
        received, challenged = Telemetry.received, Telemetry.challenged
        for counted in ("received", "challenged"):
            patch.setattr(Telemetry, counted, lambda *_: int("broken"))
        try:
            scene.alice.send(register(scene.alice))
        except ValueError as error:
            raise AssertionError("it escaped") from error
        assert scene.world.telemetry.exceptions == 2  # on the fast path, and again on the general one
        patch.setattr(Telemetry, "received", received)
        patch.setattr(Telemetry, "challenged", challenged)
        assert statuses(scene.alice.ask(register(scene.alice))) == [401]


def _escapes(_exchange: Exchange, error: Exception) -> None:
    raise error


BROKEN_CODE = Row(
    "broken-code",
    "one message that breaks our code",
    "that message gets 500 and a log line; nothing else notices",
    [
        proof(
            one_message_that_breaks_our_code_breaks_nothing_else,
            "handlers/dispatch.py dispatch",
            edit(dispatch.dispatch, ("            exchange.reply(500)", "            pass")),
        ),
        proof(
            one_message_that_breaks_a_handler_breaks_nothing_else,
            "handlers/exchange.py Exchange.broke",
            swap(Exchange, "broke", _escapes),
            edit(dispatch.dispatch, ("            exchange.reply(500)", "            pass")),
        ),
        proof(
            a_fault_outside_of_handlers_is_logged_and_survived,
            "engine.py Engine.receive",
            edit(Engine.receive, ('self._telemetry.exception("edge", error)', "raise")),
        ),
    ],
)

ROWS = [CLAIMED_IDENTITY, CONTROL_CHARACTERS, NASTY_SDP, BROKEN_CODE]
