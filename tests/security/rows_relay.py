"""Rows about being used: by strangers as a relay, by made-up dialogs, responses, gateways and challenges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sipedge.auth import digest
from sipedge.auth.authenticate import Authenticated
from sipedge.facts import GatewayAccount
from sipedge.handlers import authentication, branches, dispatch, in_dialog, outside
from sipedge.handlers.exchange import Exchange
from sipedge.proxy import forward as forwarding
from sipedge.proxy import record_route
from sipedge.proxy.locate import literal_flow
from sipedge.routing.network import EdgeNetwork
from sipedge.sip.flow import Flow
from sipedge.sip.message import Response, make_response, serialise
from sipedge.store.directories import Gateways
from sipedge.transaction.effects import Send
from sipedge.transaction.layer import TransactionLayer
from tests.security.edges import ALICE_URI, BOB_URI, METHODS, OUTSIDE_NUMBER, Scene, one, statuses
from tests.security.matrix import Row, edit, proof, swap
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import ALICE, PSTN

ELSEWHERE = "203.0.113.99"

# unauthenticated requests


def strangers_are_challenged_whatever_they_send() -> None:
    scene = Scene().with_bob()
    for uri in (BOB_URI, "sip:nobody@north.example", OUTSIDE_NUMBER, f"sip:x@{ELSEWHERE}", "tel:+431999999"):
        looks = set()
        for method in METHODS:
            for sender in (ALICE_URI, "sip:x@y.example", "sip:anonymous@anonymous.invalid"):
                message = scene.mallory.request(method, uri, sender=sender, call_id="same")
                answer = one(scene.mallory.ask(message))
                looks.add((answer.status_code, answer.reason, tuple(name for name, _ in answer.headers)))
        assert len(looks) == 1, (uri, looks)
        assert looks.pop()[0] == 407
    scene.assert_nothing_left()
    assert scene.world.calls == []
    assert scene.world.engine.counts()["transactions"] == 1  # bob's REGISTER


async def _everybody_is_alice(_exchange: Exchange) -> Any:
    return ALICE


UNAUTHENTICATED = Row(
    "unauthenticated",
    "unauthenticated INVITE, MESSAGE, SUBSCRIBE, REFER, NOTIFY, PUBLISH …",
    "the same 407 for all; nothing leaves the edge",
    [
        proof(
            strangers_are_challenged_whatever_they_send,
            "handlers/authentication.py identify",
            swap(outside, "identify", _everybody_is_alice),
        )
    ],
)

# relaying


def a_preloaded_route_is_not_followed() -> None:
    scene = Scene().with_bob()
    for routes in ([f"<sip:{ELSEWHERE};lr>"], ["<sip:192.0.2.1;lr>", f"<sip:{ELSEWHERE};lr>"], [f"<sip:{GATEWAY};lr>"]):
        for method in ("INVITE", "MESSAGE"):
            headers = [("Route", route) for route in routes]
            message = scene.alice.request(method, BOB_URI, sender=ALICE_URI, headers=headers)
            assert statuses(scene.alice.ask(message)) == [403]
    scene.assert_nothing_left()


def calls_to_foreign_addresses_are_not_relayed() -> None:
    scene = Scene()
    for uri in (f"sip:+431999999@{ELSEWHERE}", f"sip:+431999999@{GATEWAY}", "sip:+431999999@north.example:5999"):
        assert statuses(scene.call(uri))[-1] == 403, uri
    scene.assert_nothing_left()


def maddr_leads_nowhere() -> None:
    scene = Scene()
    contact = f"<sip:bob@192.0.2.70;maddr={ELSEWHERE}>"
    message = scene.bob.request("REGISTER", "sip:north.example", sender=BOB_URI, to=BOB_URI)
    message.set("Contact", contact)
    assert statuses(scene.bob.ask_as("bob", message)) == [200]
    scene.call(f"{BOB_URI};maddr={ELSEWHERE}")
    assert len(scene.bob.received()) == 1
    scene.assert_nothing_left()


def a_made_up_to_tag_makes_no_dialog() -> None:
    scene = Scene().with_bob()
    for method in (*METHODS, "BYE", "UPDATE", "INFO", "PRACK"):
        for phone in (scene.mallory, scene.alice, scene.gateway):
            message = phone.request(method, scene.bob.uri, sender=ALICE_URI, to=BOB_URI)
            message.set("To", f"<{BOB_URI}>;tag=made-up")
            assert statuses(phone.ask(message)) == [481], method
    scene.assert_nothing_left()


def a_forged_record_route_opens_no_dialog() -> None:
    scene = Scene()
    _, ok = scene.standing()
    route = ok.get("Record-Route")
    token = route.split("sip:")[1].split("@")[0]
    forgeries = [token[:-1], token[:-2] + "AA", "A" * len(token), token.swapcase(), "", "x", "%00", "=" * 9]
    for user in forgeries:
        message = scene.mallory.in_dialog("INVITE", ok)
        message.set("Route", f"<sip:{user}@192.0.2.1:5060;lr>" if user else "<sip:192.0.2.1:5060;lr>")
        assert statuses(scene.mallory.ask(message)) == [481], user
    scene.assert_nothing_left()


def a_record_route_is_of_one_call() -> None:
    scene = Scene()
    _, ok = scene.standing()
    for method in ("INVITE", "BYE", "MESSAGE"):
        message = scene.mallory.in_dialog(method, ok)
        message.set("Call-ID", "another")
        message.request_uri = f"sip:x@{ELSEWHERE}"
        assert statuses(scene.mallory.ask(message)) == [481]
    scene.assert_nothing_left()
    assert scene.world.calls[0].state == "answered"


def a_record_route_without_a_to_tag_opens_nothing() -> None:
    scene = Scene()
    _, ok = scene.standing()
    message = scene.mallory.in_dialog("INVITE", ok)
    message.set("To", f"<{BOB_URI}>")
    assert statuses(scene.mallory.ask(message)) == [407]
    scene.assert_nothing_left()


def _home_of_all(network: EdgeNetwork, _uri: Any) -> Any:
    return network.domains.default


RELAY = Row(
    "relay",
    "preloaded Route, foreign request URI, maddr, made-up To-tag, forged in-dialog requests",
    "no relay; a request counts as in-dialog only with our own signed Record-Route parameters",
    [
        proof(
            a_preloaded_route_is_not_followed,
            "handlers/dispatch.py _route",
            edit(dispatch._route, ("(onward := first_route(done.request)) is not None", "onward := None")),
        ),
        proof(
            calls_to_foreign_addresses_are_not_relayed,
            "routing/network.py EdgeNetwork.domain_of",
            swap(EdgeNetwork, "domain_of", _home_of_all),
        ),
        proof(
            maddr_leads_nowhere,
            "proxy/locate.py literal_flow",
            swap(branches, "literal_flow", lambda uri: literal_flow(uri._replace(host=uri.param("maddr") or uri.host))),
        ),
        proof(
            a_made_up_to_tag_makes_no_dialog,
            "handlers/dispatch.py _route",
            edit(
                dispatch._route,
                ("request.to_tag is not None or request.method in _ONLY_IN_DIALOGS", "False"),
            ),
        ),
        proof(
            a_forged_record_route_opens_no_dialog,
            "proxy/record_route.py read_token",
            edit(
                record_route.read_token,
                ("not hmac.compare_digest(signature, _sign(packed, sip_call_id, key))", "False"),
            ),
        ),
        proof(
            a_record_route_is_of_one_call,
            "proxy/record_route.py _sign",
            edit(record_route._sign, ('packed + sip_call_id.encode("utf-8", "surrogateescape")', "packed")),
        ),
        proof(
            a_record_route_without_a_to_tag_opens_nothing,
            "handlers/dispatch.py _route",
            edit(dispatch._route, ("done.token if request.to_tag is not None else None", "done.token")),
        ),
    ],
)

# stray responses


def a_stray_response_goes_nowhere() -> None:
    scene = Scene()
    invite = scene.with_bob().incoming()
    scene.gateway.received()
    real = make_response(invite, 200, to_tag="x", headers=[("Contact", f"<{scene.mallory.uri}>")])
    two_hops = real.copy()
    two_hops.set("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKguessed, SIP/2.0/UDP {ELSEWHERE};branch=z9hG4bKy")
    no_branch = real.copy()
    no_branch.set("Via", f"SIP/2.0/UDP 192.0.2.1:5060, SIP/2.0/UDP {ELSEWHERE}")
    other_method = real.copy()
    other_method.set("CSeq", "1 BYE")
    nothing_in_it = Response(200, "OK", [("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx")])
    for response in (two_hops, no_branch, other_method, nothing_in_it):
        scene.mallory.send(response)
    scene.assert_nothing_left()
    assert scene.world.calls[0].state == "trying"
    scene.assert_well()


def _along_via(_layer: TransactionLayer, response: Response, flow: Flow, _now: float) -> Any:
    """What a stateless proxy does (§16.11)."""
    onward = forwarding.backward(response)
    return [Send(serialise(onward), flow._replace(host=ELSEWHERE, port=5060))] if onward.has("Via") else []


STRAY_RESPONSES = Row(
    "stray-responses",
    "stray responses",
    "dropped; never forwarded along Via",
    [
        proof(
            a_stray_response_goes_nowhere,
            "transaction/layer.py TransactionLayer.match_response",
            swap(TransactionLayer, "match_response", _along_via),
        )
    ],
)

# claims to be the gateway


def nothing_but_the_source_makes_a_gateway() -> None:
    scene = Scene().with_bob()
    claims = [
        ("P-Asserted-Identity", "<sip:+431999@pstn.example>"),
        ("X-Forwarded-For", GATEWAY),
        ("X-Real-IP", GATEWAY),
        ("P-Charging-Vector", "icid-value=1"),
        ("Contact", f"<sip:{GATEWAY}>"),
    ]
    for transport in ("udp", "tcp"):
        liar = scene.world.phone("203.0.113.66", 41000, transport, connection=7)
        uri = "sip:+4311002@north.example"
        message = liar.request("INVITE", uri, sender=f"sip:+431999@{GATEWAY}", headers=claims)
        via = f"SIP/2.0/{transport.upper()} {GATEWAY}:5060;branch=z9hG4bK{transport};received={GATEWAY};rport=5060"
        message.set("Via", via)
        assert statuses(liar.ask(message)) == [407]
    scene.assert_nothing_left()


def a_gateway_that_is_switched_off_is_nobody() -> None:
    gateways = Gateways()
    gateways.load([replace(PSTN, is_active=False)], [])
    assert gateways.by_source(GATEWAY) is None
    gateways.load([PSTN], [])
    assert gateways.by_source(GATEWAY) is PSTN


def _carrier() -> Scene:
    """A gateway with an account, and a subscriber that nobody is named after."""
    scene = Scene().with_bob()
    scene.world.store.gateways.put(replace(PSTN, sources=(), inbound=GatewayAccount("carrier", "a secret")))
    return scene


def _signed_call(scene: Scene, username: str, password: str) -> tuple[Any, int]:
    """What comes of a call from mallory's address with this name and password, and how many digests it costs."""
    message = scene.mallory.request("INVITE", BOB_URI, sender=f"sip:+431999@{GATEWAY}", call_id="same")
    challenge = one(scene.mallory.ask(message))
    signed = scene.mallory.authorised(challenge, message, username, password=password)
    counted: list[int] = []
    known = dict(digest._DIGESTS)

    def counting(function: Any) -> Any:
        return lambda text: counted.append(1) or function(text)

    digest._ha2.cache_clear()
    digest._DIGESTS.update({name: counting(function) for name, function in known.items()})
    try:
        answer = scene.mallory.ask(signed)[0]
    finally:
        digest._DIGESTS.update(known)
    return answer, len(counted)


