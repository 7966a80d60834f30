"""Rows that a look at the whole edge with an attacker's eyes has added: they are in no table that was given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sipedge.handlers import ack, authentication, branches, outside, stages
from sipedge.proxy import identity
from sipedge.routing import decide, decision, outbound
from sipedge.sip import parse, validate
from sipedge.sip.message import Request, Response
from tests.security.edges import ALICE_URI, BOB_URI, OUTSIDE_NUMBER, Scene, one, register, statuses, wire
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import PSTN

# destinations that a subscriber names

ATTACKED = (
    "sip:x@127.0.0.1:6379;transport=tcp",  # a body is a command to some servers
    "sip:x@192.0.2.1:5432;transport=tcp",
    "sip:x@[::1]:5060",
    f"sip:+43900123456@{GATEWAY}:5060",  # a carrier trusts our address
)


def between_phones() -> tuple[Scene, Request, Response]:
    """Alice has called bob, who is reached by his Contact: the INVITE as he got it, the 200 as she did."""
    scene = Scene().with_bob()
    scene.call(BOB_URI)
    invite = one(scene.bob.received())
    scene.bob.answer(invite, 200)
    return scene, invite, one(scene.alice.received())


def requests_in_a_dialog_reach_no_server_and_no_carrier() -> None:
    for target in ATTACKED:
        for method in ("INFO", "INVITE", "MESSAGE", "ACK"):
            scene, _, ok = between_phones()
            message = scene.alice.in_dialog(method, ok, body=b"FLUSHALL\r\n")
            message.request_uri = target
            answers = [status for status in statuses(scene.alice.ask(message)) if status != 100]
            assert answers in ([403], [500], []), (target, method, answers)  # 500: no IPv6 here
            scene.assert_nothing_left()
            message = scene.alice.in_dialog(method, ok, cseq=3)
            message.append("Route", f"<{target};lr>")
            scene.alice.ask(message)
            scene.assert_nothing_left()


def a_path_leads_to_no_carrier() -> None:
    scene = Scene()
    message = register(scene.alice, Path=f"<sip:{GATEWAY};lr>", Supported="path", Contact="<sip:+43900@192.0.2.50>")
    scene.alice.ask_as("alice", message)
    scene.call(ALICE_URI)
    assert scene.gateway.received() == []
    assert 403 in statuses(scene.alice.received()) or scene.world.calls[-1].status_code in (403, 480)


def a_contact_leads_to_no_carrier() -> None:
    scene = Scene().with_bob()
    scene.gateway.send(scene.gateway.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example"))
    invite = one(scene.bob.received())
    scene.gateway.received()
    scene.call(BOB_URI)
    invite = one(scene.bob.received())
    scene.bob.answer(invite, 200)
    ok = one([message for message in scene.alice.received() if message.status_code == 200])
    diverted = scene.alice.in_dialog("INVITE", ok)
    diverted.request_uri = f"sip:+43900123456@{GATEWAY}"
    scene.alice.ask(diverted)
    assert scene.gateway.received() == []


_OPEN = (
    swap(branches, "is_forbidden", lambda *_args, **_words: False),
    swap(ack, "is_forbidden", lambda *_args, **_words: False),
)

DESTINATIONS = Row(
    "destinations",
    "a subscriber names where requests go: by the request URI or Route of a request in a dialog, by Path, by Contact, "
    "to servers on the edge's own machine or to a carrier that trusts the edge's address",
    "nothing is sent there; 403",
    [
        proof(check, "handlers/destinations.py is_forbidden", *_OPEN)
        for check in (
            requests_in_a_dialog_reach_no_server_and_no_carrier,
            a_path_leads_to_no_carrier,
            a_contact_leads_to_no_carrier,
        )
    ],
)

# toll fraud


def only_calls_leave_by_a_gateway() -> None:
    for method in ("MESSAGE", "REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "OPTIONS", "FOO"):
        scene = Scene()
        message = scene.alice.request(method, OUTSIDE_NUMBER, sender=ALICE_URI)
        assert statuses(scene.alice.ask_as("alice", message, status=407)) == [404], method
        assert scene.gateway.received() == []


def what_came_by_a_gateway_leaves_by_none() -> None:
    scene = Scene()
    for number in ("+431999999", "+43900123456", "00491511234567"):
        uri = f"sip:{number}@north.example"
        answers = scene.gateway.ask(scene.gateway.request("INVITE", uri, sender="sip:+431@pstn.example"))
        assert statuses(answers) == [100, 404], number
    scene.assert_nothing_left()


def _sends_on(query: Any, gateway: Any, *_rest: Any) -> Any:
    yield from ()
    return decision.ToGateways((decision.Attempt(gateway, query.request_uri.user),))


TOLL_FRAUD = Row(
    "toll-fraud",
    "other requests than calls to numbers outside; calls from one carrier to another through us",
    "404; nothing leaves by a gateway but subscribers' calls",
    [
        proof(
            only_calls_leave_by_a_gateway,
            "routing/outbound.py call_out",
            edit(outbound.call_out, ('query.method != "INVITE"', "False")),
        ),
        proof(
            what_came_by_a_gateway_leaves_by_none,
            "routing/decide.py _from_gateway",
            swap(decide, "_from_gateway", _sends_on),
        ),
    ],
)

# two readers of one message


def doubled_headers_are_refused() -> None:
    scene = Scene()
    for lines in (
        ("f: <sip:boss@north.example>;tag=2",),
        ("FROM : <sip:boss@north.example>;tag=2",),
        ("t: <sip:boss@north.example>",),
        ("i: another",),
        ("CSEQ: 2 OPTIONS",),
        ("Max-Forwards: 70", "max-forwards: 1"),
    ):
        assert statuses(scene.alice.ask(wire(*lines))) == [400], lines


def a_line_end_is_two_characters() -> None:
    scene = Scene()
    for data in (
        wire("Subject: x\nFrom: <sip:boss@north.example>;tag=2"),
        wire("Subject: x\rFrom: <sip:boss@north.example>;tag=2"),
        wire("Subject: x").replace(b"\r\n", b"\n"),
    ):
        assert statuses(scene.alice.ask(data)) in ([400], []), data
    scene.assert_well()


SMUGGLING = Row(
    "smuggling",
    "a message that two readers would read differently: single headers twice, by compact form too, lone CR or LF",
    "400",
    [
        proof(doubled_headers_are_refused, "sip/validate.py _check_repeated", swap(validate, "_SINGLE_HEADERS", ())),
        proof(
            a_line_end_is_two_characters,
            "sip/parse.py _judge_controls, sip/controls.py has_stray_line_end",
            swap(parse, "only_line_ends", lambda *_: True),
        ),
    ],
)

# certificates


def a_name_in_a_certificate_is_the_whole_name() -> None:
    for name, is_gateway in (
        ("sbc.pstn.example", True),
        ("SIP:sbc.pstn.example", True),
        ("sbc.pstn.example\0.evil.example", False),
        ("sbc.pstn.example.evil.example", False),
        ("*.pstn.example", False),
        ("evil.example", False),
        ("", False),
    ):
        scene = Scene().with_bob()
        scene.world.store.gateways.put(replace(PSTN, tls_name="sbc.pstn.example", sources=()))
        peer = scene.world.phone("203.0.113.66", 40000, "tls", connection=9)
        scene.world.peer_names[9] = (name,)
        answers = statuses(peer.ask(peer.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example")))
        assert answers == ([100] if is_gateway else [407]), name


def a_certificate_counts_for_its_own_connection() -> None:
    scene = Scene().with_bob()
    scene.world.store.gateways.put(replace(PSTN, tls_name="sbc.pstn.example", sources=()))
    scene.world.peer_names[9] = ("sbc.pstn.example",)
    for transport, connection in (("udp", 0), ("tls", 10)):
        other = scene.world.phone("203.0.113.66", 40000, transport, connection=connection)
        assert statuses(other.ask(other.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example"))) == [407]


def _loosely(services: Any, flow: Any) -> Any:
    names = services.peer_names(flow)
    return PSTN if any(name.lower().removeprefix("sip:").startswith("sbc.pstn.example") for name in names) else None


def _any_connection(services: Any, _flow: Any) -> Any:
    return services.network.gateways.by_tls_name("sbc.pstn.example")


CERTIFICATES = Row(
    "certificates",
    "a certificate whose name begins like a gateway's, with NUL or more behind it; another connection of the same host",
    "the whole name counts, for the connection on which it was proved",
    [
        proof(
            a_name_in_a_certificate_is_the_whole_name,
            "store/directories.py Gateways.by_tls_name",
            swap(authentication, "gateway_at", _loosely),
        ),
        proof(
            a_certificate_counts_for_its_own_connection,
            "handlers/authentication.py gateway_at",
            swap(authentication, "gateway_at", _any_connection),
        ),
    ],
)

# bugging


def a_stranger_opens_no_microphone() -> None:
    orders = [
        ("Answer-Mode", "Auto"),
        ("Call-Info", "<sip:x>;answer-after=0"),
        ("Alert-Info", "<http://x>;info=alert-autoanswer"),
    ]
    scene = Scene().with_bob()
    scene.call(BOB_URI, headers=orders)  # alice and bob are of two customers
    scene.gateway.send(scene.gateway.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example", headers=orders))
    for invite in scene.bob.received():
        assert "answer" not in str(invite.headers).lower()


def a_stranger_gives_no_orders() -> None:
    for method, headers in (
        ("REFER", [("Refer-To", "<sip:+43900123456@north.example>")]),
        ("NOTIFY", [("Event", "check-sync")]),
    ):
        scene = Scene().with_bob()
        message = scene.alice.request(method, BOB_URI, sender=ALICE_URI, headers=headers)
        assert statuses(scene.alice.ask_as("alice", message, status=407)) == [403]
        assert statuses(scene.gateway.ask(scene.gateway.request(method, BOB_URI, sender="sip:x@y"))) == [403]
        assert scene.bob.received() == []


def ones_own_house_may() -> None:
    scene = Scene().with_bob()
    bob = scene.world.store.subscribers.get((1, "bob"))
    alice = scene.world.store.subscribers.get((1, "alice"))
    scene.world.store.subscribers.put((1, "alice"), replace(alice, customer_id=bob.customer_id))
    order = [("Call-Info", "<sip:x>;answer-after=0")]
    scene.call(BOB_URI, headers=order)
    assert one(scene.bob.received()).get("Call-Info") == order[0][1]
    refer = scene.alice.request("REFER", BOB_URI, sender=ALICE_URI, headers=[("Refer-To", f"<{ALICE_URI}>")])
    scene.alice.ask_as("alice", refer, status=407)
    assert one(scene.bob.received()).method == "REFER"


BUGGING = Row(
    "bugging",
    "a caller who tells the called phone to answer by itself; REFER and NOTIFY outside of a dialog, by which a phone "
    "calls whom a stranger wants, at its owner's cost, or restarts",
    "the order is taken away, the request refused with 403, unless both are of one customer",
    [
        proof(
            a_stranger_opens_no_microphone,
            "proxy/identity.py without_orders",
            swap(identity, "without_orders", lambda _: None),
        ),
        proof(a_stranger_gives_no_orders, "handlers/outside.py _proceed", swap(outside, "_ORDERS", ())),
        proof(ones_own_house_may, "handlers/stages.py are_strangers", swap(stages, "are_strangers", lambda *_: True)),
    ],
)

# anonymity as a disguise


def the_anonymous_from_opens_nothing() -> None:
    scene = Scene().with_bob()
    invite = scene.mallory.request("INVITE", BOB_URI, sender="sip:anonymous@anonymous.invalid")
    challenge = one(scene.mallory.ask(invite))
    assert challenge.status_code == 407
    for username, password in (("anonymous", ""), ("", ""), ("alice", "wrong")):
        signed = scene.mallory.authorised(challenge, invite, username, password=password)
        assert statuses(scene.mallory.ask(signed)) == [407], username
    scene.assert_nothing_left()
    assert scene.world.calls == []


async def _lets_pass(_exchange: Any, domain: Any, claimed: Any, _status: int) -> Any:
    assert domain is not None
    return PSTN if claimed is None else None


ANONYMITY = Row(
    "anonymity",
    "sip:anonymous@anonymous.invalid in From, to get past the check of From",
    "the digest decides all the same, and the carrier is told who it is",
    [
        proof(
            the_anonymous_from_opens_nothing,
            "handlers/authentication.py identify",
            swap(authentication, "prove", _lets_pass),
        )
    ],
)

ROWS = [DESTINATIONS, TOLL_FRAUD, SMUGGLING, CERTIFICATES, BUGGING, ANONYMITY]