def a_gateways_user_name_alone_opens_nothing() -> None:
    scene = _carrier()
    for password in ("wrong", "", "carrier"):
        assert _signed_call(scene, "carrier", password)[0].status_code == 407
    scene.assert_nothing_left()
    assert _signed_call(scene, "carrier", "a secret")[0].status_code == 100


def gateways_names_cannot_be_told_from_others() -> None:
    scene = _carrier()
    seen = set()
    for username in ("carrier", "carriez", "alicezz"):
        answer, work = _signed_call(scene, username, "wrong")
        headers = tuple((name, len(value)) for name, value in answer.headers)
        seen.add((answer.status_code, answer.reason, headers, work))
    assert len(seen) == 1, seen


def what_a_password_proves_ends_with_its_request() -> None:
    scene = _carrier()
    assert _signed_call(scene, "carrier", "a secret")[0].status_code == 100
    invite = one(scene.bob.received())
    scene.bob.answer(invite, 200)
    ok = scene.mallory.received()[-1]
    scene.mallory.send(scene.mallory.in_dialog("ACK", ok, cseq=ok.cseq.number))
    scene.bob.received()
    claims = [("P-Asserted-Identity", "<sip:+43133@pstn.example>")]
    scene.mallory.send(scene.mallory.in_dialog("INVITE", ok, cseq=9, headers=claims))
    assert not one(scene.bob.received()).has("P-Asserted-Identity")
    secret = [("P-Asserted-Identity", "<sip:+4311002@north.example>"), ("Privacy", "id")]
    scene.bob.send(scene.bob.in_dialog("UPDATE", ok, swap=invite, headers=secret))
    assert not scene.mallory.received()[-1].has("P-Asserted-Identity")


def _always_right(*_args: Any, **_named: Any) -> Authenticated:
    return Authenticated("carrier")


def _by_via(function: Any) -> Any:
    return edit(
        function,
        ("gateway_at(services, exchange.flow)",
         "services.network.gateways.by_source(exchange.request.vias[-1].host)"),
    )  # fmt: skip


FALSE_GATEWAY = Row(
    "false-gateway",
    "request claims to be the gateway",
    "the real source address decides, by transport; no header does; digest as an alternative",
    [
        proof(
            nothing_but_the_source_makes_a_gateway,
            "handlers/authentication.py gateway_at",
            _by_via(authentication.identify),
        ),
        proof(
            a_gateway_that_is_switched_off_is_nobody,
            "store/directories.py Gateways.replace",
            edit(Gateways.replace, ("if one.is_active", "")),
        ),
        proof(
            a_gateways_user_name_alone_opens_nothing,
            "auth/authenticate.py authenticate",
            swap(authentication, "authenticate", _always_right),
        ),
        proof(
            gateways_names_cannot_be_told_from_others,
            "auth/digest.py verify",
            edit(digest.verify, ("range(MOST_TRIED - len(tried))", "range(0)")),
        ),
        proof(
            what_a_password_proves_ends_with_its_request,
            "handlers/in_dialog.py pass_on",
            edit(in_dialog.pass_on, ("gateway_at(exchange.services, exchange.flow) is None", "False")),
        ),
    ],
)

ROWS = [UNAUTHENTICATED, RELAY, STRAY_RESPONSES, FALSE_GATEWAY]
